"""Train a comparison's runs in stages, within a budget if there is one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from losslab.experiment.comparison.budget import (
    KEPT_RATES,
    TRIAL_SPLITS,
    BudgetPlan,
    decide_budget_plan,
)
from losslab.experiment.comparison.candidate import Candidate
from losslab.experiment.comparison.execute import Executor, Place
from losslab.experiment.comparison.settings import ComparisonSettings
from losslab.experiment.comparison.tuning import narrowed_rates, rates_beyond
from losslab.experiment.cost import estimate_seconds
from losslab.experiment.formatting import format_count, format_duration
from losslab.experiment.record import Record
from losslab.training.engines.catalog import compile_for
from losslab.training.run import Run

Job = tuple[Candidate, Run]

# How many learning rates are tried beyond an end of those of ``auto``.
MOST_BEYOND = 2


@dataclass(frozen=True, kw_only=True)
class TrainedCandidates:
    """What was trained in the end.

    Args:
        candidates: as cut to the budget.
        cut: what the budget left.
        records: every run's outcome, by its place.
    """

    candidates: tuple[Candidate, ...]
    cut: BudgetPlan
    records: Mapping[Place, Record]


def train_all(
    executor: Executor, candidates: Sequence[Candidate], settings: ComparisonSettings
) -> TrainedCandidates:
    """Train every candidate; cuts the executor's study where the budget demands it."""
    asked_for = _jobs(candidates, executor, settings)
    compile_for((run for _, run in executor.due(asked_for)), executor.monitor.say)
    cut = decide_budget_plan(executor, asked_for, settings.epochs, settings.budget)
    for said in cut.notes:
        executor.monitor.say(f"to stay within the budget: {said}")
    study = executor.study
    if cut.n_splits < len(study.splits):
        executor.study = replace(study, splits=study.splits[: cut.n_splits])
    left, jobs = tuple(candidates), asked_for
    if (cut.epochs, cut.n_splits) != (settings.epochs, len(study.splits)):
        left = tuple(replace(own, run=replace(own.run, epochs=cut.epochs)) for own in candidates)
        jobs = _jobs(left, executor, settings)
    if not cut.narrowed:
        records = _stage(executor, jobs)
        if settings.lr is None and settings.budget is None:
            left, records = _widened(executor, left, records, settings)
        return TrainedCandidates(candidates=left, cut=cut, records=records)
    trial = range(TRIAL_SPLITS)
    records = _stage(executor, [job for job in jobs if job[1].split in trial])
    kept = {own.name: narrowed_rates(own, records, trial, KEPT_RATES) for own in left}
    rest = [(own, run) for own, run in jobs if run.split not in trial and run.lr in kept[own.name]]
    return TrainedCandidates(candidates=left, cut=cut, records=records | _stage(executor, rest))


def _widened(
    executor: Executor,
    candidates: tuple[Candidate, ...],
    records: dict[Place, Record],
    settings: ComparisonSettings,
) -> tuple[tuple[Candidate, ...], dict[Place, Record]]:
    """Try further learning rates where the best lies at an end of those tried."""
    splits = range(len(executor.study.splits))
    for _ in range(MOST_BEYOND):
        beyond = {own.name: rates_beyond(own, records, splits) for own in candidates}
        some = [replace(own, rates=beyond[own.name]) for own in candidates if beyond[own.name]]
        if not some:
            break
        rates = sorted({rate for own in some for rate in own.rates})
        executor.monitor.say(
            f"{len(some)} of {format_count(len(candidates), 'candidate')} did best at an "
            "end of the learning rates tried; trying "
            f"{' and '.join(f'{rate:g}' for rate in rates)} as well"
        )
        records = records | _stage(executor, _jobs(some, executor, settings))
        candidates = tuple(
            replace(own, rates=tuple(sorted({*own.rates, *beyond[own.name]}))) for own in candidates
        )
    return candidates, records


def _jobs(
    candidates: Sequence[Candidate], executor: Executor, settings: ComparisonSettings
) -> list[Job]:
    splits = executor.study.splits
    return [(own, run) for own in candidates for run in own.runs(splits, settings.plan.seed)]


def _stage(executor: Executor, jobs: Sequence[Job]) -> dict[Place, Record]:
    """Say what the jobs will cost, then train those that are due."""
    due = [run for _, run in executor.due(jobs)]
    seconds = estimate_seconds(due, executor.study.tables) if due else 0.0
    stored = len(jobs) - len(due)
    parts = [format_count(len(jobs), "run")]
    parts += [f"{stored:,} of them stored already"] if stored else []
    parts += [f"about {format_duration(seconds)} of training"] if due else []
    executor.monitor.say(", ".join(parts))
    executor.monitor.start(len(due), seconds)
    return executor.execute(jobs)
