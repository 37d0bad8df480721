"""Data sets and folds computed by scikit-learn are cached."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn import model_selection

from losslab.core.hashing import derive_seed
from losslab.data import sources
from losslab.data.catalog import load_dataset
from losslab.data.sources import cache_arrays
from losslab.data.split import SplitPlan, make_splits

SHIPPED = ["breast_cancer", "iris", "wine", "digits", "diabetes"]
FOLDS = {
    ("regression", False): model_selection.KFold,
    ("binary", False): model_selection.StratifiedKFold,
    ("regression", True): model_selection.GroupKFold,
    ("binary", True): model_selection.StratifiedGroupKFold,
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LOSSLAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def counted_make():
    """A counter of calls, and the function that makes the arrays."""
    calls = []

    def make():
        calls.append(1)
        return {"numbers": np.arange(3.0), "texts": np.array(["a", "äö"])}

    return calls, make


def rows_of(splits):
    return [(s.train.tolist(), s.validation.tolist(), s.test.tolist()) for s in splits]


@pytest.mark.parametrize(("task", "grouped"), FOLDS)
def test_folds_are_scikit_learns_whether_computed_or_cached(task, grouped, folder, monkeypatch):
    generator = np.random.default_rng(0)
    y = generator.integers(0, 2, 90)
    groups = np.array(list("abcdefghi"))[generator.integers(0, 9, 90)] if grouped else None
    plan = SplitPlan(n_splits=3, repeats=2, seed=5)
    splits = make_splits(y, task, plan, groups)
    seed = derive_seed(5, "folds", 0) % 2**32
    folder_of = FOLDS[task, grouped](n_splits=3, shuffle=True, random_state=seed)
    wanted = [test.tolist() for _, test in folder_of.split(y, y, groups)]
    assert [split.test.tolist() for split in splits[:3]] == wanted

    def refuse(*_, **__):
        raise AssertionError("made again")

    monkeypatch.setattr(model_selection, FOLDS[task, grouped].__name__, refuse)
    assert rows_of(make_splits(y, task, plan, groups)) == rows_of(splits)


@pytest.mark.parametrize("change", ["y", "n_splits", "seed", "groups"])
def test_other_rows_or_another_plan_are_split_again(change, folder):
    asked = {"y": np.arange(40) % 2, "n_splits": 3, "seed": 0, "groups": np.arange(40) // 4}
    others = {"y": np.arange(40) // 20, "n_splits": 4, "seed": 1, "groups": np.arange(40) % 10}

    def split(y, n_splits, seed, groups):
        plan = SplitPlan(n_splits=n_splits, repeats=1, seed=seed)
        return rows_of(make_splits(y, "binary", plan, groups))

    first = split(**asked)
    other = split(**asked | {change: others[change]})
    assert other != first
    for path in (folder / "folds").iterdir():
        path.unlink()
    assert split(**asked | {change: others[change]}) == other


@pytest.mark.parametrize("name", SHIPPED)
def test_a_data_set_is_the_same_computed_or_cached(name, folder):
    first, again = load_dataset(name), load_dataset(name)
    assert len(list((folder / "datasets").iterdir())) == 1
    assert first.fingerprint == again.fingerprint
    assert first.X.equals(again.X)
    assert [*first.X.columns] == [*again.X.columns]
    assert all(type(column) is str for column in again.X.columns)


def test_arrays_are_made_once(folder, counted_make):
    calls, make = counted_make
    first, again = (cache_arrays("tests", b"one", make) for _ in range(2))
    assert len(calls) == 1
    assert all((first[name] == again[name]).all() for name in ("numbers", "texts"))
    cache_arrays("tests", b"two", make)
    assert len(calls) == 2


def test_another_version_of_scikit_learn_makes_them_anew(folder, counted_make, monkeypatch):
    calls, make = counted_make
    cache_arrays("tests", b"one", make)
    monkeypatch.setattr(sources, "version", lambda package: "0.1")
    cache_arrays("tests", b"one", make)
    assert len(calls) == 2


def test_a_damaged_file_is_made_again(folder, counted_make):
    calls, make = counted_make
    cache_arrays("tests", b"one", make)
    (path,) = (folder / "tests").iterdir()
    path.write_bytes(path.read_bytes()[:-9])
    assert cache_arrays("tests", b"one", make)["numbers"].tolist() == [0.0, 1.0, 2.0]
    assert len(calls) == 2


def test_a_folder_that_can_only_be_read_is_read(folder, counted_make, monkeypatch):
    calls, make = counted_make
    cache_arrays("tests", b"one", make)

    def refuse(path):
        raise PermissionError(path)

    monkeypatch.setattr(Path, "touch", refuse)
    assert cache_arrays("tests", b"one", make)["numbers"].tolist() == [0.0, 1.0, 2.0]
    assert len(calls) == 1


def test_arrays_are_made_where_nothing_can_be_cached(folder, counted_make):
    calls, make = counted_make
    folder.write_text("a file where the folder should be")
    for _ in range(2):
        assert cache_arrays("tests", b"one", make)["texts"].tolist() == ["a", "äö"]
    assert len(calls) == 2


def test_a_study_that_is_stored_needs_no_scikit_learn_and_no_numba(tmp_path):
    code = (
        "import sys, losslab\n"
        "found = losslab.compare('iris', loss='mse', lr=0.01, epochs=2, splits=2, repeats=1,\n"
        "                        store='runs.sqlite')\n"
        "trained = found.findings.provenance.runs_trained\n"
        "print(trained, sorted({'sklearn', 'numba'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    said = [
        subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert said[0].splitlines()[-1] == "2 ['numba', 'sklearn']"
    assert said[1].splitlines()[-1] == "0 []"
