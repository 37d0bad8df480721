"""Tables of measurements, for the terminal and for the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.floor import Floor
from benchmarks.judge import TOLERANCE, compute_difference
from benchmarks.peers.catalog import PEERS
from benchmarks.peers.one_by_one import join_notes
from benchmarks.peers.spec import Work
from benchmarks.requirement import REQUIREMENTS, compute_ratio, find_own_row
from benchmarks.row import Row, index_by_peer
from benchmarks.workload import Workload

UNKNOWN = "-"
MARK = " !"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A heading, columns and lines of text.

    Args:
        title: what it shows.
        columns: their headings; all but the first are numbers.
        lines: one text a column.
        below: what is to be said under it.
    """

    title: str
    columns: tuple[str, ...]
    lines: Sequence[tuple[str, ...]]
    below: Sequence[str] = ()


def make_workload_table(work: Work, rows: Sequence[Row], floor: Floor | None) -> Table:
    """Make the table of all peers on a workload, in the order of the catalog."""
    ours, found = find_own_row(rows, work.name), index_by_peer(rows, work.name)
    shown = [found[name] for name in PEERS if name in found]
    unit = "us" if isinstance(work, Workload) else "ms"
    notes = [(PEERS[row.peer].title, join_notes(_mark(work, row, ours), row.note)) for row in shown]
    return Table(
        title=f"{work.name}: {work.description}",
        columns=("", f"{unit}/{work.part}", "from-to", "ratio", "warm-up", "compile", "loss"),
        lines=[_make_line(work, row, ours) for row in shown],
        below=[
            *([_describe_floor(floor, ours)] if floor is not None and ours is not None else []),
            *(f"{title}: {note}" for title, note in notes if note),
        ],
    )


def make_requirements_table(rows: Sequence[Row], floors: Mapping[str, Floor]) -> Table:
    """Make the table of required and measured ratios; those not measured are left out."""
    lines = []
    for requirement in REQUIREMENTS:
        ratio = compute_ratio(requirement, rows, floors)
        if ratio is None:
            continue
        peer = PEERS.get(requirement.against)
        title = requirement.against if peer is None else peer.title
        lines.append(
            (
                f"{requirement.workload}: {title}{' + compile' if requirement.compiling else ''}",
                f"{requirement.at_least:g}",
                f"{ratio:.2f}",
                "yes" if ratio >= requirement.at_least else "NO",
            )
        )
    return Table(
        title="how many times as fast as ..., by medians",
        columns=("", "at least", "measured", "reached"),
        lines=lines,
    )


def _make_line(work: Work, row: Row, ours: Row | None) -> tuple[str, ...]:
    low, middle, high = (
        each / work.parts * (1e6 if isinstance(work, Workload) else 1e3)
        for each in (row.spread[0], row.each, row.spread[1])
    )
    return (
        PEERS[row.peer].title,
        _format_digits(middle),
        f"{_format_digits(low)}-{_format_digits(high)}",
        UNKNOWN if ours is None else f"{row.each / ours.each:.2f}",
        f"{row.first:.2f} s",
        f"{row.compiling:.2f} s" if row.compiling else UNKNOWN,
        _format_loss(work, row) + (MARK if _mark(work, row, ours) else ""),
    )


def _format_digits(number: float) -> str:
    """Format three significant digits.

    Examples:
        >>> _format_digits(87.654), _format_digits(8.7654), _format_digits(1234.5)
        ('87.7', '8.77', '1,234')
    """
    return f"{number:,.{2 if number < 10 else 1 if number < 100 else 0}f}"


def _format_loss(work: Work, row: Row) -> str:
    """Format the mean final loss over networks with the workload's first loss."""
    losses = row.losses or {}
    if isinstance(work, Workload):
        kind = work.models[0].loss
        losses = {n: loss for n, loss in losses.items() if work.models[int(n)].loss == kind}
    return f"{sum(losses.values()) / len(losses):.4f}" if losses else UNKNOWN


def _mark(work: Work, row: Row, ours: Row | None) -> str:
    """Describe by how much a peer's losses differ, if by too much for the same work."""
    if ours is None or not isinstance(work, Workload):
        return ""
    apart = compute_difference(work, row.losses or {}, ours.losses or {})
    # What is not a number is no agreement either.
    if apart is None or abs(apart) <= TOLERANCE:
        return ""
    return f"its losses differ from losslab's by {apart:+.0%} of a constant's"


def _describe_floor(floor: Floor, ours: Row) -> str:
    took, peak = ours.each * ours.units, floor.peak
    words = (
        f"floor: {floor.seconds:.3g} s on {floor.cores} core{'s' if floor.cores > 1 else ''}, "
        f"at {peak.flops / 1e9:.0f} GFLOP/s and {peak.bytes / 1e9:.0f} GB/s each; "
        f"losslab takes {took:.3g} s, {floor.seconds / took:.2f} of the floor's speed"
    )
    if peak.usual == peak.flops:
        return words
    ratio = floor.usual_seconds / took
    return f"{words} ({ratio:.2f} at NumPy's own {peak.usual / 1e9:.0f} GFLOP/s)"
