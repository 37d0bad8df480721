"""Networks trained one after the other: what all peers but losslab and JAX do."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from benchmarks.formulas import FORMULAS
from benchmarks.judge import Layers, compute_final_losses
from benchmarks.peers.spec import Finished, Ready
from benchmarks.workload import Model, Workload, choose_spread

Fitted = TypeVar("Fitted")


def train_one_by_one(
    workload: Workload,
    fit: Callable[[Model], Fitted],
    read: Callable[[Fitted], Layers],
    losses: frozenset[str] = FORMULAS,
    note: str = "",
) -> Ready:
    """Train a sample of a workload's networks, each from scratch.

    Args:
        workload: the networks.
        fit: trains one.
        read: its weights.
        losses: those that the peer has.
        note: for the table, beside how many networks were trained.
    """
    numbers = choose_spread(workload.models, workload.sample, losses)

    def train() -> Finished:
        fitted = {number: fit(workload.models[number]) for number in numbers}
        return make_finished(workload, fitted, read)

    return Ready(train=train, note=join_notes(describe_sample(workload, len(numbers)), note))


def make_finished(
    workload: Workload, fitted: Mapping[int, Fitted], read: Callable[[Fitted], Layers]
) -> Finished:
    """Make the result of trained networks; their losses are computed on request."""

    def losses() -> Mapping[str, float]:
        return compute_final_losses(workload, {number: read(one) for number, one in fitted.items()})

    return Finished(units=len(fitted), losses=losses)


def describe_sample(workload: Workload, count: int) -> str:
    """Describe how many of the networks are trained.

    Examples:
        >>> from benchmarks.catalog import digits
        >>> describe_sample(digits(), 4)
        '4 of 30 models, scaled'
    """
    total = len(workload.models)
    return f"{count} of {total} models, scaled" if count < total else ""


def join_notes(*notes: str) -> str:
    """Join notes that are not empty.

    Examples:
        >>> join_notes("2 threads", "", "scaled")
        '2 threads; scaled'
    """
    return "; ".join(note for note in notes if note)
