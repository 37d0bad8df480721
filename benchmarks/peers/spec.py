"""The specification of a peer: how it prepares a workload, and what training returns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from benchmarks.study import Study
from benchmarks.workload import Workload

Work = Workload | Study


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The result of training a workload, or a part of it, once.

    Args:
        units: how many networks or fits were trained.
        losses: their final losses by number; worked out when asked, off the clock.
    """

    units: int
    losses: Callable[[], Mapping[str, float]]


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A peer with its data loaded, which can train from scratch repeatedly.

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

    def list_missing(self) -> list[str]:
        """List the packages that are not installed.

        Examples:
            >>> from dataclasses import replace
            >>> from benchmarks.peers.catalog import PEERS
            >>> replace(PEERS["losslab"], needs=("numpy", "no_such_package")).list_missing()
            ['no_such_package']
        """
        return [package for package in self.needs if find_spec(package) is None]


def is_workload(work: Work) -> bool:
    """Whether the work is to train networks, not a whole study."""
    return isinstance(work, Workload)
