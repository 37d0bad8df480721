"""Training of a penalty path, from its study to its findings."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from losslab.data.dataset import Dataset
from losslab.experiment.comparison.findings import DataSummary
from losslab.experiment.comparison.recording import list_versions
from losslab.experiment.cost import estimate_seconds
from losslab.experiment.formatting import format_count, format_duration
from losslab.experiment.monitor import Monitor
from losslab.experiment.penalty_path.findings import (
    Coefficient,
    HoldoutSummary,
    NetworkSummary,
    PathFindings,
    PenaltySummary,
    choose_alpha,
)
from losslab.experiment.penalty_path.measure import (
    Measurement,
    find_metric,
    list_metrics,
    measure_run,
    summarize_alpha,
)
from losslab.experiment.penalty_path.settings import PathSettings
from losslab.experiment.penalty_path.study import PathStudy
from losslab.metrics.catalog import MetricChoice
from losslab.objectives.objective import Objective
from losslab.training.catalog import PENALTIES
from losslab.training.engines.catalog import compile_for
from losslab.training.engines.fleet import FleetOptions, train_chunks
from losslab.training.result import Result
from losslab.training.run import Run
from losslab.training.threads import use_one_thread


def train_path(study: PathStudy, monitor: Monitor) -> Iterator[Result]:
    """Announce the cost of the runs, train them, and yield their results as they finish."""
    runs = [run for repetition in study.runs for run in repetition]
    compile_for(runs, monitor.say)
    seconds = estimate_seconds(runs, study.tables)
    monitor.say(f"{format_count(len(runs), 'run')}, about {format_duration(seconds)} of training")
    monitor.start(len(runs), seconds)

    def after_epoch(members: Sequence[Run]) -> None:
        monitor.advance(len(members) / members[0].epochs)

    options = FleetOptions(after_epoch=after_epoch)
    # Closing stops the other fleets at once if this loop ends early, as by Ctrl-C.
    with use_one_thread(), closing(train_chunks(runs, study.tables, options)) as chunks:
        for results in chunks:
            yield from results
    monitor.stop()


def describe_path(data: Dataset, settings: PathSettings, choice: MetricChoice) -> str:
    """Describe the table, the alphas and the metric in one line."""
    kinds = f", {len(data.classes)} classes" if len(data.classes) > 2 else ""
    return (
        f"{data.name}: {format_count(len(data), 'row')}, "
        f"{format_count(data.X.shape[1], 'feature')}, target {data.target!r} ({data.task}{kinds}); "
        f"{settings.kind.name} at {format_count(len(settings.alphas), 'alpha')} "
        f"from {settings.alphas[0]:.3g} to {settings.alphas[-1]:.3g}, "
        f"{format_count(settings.seeds, 'repetition')}, "
        f"judged by {choice.metric.label} ({choice.reason})"
    )


def format_settings(settings: PathSettings) -> dict[str, str]:
    """Format the settings of the training for readers."""
    return {
        "hidden": ",".join(map(str, settings.hidden)) or "none",
        "activation": settings.activation,
        "optimizer": settings.optimizer.label,
        "lr": f"{settings.rate:g}",
        "schedule": settings.schedule.label,
        "batch": str(settings.batch_size),
        "epochs": f"{settings.epochs}, the last weights kept",
        "test size": f"{settings.test_size:g}",
        "seed": str(settings.seed),
    }


def name_unit(objective: Objective, target: str) -> str:
    """Name the unit of a linear model's coefficients.

    Examples:
        >>> from losslab.objectives.build import objective
        >>> name_unit(objective("mse", "regression"), "price")
        'price'
        >>> name_unit(objective("bce_with_logits", "binary"), "sold")
        'log-odds'
    """
    if objective.codec.reads == "values":
        return f"log of {target}" if objective.link == "exp" else target
    if objective.gives_probabilities:
        return "log-odds" if objective.width == 1 else "score"
    return "score"


def name_outputs(data: Dataset, width: int) -> tuple[str, ...]:
    """Name what each output of a network predicts: a class, or the target.

    Examples:
        >>> from losslab.data.catalog import load_dataset
        >>> name_outputs(load_dataset("moons"), 1), name_outputs(load_dataset("diabetes"), 1)
        (('1',), ('progression',))
    """
    if not data.classes:
        return (data.target,)
    return data.classes if width > 1 else data.classes[1:]


@dataclass(frozen=True, kw_only=True, eq=False)
class PathOutcome:
    """The findings, and the networks of the first repetition, by rising alpha."""

    findings: PathFindings
    study: PathStudy
    first: tuple[Result, ...]


def trace_path(study: PathStudy, settings: PathSettings, monitor: Monitor) -> PathOutcome:
    """Train all alphas of all repetitions as one fleet, and measure the networks."""
    started = time.perf_counter()
    data, objective = study.data, study.runs[0][0].objective
    choice = find_metric(settings.metric, data, objective)
    metric = choice.metric
    monitor.set_metric(metric.label, metric.higher_is_better)
    for line in (describe_path(data, settings, choice), *data.notes):
        monitor.say(line)
    outputs = name_outputs(data, objective.width)
    measurements: dict[tuple[int, float], Measurement | None] = {}
    first: dict[float, Result] = {}
    for result in train_path(study, monitor):
        alpha, repetition = result.run.alpha, result.run.split
        measurement = measure_run(result, study, outputs)
        score = None if measurement is None else measurement.test[metric.name]
        monitor.finish_run(f"alpha {alpha:.3g}", score)
        measurements[repetition, alpha] = measurement
        if repetition == 0:
            first[alpha] = result
    names = () if settings.hidden else study.names
    coefficients = tuple(
        Coefficient(feature=feature, output=output) for feature in names for output in outputs
    )
    metrics = list_metrics(choice, objective)
    points = tuple(
        summarize_alpha(
            alpha,
            [measurements[repetition, alpha] for repetition in range(settings.seeds)],
            metrics,
            coefficients,
            study,
        )
        for alpha in settings.alphas
    )
    sample = first[settings.alphas[0]]
    findings = PathFindings(
        data=DataSummary(
            name=data.name,
            target=data.target,
            task=data.task,
            n_rows=len(data),
            n_features=data.X.shape[1],
            classes=data.classes,
        ),
        holdouts=HoldoutSummary(
            repetitions=settings.seeds,
            train_rows=len(study.holdouts[0].train),
            test_rows=len(study.holdouts[0].test),
        ),
        penalty=PenaltySummary(
            kind=settings.kind.name,
            params=dict(settings.penalty_params),
            makes_zeros=PENALTIES[settings.kind.name].makes_zeros,
        ),
        network=NetworkSummary(
            features=study.names,
            hidden=settings.hidden,
            loss=sample.objective.loss_label,
            head=sample.objective.head.name,
            n_weights=sample.n_weights,
        ),
        metric=metric,
        reason=choice.reason,
        metrics=metrics,
        points=points,
        coefficients=coefficients,
        unit=name_unit(sample.objective, data.target),
        choice=choose_alpha(settings.alphas, [point.test[metric.name] for point in points], metric),
        settings=format_settings(settings),
        notes=data.notes,
        seconds=time.perf_counter() - started,
        versions=list_versions(),
    )
    ordered = tuple(first[alpha] for alpha in settings.alphas)
    return PathOutcome(findings=findings, study=study, first=ordered)
