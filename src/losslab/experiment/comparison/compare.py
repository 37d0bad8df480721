"""The comparison from a table and options to findings."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from losslab.data.dataset import Dataset
from losslab.experiment.comparison.candidates import Candidate, make_candidates
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
from losslab.experiment.comparison.ranking import (
    compare_rows,
    rank_candidates,
    summarize_references,
)
from losslab.experiment.comparison.recording import list_versions
from losslab.experiment.comparison.references import train_references
from losslab.experiment.comparison.schedule import train_all
from losslab.experiment.comparison.settings import ComparisonSettings
from losslab.experiment.comparison.study import Study, check_size, make_study
from losslab.experiment.comparison.verdict import recommend, write_verdict
from losslab.experiment.monitor import Monitor
from losslab.experiment.store import Store
from losslab.statistics.resampling import CONFIDENCE_LEVEL
from losslab.training.engines.catalog import choose_engine


@dataclass(frozen=True, kw_only=True, eq=False)
class Request:
    """A comparison to be run.

    Args:
        data: the table.
        impute: whether missing features are filled in.
        settings: the options.
        store: the file that keeps finished runs; None keeps them in memory.
        command: the command that repeats the comparison.
    """

    data: Dataset
    impute: bool
    settings: ComparisonSettings
    store: Path | None
    command: str


@dataclass(frozen=True, kw_only=True, eq=False)
class ComparisonResult:
    """The findings of a comparison, and the objects they were computed from.

    Args:
        findings: the results as plain values.
        candidates: the candidates by name.
        study: the table and its splits.
    """

    findings: Findings
    candidates: Mapping[str, Candidate]
    study: Study


def run_comparison(request: Request, monitor: Monitor) -> ComparisonResult:
    """Check the request, train what is due and summarize the results.

    Bad options and bad data are refused before anything is trained or written.
    """
    started = time.perf_counter()
    settings, data = request.settings, request.data
    check_size(settings, data)
    candidates, candidate_notes = make_candidates(settings, data)
    study = make_study(settings, data, request.impute)
    metric = study.choice.metric
    monitor.set_metric(metric.label, metric.higher_is_better)
    monitor.say(summarize_settings(settings))
    monitor.say(describe_table(data, candidates, study.choice))
    with Store.open(request.store) as store:
        notes = [
            *data.notes,
            *candidate_notes,
            *note_changed_table(store, data),
            *note_unstored(candidates),
        ]
        for note in notes:
            monitor.say(note)
        executor = Executor(study=study, store=store, engine="auto", monitor=monitor)
        trained = train_all(executor, candidates, settings)
        study = executor.study
        references = train_references(study, store, monitor) if settings.reference else {}
    monitor.stop()
    rows = rank_candidates(trained.candidates, trained.records, study)
    unranked = summarize_references(references, study)
    repeated = sum(
        (candidate.requests - 1) * len(candidate.trials) for candidate in trained.candidates
    )
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
            folds=study.plan.n_splits,
            repeats=study.plan.repeats,
            train_rows=len(study.splits[0].train),
            validation_rows=len(study.splits[0].validation),
            test_rows=len(study.splits[0].test),
        ),
        level=CONFIDENCE_LEVEL,
        rows=rows,
        pairs=compare_rows(rows, study.test_to_train),
        references=unranked,
        verdict=write_verdict(rows, unranked, metric, study.rope, study.test_to_train),
        recommendation=recommend(rows, metric),
        settings=format_settings(settings, trained.plan),
        notes=(*notes, *note_edge_rates(trained.candidates, rows), *note_far_splits(rows, metric)),
        cuts=trained.plan.notes,
        provenance=Provenance(
            runs_trained=executor.trained,
            runs_reused=executor.reused,
            duplicates=repeated * len(study.splits),
            engine=" and ".join(
                sorted({choose_engine("auto", candidate.run) for candidate in candidates})
            ),
            seconds=time.perf_counter() - started,
            versions=list_versions(),
            command=request.command,
            store=None if request.store is None else str(request.store),
        ),
    )
    by_name = {candidate.name: candidate for candidate in trained.candidates}
    return ComparisonResult(findings=findings, candidates=by_name, study=study)
