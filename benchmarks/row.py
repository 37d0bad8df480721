"""The measurements of one peer on one workload."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table.

    Args:
        workload, peer: names.
        units: how many networks or fits a round trained.
        first: seconds of the warm-up.
        seconds: of each round.
        cpu: seconds of all cores in each round.
        compiling: seconds of compiling before the first round.
        losses: final losses of the last round, by number of the network.
        note: what a reader should know.

    Examples:
        >>> row = Row(workload="fleet", peer="sklearn", units=4, seconds=(6.0, 4.0, 5.0))
        >>> row.each, row.spread, row.each_with_compiling
        (1.25, (1.0, 1.5), 1.25)
    """

    workload: str
    peer: str
    units: int
    seconds: tuple[float, ...]
    first: float = 0.0
    cpu: tuple[float, ...] = ()
    compiling: float = 0.0
    losses: Mapping[str, float] | None = None
    note: str = ""

    @property
    def each(self) -> float:
        """Seconds a network or fit; the median of the rounds."""
        return median(self.seconds) / self.units

    @property
    def spread(self) -> tuple[float, float]:
        """Seconds a network or fit in the fastest and the slowest round."""
        return min(self.seconds) / self.units, max(self.seconds) / self.units

    @property
    def each_with_compiling(self) -> float:
        """Seconds a network or fit, the compiling shared out among them."""
        return self.each + self.compiling / self.units

    @property
    def cores(self) -> float:
        """How many cores its own process kept busy."""
        return median(self.cpu) / median(self.seconds) if self.cpu else 1.0


def index_by_peer(rows: Iterable[Row], workload: str) -> dict[str, Row]:
    """Index the rows of a workload by peer."""
    return {row.peer: row for row in rows if row.workload == workload}
