"""What a budget leaves of a comparison, decided once and remembered."""

from collections.abc import Sequence

from losslab.core.canonical import content_hash
from losslab.experiment.budget import Cut, Work, cut_to
from losslab.experiment.candidate import Candidate
from losslab.experiment.cost import seconds_for
from losslab.experiment.execute import Executor
from losslab.experiment.outcome import key_of
from losslab.experiment.record import Record
from losslab.training.run import Run


def decide_cut(
    executor: Executor,
    jobs: Sequence[tuple[Candidate, Run]],
    epochs: int,
    budget: float | None,
) -> Cut:
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
        return Cut(narrowed=False, epochs=epochs, n_splits=n_splits)
    spec = {
        "data": {"name": executor.study.data.name},
        "budget": float(budget),
        "runs": content_hash(sorted(executor.spec_key(run) for _, run in jobs)),
    }
    known = executor.store.get([key_of(spec)])
    if known:
        return _remembered(*known.values())
    due = [run for _, run in executor.due(jobs)]
    work = Work(
        seconds=seconds_for(due, executor.study.tables) if due else 0.0,
        rates=max(len(candidate.rates) for candidate, _ in jobs),
        epochs=epochs,
        n_splits=n_splits,
    )
    cut = cut_to(budget, work)
    executor.store.add([Record.from_spec(spec, vars(cut))])
    return cut


def _remembered(record: Record) -> Cut:
    outcome = record.outcome
    return Cut(
        narrowed=bool(outcome["narrowed"]),
        epochs=int(outcome["epochs"]),
        n_splits=int(outcome["n_splits"]),
        said=tuple(outcome["said"]),
    )
