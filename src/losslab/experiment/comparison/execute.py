"""Execution of runs: train what is due, store it as it finishes, reuse what is stored."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

from losslab.core.hashing import hash_content
from losslab.experiment.comparison.candidates import Candidate, Trial
from losslab.experiment.comparison.recording import build_run_spec, make_record
from losslab.experiment.comparison.study import Study
from losslab.experiment.monitor import Monitor
from losslab.experiment.record import Record
from losslab.experiment.store import Store
from losslab.training.engines.catalog import choose_engine
from losslab.training.engines.fleet import EngineName, FleetOptions, train_chunks
from losslab.training.run import Run
from losslab.training.threads import use_one_thread

Job = tuple[Candidate, Run]
# The key of a record: the candidate's name, the split, the learning rate and alpha.
Place = tuple[str, int, Trial]


@dataclass(kw_only=True)
class Executor:
    """Trains the runs of a study and stores them.

    Args:
        study: the table and its splits.
        store: the finished runs, of this call and of earlier ones.
        engine: the engine that trains.
        monitor: receives progress.
        trained, reused: the number of runs so far, without references.
    """

    study: Study
    store: Store
    engine: EngineName
    monitor: Monitor
    trained: int = 0
    reused: int = 0
    _unstored: dict[Place, Record] = field(default_factory=dict)
    # By identity, since runs can't be hashed; the run is kept so that its id stays taken.
    _keys: dict[int, tuple[Run, str]] = field(default_factory=dict)

    def compute_key(self, run: Run) -> str:
        """Compute the key under which a run is stored."""
        if id(run) not in self._keys:
            spec = build_run_spec(run, self.study, choose_engine(self.engine, run))
            self._keys[id(run)] = run, hash_content(spec)
        return self._keys[id(run)][1]

    def find_due(self, jobs: Sequence[Job]) -> list[Job]:
        """Find the jobs whose runs are not stored."""
        stored = self.store.find_stored({self.compute_key(run) for _, run in jobs if run.reusable})
        return [
            (candidate, run)
            for candidate, run in jobs
            if _place(candidate, run) not in self._unstored
            and not (run.reusable and self.compute_key(run) in stored)
        ]

    def execute(self, jobs: Sequence[Job]) -> dict[Place, Record]:
        """Train what is due and return the records of all jobs."""
        due = self.find_due(jobs)
        self.reused += len(jobs) - len(due)
        self.trained += len(due)
        keys = {self.compute_key(run) for _, run in jobs if run.reusable}
        stored = self.store.get(keys)  # first, so that damage shows before anything is trained
        if due:
            self._train(due)
            stored |= self.store.get(keys - stored.keys())
        records = {}
        for candidate, run in jobs:
            place = _place(candidate, run)
            records[place] = (
                stored[self.compute_key(run)] if run.reusable else self._unstored[place]
            )
        return records

    def _train(self, jobs: Sequence[Job]) -> None:
        owners = {id(run): candidate for candidate, run in jobs}

        def after_epoch(members: Sequence[Run]) -> None:
            self.monitor.advance(len(members) / members[0].epochs)

        runs = [run for _, run in jobs]
        options = FleetOptions(engine=self.engine, after_epoch=after_epoch)
        # Closing stops the other fleets at once if this loop ends early, as by Ctrl-C.
        with use_one_thread(), closing(train_chunks(runs, self.study.tables, options)) as chunks:
            for results in chunks:
                finished = [(result.run, make_record(result, self.study)) for result in results]
                self.store.add(record for run, record in finished if run.reusable)
                for run, record in finished:
                    owner = owners[id(run)]
                    if not run.reusable:
                        self._unstored[_place(owner, run)] = record
                    score = record.outcome["metrics"].get(self.study.choice.metric.name)
                    self.monitor.finish_run(owner.name, score)


def _place(candidate: Candidate, run: Run) -> Place:
    return candidate.name, run.split, Trial(run.lr, run.alpha)
