"""Networks trained one after the other: what all peers but losslab and JAX do."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from benchmarks.formulas import FORMULAS
from benchmarks.judge import Layers, final_losses
from benchmarks.peers.spec import Finished, Ready
from benchmarks.workload import Model, Workload, spread

Fitted = TypeVar("Fitted")


def one_by_one(
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
    numbers = spread(workload.models, workload.sample, losses)

    def train() -> Finished:
        fitted = {number: fit(workload.models[number]) for number in numbers}
        return finished(workload, fitted, read)

    return Ready(train=train, note=joined(sampled(workload, len(numbers)), note))


def finished(
    workload: Workload, fitted: Mapping[int, Fitted], read: Callable[[Fitted], Layers]
) -> Finished:
    """Hand over trained networks; their weights are read when asked."""

    def losses() -> Mapping[str, float]:
        return final_losses(workload, {number: read(one) for number, one in fitted.items()})

    return Finished(units=len(fitted), losses=losses)


def sampled(workload: Workload, count: int) -> str:
    """Say how many of the networks stand for all.

    >>> from benchmarks.catalog import digits
    >>> sampled(digits(), 4)
    '4 of 30 models, scaled'
    """
    total = len(workload.models)
    return f"{count} of {total} models, scaled" if count < total else ""


def joined(*notes: str) -> str:
    """Put notes that are not empty into one line.

    >>> joined("2 threads", "", "scaled")
    '2 threads; scaled'
    """
    return "; ".join(note for note in notes if note)
