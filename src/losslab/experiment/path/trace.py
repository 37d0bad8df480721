"""The whole line from a table and options to a path's findings."""

import time
from dataclasses import dataclass

import numpy as np

from losslab.data.spec import Dataset
from losslab.experiment.monitor import Monitor
from losslab.experiment.outcome import versions
from losslab.experiment.path.choice import choose_alpha
from losslab.experiment.path.findings import Coefficient, PathFindings, Point
from losslab.experiment.path.fleet import trained
from losslab.experiment.path.measure import Measures, measure
from losslab.experiment.path.metric import metric_for, shown_metrics
from losslab.experiment.path.points import points_of
from losslab.experiment.path.settings import PathSettings
from losslab.experiment.path.study import PathStudy
from losslab.experiment.path.wording import about_path, shown_settings, unit_of
from losslab.metrics.choice import MetricChoice
from losslab.training.catalog import PENALTIES
from losslab.training.result import Result


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
    monitor.say(about_path(data, settings, choice))
    for note in data.notes:
        monitor.say(note)
    outputs = outputs_of(data, objective.width)
    measures: dict[tuple[int, float], Measures | None] = {}
    first: dict[float, Result] = {}
    for result in trained(study, monitor):
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
        kind=settings.kind,
        penalty_params=dict(settings.penalty_params),
        makes_zeros=PENALTIES[settings.kind].makes_zeros,
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
        unit=unit_of(sample.objective, data.target),
        choice=choose_alpha(settings.alphas, scores, metric),
        settings=shown_settings(settings),
        notes=data.notes,
        runs=len(points) * settings.seeds,
        diverged=sum(point.diverged for point in points),
        seconds=seconds,
        versions=versions(),
    )
