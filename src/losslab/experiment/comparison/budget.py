"""The budget: what to leave out so that a comparison ends in time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from losslab.core.hashing import hash_content
from losslab.experiment.comparison.execute import Executor, Job
from losslab.experiment.cost import estimate_seconds
from losslab.experiment.record import Record

# Fewer epochs hardly train, and fewer splits hardly compare.
MIN_EPOCHS = 10
MIN_SPLITS = 3
TRIAL_SPLITS = 2
KEPT_RATES = 2


@dataclass(frozen=True, kw_only=True)
class BudgetPlan:
    """What a budget leaves of a comparison.

    Args:
        narrowed: whether the first splits choose the learning rates that the others try.
        epochs, n_splits: what is left of them.
        notes: what was left out.
    """

    narrowed: bool
    epochs: int
    n_splits: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The cost of a complete comparison.

    Args:
        seconds: the estimate for everything.
        rates: the number of learning rates per candidate.
        epochs, n_splits: as requested.
    """

    seconds: float
    rates: int
    epochs: int
    n_splits: int

    @property
    def narrowable(self) -> bool:
        """Whether trying all learning rates on a few splits only saves anything."""
        return self.rates > KEPT_RATES and self.n_splits > TRIAL_SPLITS

    def scale_seconds(self, epochs: int, n_splits: int) -> float:
        """Scale the estimate to fewer epochs and splits, with narrowed learning rates."""
        unit = self.seconds / (self.rates * self.n_splits * self.epochs)
        runs = self.rates * n_splits
        if self.narrowable:
            trial = min(n_splits, TRIAL_SPLITS)
            runs = self.rates * trial + KEPT_RATES * (n_splits - trial)
        return unit * runs * epochs


def plan_budget(budget: float, work: Workload) -> BudgetPlan:
    """Narrow the learning rates first, then cut epochs, then splits.

    Args:
        budget: the seconds that training may take.
        work: the cost of everything.

    Examples:
        >>> plan = plan_budget(60, Workload(seconds=100, rates=5, epochs=50, n_splits=10))
        >>> plan.narrowed, plan.epochs, plan.n_splits
        (True, 50, 10)
    """
    epochs, splits = work.epochs, work.n_splits
    if work.seconds <= budget:
        return BudgetPlan(narrowed=False, epochs=epochs, n_splits=splits)
    affordable = math.floor(budget / work.scale_seconds(1, splits))
    epochs = min(epochs, max(MIN_EPOCHS, affordable))
    while splits > MIN_SPLITS and work.scale_seconds(epochs, splits) > budget:
        splits -= 1
    notes = []
    if work.narrowable:
        notes.append(
            f"learning rates narrowed from {work.rates} to {KEPT_RATES} on the first "
            f"{TRIAL_SPLITS} splits"
        )
    if epochs < work.epochs:
        notes.append(f"epochs capped from {work.epochs} to {epochs}")
    if splits < work.n_splits:
        notes.append(f"splits capped from {work.n_splits} to {splits}")
    needed = work.scale_seconds(epochs, splits)
    if needed > budget:
        notes.append(f"even so it takes about {max(needed, 1):.0f} s, more than the budget")
    return BudgetPlan(narrowed=work.narrowable, epochs=epochs, n_splits=splits, notes=tuple(notes))


def decide_budget_plan(
    executor: Executor, jobs: Sequence[Job], epochs: int, budget: float | None
) -> BudgetPlan:
    """Plan a budget, and store the plan: the same jobs with the same budget get the same plan.

    The cost of runs is measured, and no two measurements agree. Planned anew, the same command
    would train other runs each time instead of finding those that it stored.

    Args:
        executor: holds the splits and the store.
        jobs: everything that was requested.
        epochs: as requested.
        budget: the seconds that training may take; None for no limit.
    """
    n_splits = len(executor.study.splits)
    if budget is None:
        return BudgetPlan(narrowed=False, epochs=epochs, n_splits=n_splits)
    spec = {
        "data": {"name": executor.study.data.name},
        "budget": float(budget),
        "runs": hash_content(sorted(executor.compute_key(run) for _, run in jobs)),
    }
    for record in executor.store.get([hash_content(spec)]).values():
        return BudgetPlan(
            narrowed=bool(record.outcome["narrowed"]),
            epochs=int(record.outcome["epochs"]),
            n_splits=int(record.outcome["n_splits"]),
            notes=tuple(record.outcome["said"]),
        )
    due = [run for _, run in executor.find_due(jobs)]
    work = Workload(
        seconds=estimate_seconds(due, executor.study.tables) if due else 0.0,
        rates=max(len(candidate.rates) for candidate, _ in jobs),
        epochs=epochs,
        n_splits=n_splits,
    )
    plan = plan_budget(budget, work)
    outcome = {
        "narrowed": plan.narrowed,
        "epochs": plan.epochs,
        "n_splits": plan.n_splits,
        "said": plan.notes,
    }
    executor.store.add([Record.from_spec(spec, outcome)])
    return plan
