"""Train a comparison's runs in stages, within a budget if there is one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from losslab.experiment.amounts import counted, spoken
from losslab.experiment.budget import KEPT_RATES, TRIAL_SPLITS, Cut
from losslab.experiment.candidate import Candidate
from losslab.experiment.cost import seconds_for
from losslab.experiment.cutting import decide_cut
from losslab.experiment.execute import Executor, Place
from losslab.experiment.record import Record
from losslab.experiment.settings import Settings
from losslab.experiment.tuning import narrowed_rates
from losslab.training.engines import compile_for
from losslab.training.run import Run

Job = tuple[Candidate, Run]


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What was trained in the end.

    Args:
        candidates: as cut to the budget.
        cut: what the budget left.
        records: every run's outcome, by its place.
    """

    candidates: tuple[Candidate, ...]
    cut: Cut
    records: Mapping[Place, Record]


def train_all(executor: Executor, candidates: Sequence[Candidate], settings: Settings) -> Trained:
    """Train every candidate; cuts the executor's study where the budget demands it."""
    asked_for = _jobs(candidates, executor, settings)
    compile_for((run for _, run in executor.due(asked_for)), executor.monitor.say)
    cut = decide_cut(executor, asked_for, settings.epochs, settings.budget)
    for said in cut.said:
        executor.monitor.say(f"to stay within the budget: {said}")
    study = executor.study
    if cut.n_splits < len(study.splits):
        executor.study = replace(study, splits=study.splits[: cut.n_splits])
    left, jobs = tuple(candidates), asked_for
    if (cut.epochs, cut.n_splits) != (settings.epochs, len(study.splits)):
        left = tuple(replace(own, run=replace(own.run, epochs=cut.epochs)) for own in candidates)
        jobs = _jobs(left, executor, settings)
    if not cut.narrowed:
        return Trained(candidates=left, cut=cut, records=_stage(executor, jobs))
    trial = range(TRIAL_SPLITS)
    records = _stage(executor, [job for job in jobs if job[1].split in trial])
    kept = {own.name: narrowed_rates(own, records, trial, KEPT_RATES) for own in left}
    rest = [(own, run) for own, run in jobs if run.split not in trial and run.lr in kept[own.name]]
    return Trained(candidates=left, cut=cut, records=records | _stage(executor, rest))


def _jobs(candidates: Sequence[Candidate], executor: Executor, settings: Settings) -> list[Job]:
    splits = executor.study.splits
    return [(own, run) for own in candidates for run in own.runs(splits, settings.plan.seed)]


def _stage(executor: Executor, jobs: Sequence[Job]) -> dict[Place, Record]:
    """Say what the jobs will cost, then train those that are due."""
    due = [run for _, run in executor.due(jobs)]
    seconds = seconds_for(due, executor.study.tables)
    stored = len(jobs) - len(due)
    parts = [counted(len(jobs), "run")]
    parts += [f"{stored:,} of them stored already"] if stored else []
    parts += [f"about {spoken(seconds)} of training"] if due else []
    executor.monitor.say(", ".join(parts))
    executor.monitor.start(len(due), seconds)
    return executor.execute(jobs)
