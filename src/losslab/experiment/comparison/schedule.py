"""The schedule of a comparison: its runs in stages, within a budget if there is one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from losslab.experiment.comparison.budget import (
    KEPT_RATES,
    TRIAL_SPLITS,
    BudgetPlan,
    decide_budget_plan,
)
from losslab.experiment.comparison.candidates import Candidate
from losslab.experiment.comparison.execute import Executor, Job, Place
from losslab.experiment.comparison.settings import ComparisonSettings
from losslab.experiment.comparison.tuning import extend_rates, narrow_rates, select_records
from losslab.experiment.cost import estimate_seconds
from losslab.experiment.formatting import format_count, format_duration
from losslab.experiment.record import Record
from losslab.training.engines.catalog import compile_for

# The most learning rates that are tried beyond an end of the grid of ``auto``.
MAX_EXTENSIONS = 2


@dataclass(frozen=True, kw_only=True)
class TrainedCandidates:
    """The candidates as they were trained.

    Args:
        candidates: with the epochs of the plan, and all learning rates that were tried.
        plan: what the budget left.
        records: the record of every run.
    """

    candidates: tuple[Candidate, ...]
    plan: BudgetPlan
    records: Mapping[Place, Record]


def train_all(
    executor: Executor, candidates: Sequence[Candidate], settings: ComparisonSettings
) -> TrainedCandidates:
    """Train every candidate; reduce the splits of the executor's study if the budget demands it."""
    jobs = _list_jobs(candidates, executor, settings)
    compile_for((run for _, run in executor.find_due(jobs)), executor.monitor.say)
    plan = decide_budget_plan(executor, jobs, settings.epochs, settings.budget)
    for note in plan.notes:
        executor.monitor.say(f"to stay within the budget: {note}")
    candidates, study = tuple(candidates), executor.study
    if plan.n_splits < len(study.splits):
        executor.study = replace(study, splits=study.splits[: plan.n_splits])
    if (plan.epochs, plan.n_splits) != (settings.epochs, len(study.splits)):
        candidates = tuple(
            replace(candidate, run=replace(candidate.run, epochs=plan.epochs))
            for candidate in candidates
        )
        jobs = _list_jobs(candidates, executor, settings)
    if plan.narrowed:
        records = _train_narrowed(executor, candidates, jobs)
    else:
        records = _execute_stage(executor, jobs)
        if settings.lr is None and settings.budget is None:
            candidates, records = _train_extended(executor, candidates, records, settings)
    return TrainedCandidates(candidates=candidates, plan=plan, records=records)


def _train_narrowed(
    executor: Executor, candidates: Sequence[Candidate], jobs: Sequence[Job]
) -> dict[Place, Record]:
    """Try all learning rates on the first splits, and the best of them on the others."""
    trial = range(TRIAL_SPLITS)
    records = _execute_stage(executor, [job for job in jobs if job[1].split in trial])
    kept = {
        candidate.name: narrow_rates(select_records(candidate, records, trial), KEPT_RATES)
        for candidate in candidates
    }
    rest = [
        (candidate, run)
        for candidate, run in jobs
        if run.split not in trial and run.lr in kept[candidate.name]
    ]
    return records | _execute_stage(executor, rest)


def _train_extended(
    executor: Executor,
    candidates: tuple[Candidate, ...],
    records: dict[Place, Record],
    settings: ComparisonSettings,
) -> tuple[tuple[Candidate, ...], dict[Place, Record]]:
    """Try further learning rates where the best lies at an end of those tried."""
    splits = range(len(executor.study.splits))
    for _ in range(MAX_EXTENSIONS):
        further = {
            candidate.name: extend_rates(candidate, select_records(candidate, records, splits))
            for candidate in candidates
        }
        extended = [
            replace(candidate, rates=further[candidate.name])
            for candidate in candidates
            if further[candidate.name]
        ]
        if not extended:
            break
        rates = sorted({rate for candidate in extended for rate in candidate.rates})
        executor.monitor.say(
            f"{len(extended)} of {format_count(len(candidates), 'candidate')} did best at an "
            "end of the learning rates tried; trying "
            f"{' and '.join(f'{rate:g}' for rate in rates)} as well"
        )
        records = records | _execute_stage(executor, _list_jobs(extended, executor, settings))
        candidates = tuple(
            replace(candidate, rates=tuple(sorted({*candidate.rates, *further[candidate.name]})))
            for candidate in candidates
        )
    return candidates, records


def _list_jobs(
    candidates: Sequence[Candidate], executor: Executor, settings: ComparisonSettings
) -> list[Job]:
    splits, seed = executor.study.splits, settings.plan.seed
    return [
        (candidate, run) for candidate in candidates for run in candidate.list_runs(splits, seed)
    ]


def _execute_stage(executor: Executor, jobs: Sequence[Job]) -> dict[Place, Record]:
    """Announce what the jobs will cost, then execute them."""
    due = [run for _, run in executor.find_due(jobs)]
    # If everything is stored, the tables need not be prepared.
    seconds = estimate_seconds(due, executor.study.tables) if due else 0.0
    stored = len(jobs) - len(due)
    parts = [format_count(len(jobs), "run")]
    parts += [f"{stored:,} of them stored already"] if stored else []
    parts += [f"about {format_duration(seconds)} of training"] if due else []
    executor.monitor.say(", ".join(parts))
    executor.monitor.start(len(due), seconds)
    return executor.execute(jobs)
