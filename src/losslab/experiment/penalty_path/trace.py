"""The whole line from a table and options to a path's findings."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from losslab.data.dataset import Dataset
from losslab.experiment.comparison.recording import versions
from losslab.experiment.cost import estimate_seconds
from losslab.experiment.formatting import format_count, format_duration
from losslab.experiment.monitor import Monitor
from losslab.experiment.penalty_path.findings import Coefficient, PathFindings, Point, choose_alpha
from losslab.experiment.penalty_path.measure import (
    Measures,
    measure,
    metric_for,
    points_of,
    shown_metrics,
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
    """Say what the runs will cost, train them, and yield their results as they finish."""
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
    """The table, the alphas and the metric in one line."""
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
    """How the networks were trained, as readers see it."""
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


def coefficient_unit(objective: Objective, target: str) -> str:
    """What a linear model's coefficients count in.

    Examples:
        >>> from losslab.objectives.build import objective
        >>> coefficient_unit(objective("mse", "regression"), "price")
        'price'
        >>> coefficient_unit(objective("bce_with_logits", "binary"), "sold")
        'log-odds'
    """
    if objective.codec.reads == "values":
        return f"log of {target}" if objective.link == "exp" else target
    if objective.gives_probabilities:
        return "log-odds" if objective.width == 1 else "score"
    return "score"


@dataclass(frozen=True, kw_only=True, eq=False)
class PathOutcome:
    """What was found, and the networks of the first repetition, by rising alpha."""

    findings: PathFindings
    study: PathStudy
    first: tuple[Result, ...]


def trace_path(study: PathStudy, settings: PathSettings, monitor: Monitor) -> PathOutcome:
    """Train all alphas of all repetitions as one fleet, and measure them."""
    started = time.perf_counter()
    data, objective = study.data, study.runs[0][0].objective
    choice = metric_for(settings.metric, data, objective)
    monitor.rank_by(choice.metric.label, choice.metric.higher_is_better)
    monitor.say(describe_path(data, settings, choice))
    for note in data.notes:
        monitor.say(note)
    outputs = outputs_of(data, objective.width)
    measures: dict[tuple[int, float], Measures | None] = {}
    first: dict[float, Result] = {}
    for result in train_path(study, monitor):
        found = _measured(result, study, outputs)
        score = None if found is None else found.test[choice.metric.name]
        monitor.finished(f"alpha {result.run.alpha:.3g}", score)
        measures[result.run.split, result.run.alpha] = found
        if result.run.split == 0:
            first[result.run.alpha] = result
    coefficients = () if settings.hidden else _coefficients(study, outputs)
    points = points_of(measures, shown_metrics(choice, objective), coefficients, study)
    ordered = tuple(first[alpha] for alpha in settings.alphas)
    seconds = time.perf_counter() - started
    findings = _findings(study, settings, choice, points, coefficients, ordered[0], seconds)
    return PathOutcome(findings=findings, study=study, first=ordered)


def outputs_of(data: Dataset, width: int) -> tuple[str, ...]:
    """What each output of a network speaks for: a class, or the target.

    Examples:
        >>> from losslab.data.catalog import load_dataset
        >>> outputs_of(load_dataset("moons"), 1), outputs_of(load_dataset("diabetes"), 1)
        (('1',), ('progression',))
    """
    if not data.classes:
        return (data.target,)
    return data.classes if width > 1 else data.classes[1:]


def _measured(result: Result, study: PathStudy, outputs: tuple[str, ...]) -> Measures | None:
    if result.diverged_at is not None or not np.isfinite(result.test_output).all():
        return None
    at = result.run.split
    return measure(result, study.tables[at], study.holdouts[at].test, study.inputs[at], outputs)


def _coefficients(study: PathStudy, outputs: tuple[str, ...]) -> tuple[Coefficient, ...]:
    return tuple(
        Coefficient(feature=feature, output=output) for feature in study.names for output in outputs
    )


# Each is a part of what is found.
def _findings(  # noqa: PLR0913
    study: PathStudy,
    settings: PathSettings,
    choice: MetricChoice,
    points: tuple[Point, ...],
    coefficients: tuple[Coefficient, ...],
    sample: Result,
    seconds: float,
) -> PathFindings:
    data, metric = study.data, choice.metric
    scores = [point.test[metric.name] for point in points]
    return PathFindings(
        data=data.name,
        target=data.target,
        task=data.task,
        n_rows=len(data),
        train_rows=len(study.holdouts[0].train),
        test_rows=len(study.holdouts[0].test),
        features=study.names,
        classes=data.classes,
        kind=settings.kind.name,
        penalty_params=dict(settings.penalty_params),
        makes_zeros=PENALTIES[settings.kind.name].makes_zeros,
        loss=sample.objective.loss_label,
        head=sample.objective.head.name,
        hidden=settings.hidden,
        metric=metric.name,
        label=metric.label,
        higher_is_better=metric.higher_is_better,
        reason=choice.reason,
        metrics=tuple(points[0].test),
        repetitions=settings.seeds,
        n_weights=sample.n_weights,
        points=points,
        coefficients=coefficients,
        unit=coefficient_unit(sample.objective, data.target),
        choice=choose_alpha(settings.alphas, scores, metric),
        settings=format_settings(settings),
        notes=data.notes,
        runs=len(points) * settings.seeds,
        diverged=sum(point.diverged for point in points),
        seconds=seconds,
        versions=versions(),
    )
