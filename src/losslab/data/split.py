"""Splits into train, validation and test rows: repeated cross-validation."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from losslab.core.errors import DataError, OptionError
from losslab.core.hashing import derive_seed
from losslab.core.tasks import CLASS_TASKS
from losslab.data.checks import find_lookalikes
from losslab.data.dataset import copy_read_only
from losslab.data.sources import cache_arrays

# Classes of sklearn.model_selection, by whether they stratify and keep groups together.
SPLITTERS = {
    (False, False): "KFold",
    (True, False): "StratifiedKFold",
    (False, True): "GroupKFold",
    (True, True): "StratifiedGroupKFold",
}


def carve_rows(strata: np.ndarray, share: float, generator: np.random.Generator) -> np.ndarray:
    """Mark about ``share`` of the rows of each class: at least one, and never all of them.

    Examples:
        >>> held_out = carve_rows(np.array([0] * 10 + [1] * 5 + [2]), 0.2, np.random.default_rng(0))
        >>> held_out[:10].sum(), held_out[10:15].sum(), held_out[15:].sum()
        (np.int64(2), np.int64(1), np.int64(0))
    """
    held_out = np.zeros(len(strata), dtype=bool)
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        size = min(max(1, round(share * len(rows))), len(rows) - 1)
        held_out[generator.permutation(rows)[:size]] = True
    return held_out


def carve_groups(
    strata: np.ndarray, groups: np.ndarray, share: float, generator: np.random.Generator
) -> np.ndarray:
    """Mark groups whose rows are about ``share`` of each class, with every class left in training.

    Groups are tried in random order; each is taken if it brings the class shares closer to
    ``share``. If none does, the closest one is taken.

    Examples:
        >>> groups = np.repeat(np.arange(10), 3)
        >>> held_out = carve_groups(np.zeros(30), groups, 0.2, np.random.default_rng(0))
        >>> held_out.sum(), len(np.unique(groups[held_out]))
        (np.int64(6), 2)
    """
    _, stratum_of = np.unique(strata, return_inverse=True)
    _, group_of = np.unique(groups, return_inverse=True)
    counts = np.zeros((group_of.max() + 1, stratum_of.max() + 1))
    np.add.at(counts, (group_of, stratum_of), 1)
    totals = counts.sum(axis=0)

    def measure_distance(taken: np.ndarray) -> float:
        return float(np.sum((taken / totals - share) ** 2))

    order = generator.permutation(len(counts)).tolist()
    allowed = [group for group in order if np.all(counts[group] < totals)]
    taken = np.zeros_like(totals)
    chosen: list[int] = []
    for group in allowed:
        larger = taken + counts[group]
        if np.all(larger < totals) and measure_distance(larger) < measure_distance(taken):
            taken = larger
            chosen.append(group)
    if not chosen:
        chosen = sorted(allowed, key=lambda group: measure_distance(counts[group]))[:1]
    return np.isin(group_of, chosen)


@dataclass(frozen=True, kw_only=True)
class SplitPlan:
    """The parameters of repeated cross-validation.

    Attributes:
        n_splits: folds per repeat; each row is in the test rows of exactly one.
        repeats: the number of repeats, each with another shuffle.
        seed: seeds all shuffling.
        validation: the share of the training rows held out to choose epochs and learning rates.
    """

    n_splits: int = 5
    repeats: int = 2
    seed: int = 0
    validation: float = 0.2

    def __post_init__(self) -> None:
        for option, value, least in (
            ("splits", self.n_splits, 2),
            ("repeats", self.repeats, 1),
            ("seed", self.seed, 0),
        ):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise OptionError(
                    f"needed an integer of at least {least} for --{option}",
                    got=repr(value),
                    fix=f"--{option} {max(least, 2)}",
                )
        if not 0 < self.validation < 1:
            raise OptionError(
                "needed a share between 0 and 1 for validation",
                got=repr(self.validation),
                fix="validation=0.2",
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """The rows of one fold of one repeat.

    Attributes:
        index: the position in the list of splits.
        repeat: the repeat, from 0.
        fold: the fold in its repeat, from 0.
        train, validation, test: the rows, sorted and read-only.
    """

    index: int
    repeat: int
    fold: int
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    def __post_init__(self) -> None:
        for name in ("train", "validation", "test"):
            object.__setattr__(self, name, copy_read_only(np.sort(getattr(self, name)), np.int64))

    @cached_property
    def key(self) -> str:
        """A hash of the three sets of rows, 32 hexadecimal digits."""
        digest = hashlib.blake2b(digest_size=16)
        for rows in (self.train, self.validation, self.test):
            digest.update(len(rows).to_bytes(8, "little") + rows.astype("<i8").tobytes())
        return digest.hexdigest()


def make_splits(
    y: np.ndarray,
    task: str,
    plan: SplitPlan,
    groups: np.ndarray | None = None,
    classes: tuple[str, ...] = (),
) -> tuple[Split, ...]:
    """Split the rows, stratified by class, with groups kept together.

    A repeat depends on the seed and its index only, so more repeats keep the earlier ones.

    Args:
        y: the target.
        task: binary, multiclass, regression or count.
        plan: the parameters.
        groups: a group per row, kept together.
        classes: the class labels, for error messages.

    Examples:
        >>> splits = make_splits(np.arange(10.0), "regression", SplitPlan(n_splits=2, repeats=1))
        >>> [(len(s.train), len(s.validation), len(s.test)) for s in splits]
        [(4, 1, 5), (4, 1, 5)]
    """
    strata = np.asarray(y) if task in CLASS_TASKS else np.zeros(len(y), dtype=np.int64)
    _check_plan(strata, task, plan, groups, classes)
    splits: list[Split] = []
    for repeat in range(plan.repeats):
        fold_of = _assign_folds(strata, task, plan, groups, repeat)
        for fold in range(plan.n_splits):
            rest, test = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
            generator = np.random.default_rng(derive_seed(plan.seed, "validation", repeat, fold))
            held_out = (
                carve_rows(strata[rest], plan.validation, generator)
                if groups is None
                else carve_groups(
                    strata[rest], np.asarray(groups)[rest], plan.validation, generator
                )
            )
            split = Split(
                index=len(splits),
                repeat=repeat,
                fold=fold,
                train=rest[~held_out],
                validation=rest[held_out],
                test=test,
            )
            _check_split(split, strata, classes)
            splits.append(split)
    return tuple(splits)


def _assign_folds(
    strata: np.ndarray, task: str, plan: SplitPlan, groups: np.ndarray | None, repeat: int
) -> np.ndarray:
    """Assign each row to the fold of a repeat in which it is a test row."""
    stratified = task in CLASS_TASKS
    seed = derive_seed(plan.seed, "folds", repeat) % 2**32  # all that scikit-learn takes
    codes = None if groups is None else np.unique(groups, return_inverse=True)[1]

    def split() -> dict[str, np.ndarray]:
        from sklearn import model_selection

        name = SPLITTERS[stratified, groups is not None]
        splitter = getattr(model_selection, name)(plan.n_splits, shuffle=True, random_state=seed)
        fold_of = np.empty(len(strata), dtype=np.min_scalar_type(plan.n_splits))
        for fold, (_, test) in enumerate(splitter.split(strata, strata, codes)):
            fold_of[test] = fold
        return {"fold_of": fold_of}

    digest = hashlib.blake2b(f"{stratified} {plan.n_splits} {seed} {len(strata)} ".encode())
    for labels in (strata, codes):
        digest.update(b"" if labels is None else labels.astype("<i8").tobytes())
    return cache_arrays("folds", digest.digest(), split)["fold_of"]


def _check_plan(
    strata: np.ndarray,
    task: str,
    plan: SplitPlan,
    groups: np.ndarray | None,
    classes: tuple[str, ...],
) -> None:
    labels, counts = np.unique(strata, return_counts=True)
    if len(strata) < 2 * plan.n_splits:
        raise DataError(
            f"needed at least {2 * plan.n_splits} rows for {plan.n_splits} splits",
            got=str(len(strata)),
            fix=_suggest_splits(len(strata) // 2, "gather more rows"),
        )
    rarest = int(np.argmin(counts))
    if task in CLASS_TASKS and counts[rarest] < plan.n_splits:
        raise DataError(
            f"needed at least {plan.n_splits} rows of every class for {plan.n_splits} splits",
            got=f"{counts[rarest]} of class {_format_class(labels[rarest], classes)}",
            fix=_suggest_spelling(int(labels[rarest]), classes)
            or _suggest_splits(
                int(counts[rarest]), "gather more rows of this class or leave it out"
            ),
        )
    n_groups = plan.n_splits if groups is None else len(np.unique(groups))
    if n_groups < plan.n_splits:
        raise DataError(
            f"needed at least {plan.n_splits} groups in the --groups column for "
            f"{plan.n_splits} splits",
            got=str(n_groups),
            fix=_suggest_splits(n_groups, "choose another --groups column"),
        )


def _check_split(split: Split, strata: np.ndarray, classes: tuple[str, ...]) -> None:
    where = f"fold {split.fold + 1} of repeat {split.repeat + 1}"
    for part in ("train", "validation", "test"):
        if not len(getattr(split, part)):
            raise DataError(
                f"needed {part} rows in {where}",
                got="none, since groups stay together",
                fix="--splits with a smaller number, or a --groups column with more groups",
            )
    absent = np.setdiff1d(strata, strata[split.train])
    if len(absent):
        raise DataError(
            f"needed rows of every class to train on in {where}",
            got=f"none of class {_format_class(absent[0], classes)}, since groups stay together",
            fix="--splits with another number, another --seed, or a --groups column whose groups "
            "share the classes",
        )


def _suggest_spelling(code: int, classes: tuple[str, ...]) -> str:
    """Suggest a class whose label differs by case or blanks only; empty without one."""
    groups = [group for group in find_lookalikes(classes) if classes[code] in group]
    others = [repr(label) for group in groups for label in group if label != classes[code]]
    return f"write it as {others[0]}, if that is the same class" if others else ""


def _format_class(code: int, classes: tuple[str, ...]) -> str:
    return repr(classes[code]) if classes else str(code)


def _suggest_splits(possible: int, otherwise: str) -> str:
    return f"--splits {possible}" if possible >= 2 else otherwise
