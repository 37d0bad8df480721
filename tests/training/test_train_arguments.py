"""What ``train`` takes, what it refuses at the call, and what it leaves as it was."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.model_selection import KFold

from losslab import Run, train
from losslab.core.errors import ContractError, DataError, OptionError
from losslab.data.split import SplitPlan, make_splits

X = np.random.default_rng(0).normal(size=(60, 3))
y = X[:, 0] - X[:, 1]
RUNS = [Run(loss="mse", task="regression", hidden=(4,), epochs=2, split=k) for k in range(3)]
HALVES = np.arange(30), np.arange(30, 60)


def outputs(results):
    return {result.run.split: result.test_output for result in results}


def test_pairs_of_train_and_test_rows_are_splits():
    pairs = list(KFold(3).split(X))
    objects = [SimpleNamespace(train=train, test=test) for train, test in pairs]
    expected = outputs(train(RUNS, X, y, splits=objects))
    for splits in (pairs, KFold(3).split(X), tuple(map(list, pairs))):
        found = outputs(train(RUNS, X, y, splits=splits))
        assert found.keys() == expected.keys() == {0, 1, 2}
        for split, array in found.items():
            np.testing.assert_array_equal(array, expected[split])
            assert len(array) == 20


def test_losslabs_own_splits_are_splits():
    splits = make_splits(y, "regression", SplitPlan(n_splits=3, repeats=1))
    assert len(list(train(RUNS, X, y, splits=splits))) == 3


@pytest.mark.parametrize(
    ("splits", "words"),
    [
        (KFold(3), "got KFold"),
        (5, "got int"),
        ([], "none"),
        (HALVES, "ndarray of shape (30,)"),
        ([np.arange(3)], "ndarray of shape (3,)"),
        ([HALVES, None], "got NoneType"),
        ([(*HALVES, HALVES)], "a tuple of 3"),
        ([[0, 1], [2, 3]], "int64 of shape ()"),
        ([("train", "test")], "of shape ()"),
        ([(np.ones(60, bool), np.zeros(60, bool))], "np.flatnonzero"),
        ([([0.0, 1.0], [2])], "float64"),
        ([([[0, 1]], [2])], "(1, 2)"),
        ([([[0], [1, 2]], [2])], "object"),
        ([([0, 1], [60])], "row numbers from 60 to 60"),
        ([([-1, 1], [2])], "row numbers from -1 to 1"),
        ([([], [2])], "needed some train rows in split 0"),
        ([SimpleNamespace(train=[], test=[1])], "needed some train rows in split 0"),
        ([SimpleNamespace(test=[1])], "got SimpleNamespace"),
    ],
    ids=repr,
)
def test_what_is_no_split_is_refused_at_the_call(splits, words):
    with pytest.raises(DataError) as refused:
        train(RUNS, X, y, splits=splits)
    assert words in str(refused.value)
    assert "fix:" in str(refused.value)


def mean_error(prediction, target):
    """A loss that can't be weighted: it gives no value a row."""
    return (prediction - target).square().mean()


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (OptionError, lambda: train(RUNS[0], X, y)),
        (OptionError, lambda: train(5, X, y)),
        (OptionError, lambda: train([RUNS[0], {"loss": "mse"}], X, y)),
        (OptionError, lambda: train(RUNS, X, y)),
        (OptionError, lambda: train(RUNS[:1], X, y, engine="gpu")),
        (OptionError, lambda: train(own(), X, y, engine="compiled")),
        (DataError, lambda: train(RUNS[:1], X, y[:5])),
        (DataError, lambda: train([Run(loss="mse", task="binary")], X, y)),
        (DataError, lambda: train(RUNS[:1], X, y, sample_weight=np.zeros(60))),
        (ContractError, lambda: train(own(), X, y, sample_weight=np.ones(60))),
    ],
)
def test_other_bad_arguments_are_refused_at_the_call_too(error, call):
    with pytest.raises(error, match="fix:"):
        call()


def own():
    return [Run(loss=mean_error, task="regression", hidden=(4,), epochs=1)]


def test_a_generator_of_runs_is_checked_as_it_is_read():
    results = train(iter([{"loss": "mse"}]), X, y)
    with pytest.raises(OptionError, match="one dict"):
        next(results)


def test_trainings_read_in_turns_leave_settings_as_they_were():
    before = torch.get_num_threads(), sys.getswitchinterval()
    for last in (0, 1):
        both = [train([RUNS[0]] * 4, X, y), train([RUNS[0]] * 4, X, y)]
        for results in both:
            next(results)
        both[1 - last].close()
        assert sys.getswitchinterval() != before[1]
        both[last].close()
        assert (torch.get_num_threads(), sys.getswitchinterval()) == before
