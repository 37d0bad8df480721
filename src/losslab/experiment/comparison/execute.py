"""Train what is due, store it as it finishes, reuse what is stored."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

from losslab.experiment.comparison.candidate import Candidate, Trial
from losslab.experiment.comparison.recording import make_record, run_key, run_spec
from losslab.experiment.comparison.references import REFERENCES, reference_spec, train_reference
from losslab.experiment.comparison.study import Study
from losslab.experiment.monitor import Monitor
from losslab.experiment.record import Record
from losslab.experiment.store import Store
from losslab.training.engines.catalog import choose_engine
from losslab.training.engines.fleet import EngineName, FleetOptions, train_chunks
from losslab.training.run import Run
from losslab.training.threads import use_one_thread

# Where a run's outcome is found: the candidate's name, the split, the learning rate.
Place = tuple[str, int, Trial]


@dataclass(kw_only=True)
class Executor:
    """Trains runs of one study into one store.

    Args:
        study: the table and its splits.
        store: finished runs, of this call and of earlier ones.
        engine: what trains.
        monitor: who is told.
        trained, reused: counts so far, references left out.
    """

    study: Study
    store: Store
    engine: EngineName
    monitor: Monitor
    trained: int = 0
    reused: int = 0
    _unstored: dict[Place, Record] = field(default_factory=dict)
    # By identity, since runs hold dicts; they are held here, so that no other takes their place.
    _keys: dict[int, tuple[Run, str]] = field(default_factory=dict)

    def spec_key(self, run: Run) -> str:
        """The key under which a run is stored."""
        if id(run) not in self._keys:
            spec = run_spec(run, self.study, choose_engine(self.engine, run))
            self._keys[id(run)] = run, run_key(spec)
        return self._keys[id(run)][1]

    def due(self, work: Sequence[tuple[Candidate, Run]]) -> list[tuple[Candidate, Run]]:
        """The runs that no stored record stands for."""
        stored = self.store.find_stored({self.spec_key(run) for _, run in work if run.reusable})
        return [
            (candidate, run)
            for candidate, run in work
            if _place(candidate, run) not in self._unstored
            and not (run.reusable and self.spec_key(run) in stored)
        ]

    def execute(self, work: Sequence[tuple[Candidate, Run]]) -> dict[Place, Record]:
        """Train what is due and return every record, by its place."""
        due = self.due(work)
        self.reused += len(work) - len(due)
        self.trained += len(due)
        # Frozen runs hold dicts, so they are found again by identity rather than by hash.
        owners = {id(run): candidate for candidate, run in due}
        keys = {self.spec_key(run) for _, run in work if run.reusable}
        stored = self.store.get(keys)  # first: damage is to be told before anything is trained
        if due:
            self._train([run for _, run in due], owners)
            stored |= self.store.get(keys - stored.keys())
        places = {}
        for candidate, run in work:
            place = _place(candidate, run)
            places[place] = stored[self.spec_key(run)] if run.reusable else self._unstored[place]
        return places

    def _train(self, runs: list[Run], owners: dict[int, Candidate]) -> None:
        def after_epoch(members: Sequence[Run]) -> None:
            self.monitor.advance(len(members) / members[0].epochs)

        options = FleetOptions(engine=self.engine, after_epoch=after_epoch)
        # Closing stops the other fleets at once if this loop ends early, as by Ctrl-C.
        with use_one_thread(), closing(train_chunks(runs, self.study.tables, options)) as chunks:
            for results in chunks:
                records = [make_record(result, self.study) for result in results]
                self.store.add(
                    record
                    for result, record in zip(results, records, strict=True)
                    if result.run.reusable
                )
                for result, record in zip(results, records, strict=True):
                    owner = owners[id(result.run)]
                    if not result.run.reusable:
                        self._unstored[_place(owner, result.run)] = record
                    score = record.outcome["metrics"].get(self.study.choice.metric.name)
                    self.monitor.finished(owner.name, score)

    def references(self) -> dict[str, list[Record]]:
        """Every reference model's records, in the order of the splits."""
        splits = range(len(self.study.splits))
        keys = {
            (model.name, split): run_key(reference_spec(model, self.study, split))
            for model in REFERENCES
            for split in splits
        }
        stored = self.store.get(keys.values())
        if len(stored) < len(keys):
            self.monitor.say("reference models on the same splits")
        for model in REFERENCES:
            due = [split for split in splits if keys[model.name, split] not in stored]
            records = [train_reference(model, self.study, split) for split in due]
            self.store.add(records)
            stored |= {record.key: record for record in records}
        return {
            model.name: [stored[keys[model.name, split]] for split in splits]
            for model in REFERENCES
        }


def _place(candidate: Candidate, run: Run) -> Place:
    return candidate.name, run.split, Trial(run.lr, run.alpha)
