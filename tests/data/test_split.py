"""Splits: every row tested once per repeat, classes and groups respected, all from the seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from losslab.core.errors import DataError, OptionError
from losslab.data.catalog import load_dataset
from losslab.data.split import SplitPlan, make_splits


def rows_of(splits):
    return [(s.train.tolist(), s.validation.tolist(), s.test.tolist()) for s in splits]


@settings(max_examples=60)
@given(
    st.integers(0, 2**31),
    st.integers(2, 5),
    st.integers(1, 3),
    st.sampled_from(["binary", "multiclass", "regression", "count"]),
)
def test_every_row_is_tested_once_per_repeat_and_parts_never_meet(seed, n_splits, repeats, task):
    generator = np.random.default_rng(seed)
    classes = {"binary": 2, "multiclass": 4}.get(task)
    y = generator.permutation(np.arange(60) % classes) if classes else generator.normal(size=60)
    splits = make_splits(y, task, SplitPlan(n_splits=n_splits, repeats=repeats, seed=seed))
    assert [split.index for split in splits] == list(range(n_splits * repeats))
    for repeat in range(repeats):
        folds = [split for split in splits if split.repeat == repeat]
        tested = np.concatenate([split.test for split in folds])
        assert sorted(tested.tolist()) == list(range(60))
    for split in splits:
        parts = [*split.train, *split.validation, *split.test]
        assert sorted(parts) == list(range(60))
        share = len(split.validation) / (len(split.train) + len(split.validation))
        assert abs(share - 0.2) < 0.05
        if classes:
            for rows in (split.train, split.validation, split.test):
                shares = np.bincount(y[rows], minlength=classes) / len(rows)
                assert np.abs(shares - 1 / classes).max() < 0.15


@pytest.mark.parametrize("task", ["binary", "regression"])
@pytest.mark.parametrize("grouped", [False, True])
def test_a_repeat_depends_on_the_seed_and_its_own_number_only(task, grouped):
    y = np.arange(60) % 2
    groups = np.arange(60) // 3 if grouped else None
    one = make_splits(y, task, SplitPlan(repeats=1, seed=3), groups)
    three = make_splits(y, task, SplitPlan(repeats=3, seed=3), groups)
    other = make_splits(y, task, SplitPlan(repeats=1, seed=4), groups)
    assert rows_of(one) == rows_of(three[:5])
    assert rows_of(one) != rows_of(other)
    assert rows_of(three[:5]) != rows_of(three[5:10])
    assert [split.key for split in one] == [split.key for split in three[:5]]


def test_numpy_state_plays_no_part():
    y = np.arange(40) % 2
    np.random.seed(1)  # noqa: NPY002
    first = rows_of(make_splits(y, "binary", SplitPlan()))
    np.random.seed(2)  # noqa: NPY002
    assert first == rows_of(make_splits(y, "binary", SplitPlan()))


def test_keys_differ_where_rows_differ():
    splits = make_splits(np.arange(40) % 2, "binary", SplitPlan(repeats=4))
    assert len({split.key for split in splits}) == len(splits)


def test_rows_are_sorted_and_read_only():
    split = make_splits(np.arange(40.0), "regression", SplitPlan())[0]
    for rows in (split.train, split.validation, split.test):
        assert rows.dtype == np.int64
        assert np.all(np.diff(rows) > 0)
        with pytest.raises(ValueError, match="read-only"):
            rows[0] = 0


@settings(max_examples=60)
@given(st.integers(0, 2**31), st.sampled_from(["binary", "regression"]), st.integers(10, 30))
def test_groups_stay_together(seed, task, n_groups):
    generator = np.random.default_rng(seed)
    groups = np.concatenate([np.arange(n_groups), generator.integers(0, n_groups, 100)])
    y = np.arange(len(groups)) % 2
    for split in make_splits(y, task, SplitPlan(n_splits=3, repeats=2, seed=seed), groups):
        parts = [set(groups[rows]) for rows in (split.train, split.validation, split.test)]
        assert not parts[0] & parts[1]
        assert not parts[0] & parts[2]
        assert not parts[1] & parts[2]
        share = len(split.validation) / (len(split.train) + len(split.validation))
        assert 0.05 < share < 0.4


def test_validation_groups_keep_the_balance_of_classes():
    groups = np.repeat(np.arange(40), 5)
    y = (np.arange(40) % 4 == 0).repeat(5).astype(np.int64)
    for split in make_splits(y, "binary", SplitPlan(), groups):
        assert abs(y[split.validation].mean() - 0.25) < 0.1


def test_a_rare_class_is_in_training_and_validation():
    y = np.array([0] * 90 + [1] * 5 + [2] * 5)
    for split in make_splits(y, "multiclass", SplitPlan()):
        for rows in (split.train, split.validation, split.test):
            assert set(y[rows]) == {0, 1, 2}


@pytest.mark.parametrize(
    ("y", "groups", "words"),
    [
        ([0] * 30 + [1] * 3, None, "every class.*3 of class 'rare'.*--splits 3"),
        ([0] * 30 + [1], None, "1 of class 'rare'.*gather more rows of this class"),
        ([0, 1] * 2, None, "at least 10 rows.*--splits 2"),
        ([0, 1] * 20, [0, 1, 2, 3] * 10, "5 groups in the --groups column.*but got 4.*--splits 4"),
        ([0, 1] * 20, [0] * 40, "but got 1.*another --groups column"),
        ([0] * 30 + [1] * 10, [*range(30)] + [30] * 10, "class 'rare', since groups.*--groups"),
    ],
)
def test_too_few_rows_classes_or_groups_are_refused(y, groups, words):
    groups = None if groups is None else np.array(groups)
    with pytest.raises(DataError, match=f"(?s){words}"):
        make_splits(np.array(y), "binary", SplitPlan(), groups, ("common", "rare"))


def test_two_groups_leave_nothing_to_validate_on():
    with pytest.raises(DataError, match="validation rows in fold 1 of repeat 1"):
        make_splits(np.arange(40.0), "regression", SplitPlan(n_splits=2), np.arange(40) % 2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_splits": 1}, "--splits"),
        ({"n_splits": 2.5}, "--splits"),
        ({"repeats": 0}, "--repeats"),
        ({"seed": -1}, "--seed"),
        ({"validation": 0.0}, "validation"),
        ({"validation": 1.0}, "validation"),
        ({"validation": float("nan")}, "validation"),
    ],
)
def test_an_impossible_plan_is_refused(options, words):
    with pytest.raises(OptionError, match=words):
        SplitPlan(**options)


def test_splits_of_iris_never_change():
    iris = load_dataset("iris")
    splits = make_splits(iris.y, iris.task, SplitPlan(), iris.groups, iris.classes)
    assert [(len(s.train), len(s.validation), len(s.test)) for s in splits] == [(96, 24, 30)] * 10
