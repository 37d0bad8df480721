"""The whole line from a table and options to findings."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from losslab.data.dataset import Dataset
from losslab.data.split import SplitPlan
from losslab.experiment.comparison.candidate import Candidate
from losslab.experiment.comparison.candidates import make_candidates
from losslab.experiment.comparison.execute import Executor
from losslab.experiment.comparison.findings import (
    DataSummary,
    Findings,
    Provenance,
    RankingMetric,
    SplitSummary,
)
from losslab.experiment.comparison.notes import (
    describe_table,
    format_settings,
    note_changed_table,
    note_edge_rates,
    note_far_splits,
    note_unstored,
    summarize_settings,
)
from losslab.experiment.comparison.ranking import all_pairs, rank_candidates, summarize_references
from losslab.experiment.comparison.recording import versions
from losslab.experiment.comparison.schedule import TrainedCandidates, train_all
from losslab.experiment.comparison.settings import ComparisonSettings
from losslab.experiment.comparison.study import Study, check_size, make_study
from losslab.experiment.comparison.verdict import recommend, write_verdict
from losslab.experiment.monitor import Monitor
from losslab.experiment.store import Store
from losslab.statistics.resampling import CONFIDENCE_LEVEL
from losslab.training.engines.catalog import choose_engine


@dataclass(frozen=True, kw_only=True, eq=False)
class Request:
    """A comparison to be made.

    Args:
        data: the table.
        impute: whether missing features are filled in.
        settings: the options.
        store: the file finished runs are kept in; None keeps them in memory.
        command: what to type to make it again.
    """

    data: Dataset
    impute: bool
    settings: ComparisonSettings
    store: Path | None
    command: str


@dataclass(frozen=True, kw_only=True, eq=False)
class ComparisonOutcome:
    """What was found, and what it was found with.

    Args:
        findings: the plain values.
        candidates: by name.
        study: the table and its splits.
        plan: how the splits were made.
    """

    findings: Findings
    candidates: Mapping[str, Candidate]
    study: Study
    plan: SplitPlan


def run_comparison(request: Request, monitor: Monitor) -> ComparisonOutcome:
    """Check everything, train what is due, and say what was found.

    Bad options and bad data are refused before anything is trained or written.
    """
    started = time.perf_counter()
    settings, data = request.settings, request.data
    check_size(settings, data)
    candidates, said = make_candidates(settings, data)
    study = make_study(settings, data, request.impute)
    monitor.rank_by(study.choice.metric.label, study.choice.metric.higher_is_better)
    monitor.say(summarize_settings(settings))
    monitor.say(describe_table(data, candidates, study.choice.metric.label, study.choice.reason))
    with Store.open(request.store) as store:
        notes = [*data.notes, *said, *note_changed_table(store, data), *note_unstored(candidates)]
        for note in notes:
            monitor.say(note)
        executor = Executor(study=study, store=store, engine="auto", monitor=monitor)
        trained = train_all(executor, candidates, settings)
        references = executor.references() if settings.reference else {}
    study = executor.study
    metric = study.choice.metric
    rows = rank_candidates(trained.candidates, trained.records, study)
    unranked = summarize_references(references, study)
    monitor.stop()
    findings = Findings(
        data=DataSummary(
            name=data.name,
            target=data.target,
            task=data.task,
            n_rows=len(data),
            n_features=data.X.shape[1],
            classes=data.classes,
        ),
        metric=RankingMetric(
            name=metric.name,
            label=metric.label,
            reason=study.choice.reason,
            higher_is_better=metric.higher_is_better,
            rope=study.rope,
        ),
        splits=SplitSummary(
            n_splits=len(study.splits),
            folds=settings.plan.n_splits,
            repeats=settings.plan.repeats,
            train_rows=len(study.splits[0].train),
            validation_rows=len(study.splits[0].validation),
            test_rows=len(study.splits[0].test),
        ),
        level=CONFIDENCE_LEVEL,
        rows=rows,
        pairs=all_pairs(rows, study.test_to_train),
        references=unranked,
        verdict=write_verdict(rows, unranked, metric, study.rope, study.test_to_train),
        recommendation=recommend(rows, metric),
        settings=format_settings(settings, trained.cut),
        notes=(*notes, *note_edge_rates(trained.candidates, rows), *note_far_splits(rows, metric)),
        cuts=trained.cut.notes,
        provenance=Provenance(
            runs_trained=executor.trained,
            runs_reused=executor.reused,
            duplicates=_duplicates(trained, study),
            engine=_engines(candidates),
            seconds=time.perf_counter() - started,
            versions=versions(),
            command=request.command,
            store=None if request.store is None else str(request.store),
        ),
    )
    return ComparisonOutcome(
        findings=findings, candidates=_by_name(trained), study=study, plan=settings.plan
    )


def _engines(candidates: Sequence[Candidate]) -> str:
    return " and ".join(sorted({choose_engine("auto", own.run) for own in candidates}))


def _duplicates(trained: TrainedCandidates, study: Study) -> int:
    """How many runs were asked for again."""
    again = sum((own.asked - 1) * len(own.trials) for own in trained.candidates)
    return again * len(study.splits)


def _by_name(trained: TrainedCandidates) -> dict[str, Candidate]:
    return {candidate.name: candidate for candidate in trained.candidates}
