"""What a peer is: how it gets ready for a workload, and what it hands over after training."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from benchmarks.study import Study
from benchmarks.workload import Workload

Work = Workload | Study


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What came of one training of a workload, or of a part of it.

    Args:
        units: how many networks or fits were trained.
        losses: their final losses by number; worked out when asked, off the clock.
    """

    units: int
    losses: Callable[[], Mapping[str, float]]


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A peer that has its data at hand and can train, from scratch, as often as asked.

    Args:
        train: does the work; this is what is timed.
        compiling: seconds spent on compiling for this workload, which are not in ``train``.
        note: what a reader of the table should know, such as the threads that were fastest.
        close: ends what it started.
    """

    train: Callable[[], Finished]
    compiling: float = 0.0
    note: str = ""
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A way to train small networks.

    Args:
        name: as in ``--peer``.
        title: as in the table.
        needs: the packages it imports.
        suits: whether it has a place in a workload.
        prepare: gets ready; it imports its packages only then.
        ours: whether it is losslab itself.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    suits: Callable[[Work], bool]
    prepare: Callable[..., Ready]
    ours: bool = False

    def missing(self) -> list[str]:
        """Packages that this environment lacks.

        >>> from dataclasses import replace
        >>> from benchmarks.peers.catalog import PEERS
        >>> replace(PEERS["losslab"], needs=("numpy", "no_such_package")).missing()
        ['no_such_package']
        """
        return [package for package in self.needs if find_spec(package) is None]


def trains_networks(work: Work) -> bool:
    """Whether networks are to be trained, and not a whole study to be made."""
    return isinstance(work, Workload)
