"""Peers train in turns, so that other load on the machine affects all of them."""

from collections.abc import Callable, Mapping
from typing import Protocol

from benchmarks.row import Row
from benchmarks.worker import PeerError, Timing


class Contender(Protocol):
    """A peer that is ready.

    Args:
        compiling: seconds it took to compile.
        note: for the table.
    """

    compiling: float
    note: str

    def train(self) -> Timing: ...


def train_in_turns(
    workload: str,
    contenders: Mapping[str, Contender],
    rounds: int,
    failed: Callable[[str, str], None],
) -> list[Row]:
    """Warm up every contender by one training, then train all once per round.

    Args:
        workload: its name.
        contenders: by the names of their peers.
        rounds: how often each is timed.
        failed: told the name of a peer that fails, and why; it leaves the race.
    """
    timings: dict[str, list[Timing]] = {name: [] for name in contenders}
    for _ in range(1 + rounds):
        for name in list(timings):
            try:
                timings[name].append(contenders[name].train())
            except PeerError as error:
                del timings[name]
                failed(name, str(error))
    return [
        Row(
            workload=workload,
            peer=name,
            units=timed[0].units,
            first=timed[0].seconds,
            seconds=tuple(timing.seconds for timing in timed[1:]),
            cpu=tuple(timing.cpu for timing in timed[1:]),
            compiling=contenders[name].compiling,
            losses=dict(timed[-1].losses),
            note=contenders[name].note,
        )
        for name, timed in timings.items()
    ]
