"""What to leave out so that a comparison ends in time, decided once and remembered."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from losslab.core.hashing import hash_content
from losslab.experiment.comparison.candidate import Candidate
from losslab.experiment.comparison.execute import Executor
from losslab.experiment.comparison.recording import run_key
from losslab.experiment.cost import estimate_seconds
from losslab.experiment.record import Record
from losslab.training.run import Run

# Fewer epochs than this hardly train, fewer splits hardly compare.
FEWEST_EPOCHS = 10
FEWEST_SPLITS = 3
TRIAL_SPLITS = 2
KEPT_RATES = 2


@dataclass(frozen=True, kw_only=True)
class BudgetPlan:
    """What is left of a comparison.

    Args:
        narrowed: whether two splits choose the two learning rates that the others try.
        epochs, n_splits: how many are left.
        notes: what was cut, in words; empty if nothing.
    """

    narrowed: bool
    epochs: int
    n_splits: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What a comparison would take in full.

    Args:
        seconds: estimated for everything.
        rates: learning rates tried per candidate.
        epochs, n_splits: as asked for.
    """

    seconds: float
    rates: int
    epochs: int
    n_splits: int

    @property
    def narrowable(self) -> bool:
        """Whether trying all rates on a few splits only would save anything."""
        return self.rates > KEPT_RATES and self.n_splits > TRIAL_SPLITS

    def seconds_of(self, epochs: int, n_splits: int) -> float:
        """Seconds for so many epochs and splits, with narrowed learning rates if possible."""
        unit = self.seconds / (self.rates * self.n_splits * self.epochs)
        runs = self.rates * n_splits
        if self.narrowable:
            trial = min(n_splits, TRIAL_SPLITS)
            runs = self.rates * trial + KEPT_RATES * (n_splits - trial)
        return unit * runs * epochs


def plan_budget(budget: float, work: Workload) -> BudgetPlan:
    """Narrow the learning rates first, then cap epochs, then splits.

    Args:
        budget: seconds allowed.
        work: what everything would take.

    Example
        >>> cut = plan_budget(60, Workload(seconds=100, rates=5, epochs=50, n_splits=10))
        >>> cut.narrowed, cut.epochs, cut.n_splits
        (True, 50, 10)
    """
    epochs, splits = work.epochs, work.n_splits
    if work.seconds <= budget:
        return BudgetPlan(narrowed=False, epochs=epochs, n_splits=splits)
    affordable = math.floor(budget / work.seconds_of(1, splits))
    epochs = min(epochs, max(FEWEST_EPOCHS, affordable))
    while splits > FEWEST_SPLITS and work.seconds_of(epochs, splits) > budget:
        splits -= 1
    said = [
        f"learning rates narrowed from {work.rates} to {KEPT_RATES} on the first "
        f"{TRIAL_SPLITS} splits"
        if work.narrowable
        else "",
        f"epochs capped from {work.epochs} to {epochs}" if epochs < work.epochs else "",
        f"splits capped from {work.n_splits} to {splits}" if splits < work.n_splits else "",
    ]
    needed = work.seconds_of(epochs, splits)
    if needed > budget:
        said.append(f"even so it takes about {max(needed, 1):.0f} s, more than the budget")
    return BudgetPlan(
        narrowed=work.narrowable,
        epochs=epochs,
        n_splits=splits,
        notes=tuple(filter(None, said)),
    )


def decide_budget_plan(
    executor: Executor,
    jobs: Sequence[tuple[Candidate, Run]],
    epochs: int,
    budget: float | None,
) -> BudgetPlan:
    """Cut jobs to a budget; the same jobs with the same budget are cut as the first time.

    What runs will take is measured, and no two measurements agree. Decided anew, the same command
    would train other runs each time instead of finding those that it stored.

    Args:
        executor: holds the splits and the store.
        jobs: everything that was asked for.
        epochs: as asked for.
        budget: seconds; None for as long as it takes.
    """
    n_splits = len(executor.study.splits)
    if budget is None:
        return BudgetPlan(narrowed=False, epochs=epochs, n_splits=n_splits)
    spec = {
        "data": {"name": executor.study.data.name},
        "budget": float(budget),
        "runs": hash_content(sorted(executor.spec_key(run) for _, run in jobs)),
    }
    known = executor.store.get([run_key(spec)])
    if known:
        return _remembered(*known.values())
    due = [run for _, run in executor.due(jobs)]
    work = Workload(
        seconds=estimate_seconds(due, executor.study.tables) if due else 0.0,
        rates=max(len(candidate.rates) for candidate, _ in jobs),
        epochs=epochs,
        n_splits=n_splits,
    )
    cut = plan_budget(budget, work)
    outcome = {
        "narrowed": cut.narrowed,
        "epochs": cut.epochs,
        "n_splits": cut.n_splits,
        "said": cut.notes,
    }
    executor.store.add([Record.from_spec(spec, outcome)])
    return cut


def _remembered(record: Record) -> BudgetPlan:
    outcome = record.outcome
    return BudgetPlan(
        narrowed=bool(outcome["narrowed"]),
        epochs=int(outcome["epochs"]),
        n_splits=int(outcome["n_splits"]),
        notes=tuple(outcome["said"]),
    )
