"""Required speedups over peers, and the measured ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.floor import Floor
from benchmarks.peers.catalog import PEERS
from benchmarks.row import Row, index_by_peer

OURS = {name for name, peer in PEERS.items() if peer.ours}
ENGINES = ("compiled", "stacked")
BEST_PEER, BETTER_ENGINE, FLOOR = "best peer", "better engine", "floor"


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """A ratio of medians of one run.

    Args:
        workload: its name.
        against: a peer's name, or the best peer, the better engine or the floor.
        at_least: how many times faster, or which share of the floor.
        compiling: whether the peer's compiling counts.
    """

    workload: str
    against: str
    at_least: float
    compiling: bool = False


REQUIREMENTS = (
    Requirement(workload="single", against="sklearn", at_least=8),
    Requirement(workload="single", against="pytorch_loop", at_least=10),
    Requirement(workload="single", against="skorch", at_least=20),
    Requirement(workload="fleet", against="sklearn_processes", at_least=8),
    Requirement(workload="fleet", against="pytorch_loop", at_least=20),
    Requirement(workload="fleet", against="jax_vmap", at_least=1.5),
    Requirement(workload="fleet", against="jax_vmap", at_least=4, compiling=True),
    Requirement(workload="fleet", against=FLOOR, at_least=0.6),
    Requirement(workload="digits", against=BEST_PEER, at_least=2),
    Requirement(workload="table", against=BEST_PEER, at_least=1),
    Requirement(workload="wide", against=BEST_PEER, at_least=1),
    Requirement(workload="compare", against="grid_search", at_least=8),
    *(
        Requirement(workload=workload, against=BETTER_ENGINE, at_least=0.9)
        for workload in ("single", "fleet", "digits", "table", "wide")
    ),
)


def find_own_row(rows: Sequence[Row], workload: str) -> Row | None:
    """Find losslab's row of a workload, with the engine it chooses by default."""
    found = index_by_peer(rows, workload)
    return found.get("losslab") or found.get("compare_command")


def compute_ratio(
    requirement: Requirement, rows: Sequence[Row], floors: Mapping[str, Floor]
) -> float | None:
    """Compute the measured ratio; None if a side of it was not measured.

    Examples:
        >>> ours = Row(workload="single", peer="losslab", units=1, seconds=(1.0,))
        >>> theirs = Row(workload="single", peer="sklearn", units=2, seconds=(18.0,))
        >>> compute_ratio(REQUIREMENTS[0], [ours, theirs], {})
        9.0
    """
    ours = find_own_row(rows, requirement.workload)
    if ours is None:
        return None
    if requirement.against == FLOOR:
        floor = floors.get(requirement.workload)
        return None if floor is None else floor.seconds / (ours.each * ours.units)
    found = index_by_peer(rows, requirement.workload)
    others = [found[name] for name in _list_rivals(requirement.against, found) if name in found]
    if not others:
        return None
    return min(
        (row.each_with_compiling if requirement.compiling else row.each) / ours.each
        for row in others
    )


def _list_rivals(name: str, found: Mapping[str, Row]) -> Sequence[str]:
    if name == BETTER_ENGINE:
        return ENGINES
    return [peer for peer in found if peer not in OURS] if name == BEST_PEER else [name]
