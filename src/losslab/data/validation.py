"""Validation rows carved out of training rows, stratified, by row or by whole group."""

import numpy as np


def carve_rows(strata: np.ndarray, share: float, generator: np.random.Generator) -> np.ndarray:
    """Mark about ``share`` of each class: at least one row, and never its last one.

    Example
        >>> held = carve_rows(np.array([0] * 10 + [1] * 5 + [2]), 0.2, np.random.default_rng(0))
        >>> held[:10].sum(), held[10:15].sum(), held[15:].sum()
        (np.int64(2), np.int64(1), np.int64(0))
    """
    held = np.zeros(len(strata), dtype=bool)
    for kind in np.unique(strata):
        rows = np.flatnonzero(strata == kind)
        size = min(max(1, round(share * len(rows))), len(rows) - 1)
        held[generator.permutation(rows)[:size]] = True
    return held


def carve_groups(
    strata: np.ndarray, groups: np.ndarray, share: float, generator: np.random.Generator
) -> np.ndarray:
    """Mark whole groups so that each class comes near ``share``, keeping every class in training.

    Groups are tried in random order; one is taken if it brings the class shares nearer to the
    wanted one. If none does, the one that comes nearest is taken.

    Example
        >>> groups = np.repeat(np.arange(10), 3)
        >>> held = carve_groups(np.zeros(30), groups, 0.2, np.random.default_rng(0))
        >>> held.sum(), len(np.unique(groups[held]))
        (np.int64(6), 2)
    """
    _, kind_of = np.unique(strata, return_inverse=True)
    _, group_of = np.unique(groups, return_inverse=True)
    counts = np.zeros((group_of.max() + 1, kind_of.max() + 1))
    np.add.at(counts, (group_of, kind_of), 1)
    chosen = _choose(counts, share, generator.permutation(len(counts)))
    return np.isin(group_of, chosen)


def _choose(counts: np.ndarray, share: float, order: np.ndarray) -> list[int]:
    totals = counts.sum(axis=0)

    def distance(taken: np.ndarray) -> float:
        return float(np.sum((taken / totals - share) ** 2))

    allowed = [group for group in order.tolist() if np.all(counts[group] < totals)]
    taken = np.zeros_like(totals)
    chosen: list[int] = []
    for group in allowed:
        larger = taken + counts[group]
        if np.all(larger < totals) and distance(larger) < distance(taken):
            taken, chosen = larger, [*chosen, group]
    return chosen or sorted(allowed, key=lambda group: distance(counts[group]))[:1]
