"""Random splits into training and held-out rows, one for each repetition."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from losslab.core.errors import DataError
from losslab.core.seeds import seed_for
from losslab.data.spec import CLASS_TASKS, Dataset
from losslab.data.validation import carve_groups, carve_rows

Rows = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Holdout:
    """The rows of one repetition, sorted, and what its initial weights and batches start from."""

    train: Rows
    test: Rows
    seed: int


def make_holdouts(data: Dataset, test_size: float, repetitions: int, seed: int) -> list[Holdout]:
    """Hold out rows at random: about ``test_size`` of every class, groups whole where there are.

    A repetition depends on the seed and its own number only.

    Raises:
        DataError: if a class has no row left to train on, or none to be held out.
    """
    strata = data.y if data.task in CLASS_TASKS else np.zeros(len(data), dtype=np.int64)
    _check_enough(data, strata)
    return [_holdout(data, strata, test_size, at, seed) for at in range(repetitions)]


def _holdout(data: Dataset, strata: Rows, test_size: float, at: int, seed: int) -> Holdout:
    generator = np.random.default_rng(seed_for(seed, "held out", at))
    if data.groups is None:
        held = carve_rows(strata, test_size, generator)
    else:
        held = carve_groups(strata, np.asarray(data.groups), test_size, generator)
    holdout = Holdout(
        train=np.flatnonzero(~held),
        test=np.flatnonzero(held),
        seed=seed_for(seed, "path", at) % 2**32,
    )
    for rows, use in ((holdout.train, "to train on"), (holdout.test, "to hold out")):
        absent = np.setdiff1d(strata, strata[rows])
        if len(absent):
            raise DataError(
                f"needed rows of every class {use}, in each repetition",
                got=f"none{_of(data, int(absent[0]))}, since groups stay whole",
                fix="--test-size nearer to 0.5, another --seed, or other --groups",
            )
    return holdout


def _check_enough(data: Dataset, strata: Rows) -> None:
    kinds, counts = np.unique(strata, return_counts=True)
    least = int(np.argmin(counts))
    if counts[least] < 2:
        raise DataError(
            "needed at least two rows of every class, to train on and to hold out",
            got=f"{counts[least]}{_of(data, int(kinds[least]))}",
            fix="gather more rows of it, or leave it out with --classes",
        )


def _of(data: Dataset, code: int) -> str:
    return f" of class {data.classes[code]!r}" if data.classes else ""
