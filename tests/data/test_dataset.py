"""A data set guards its invariants and its fingerprint says whether two have one content."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from losslab.core.errors import DataError
from losslab.data.dataset import Dataset


def small(**changes):
    parts = {
        "name": "small",
        "X": pd.DataFrame({"a": [1.0, 2.0, np.nan], "b": pd.Categorical(["x", "y", None])}),
        "y": np.array([0, 1, 0]),
        "task": "binary",
        "classes": ("no", "yes"),
    }
    return Dataset(**(parts | changes))


FINGERPRINT = "ff6fab14b727d3cf4c058b2e97fef28a"


def test_the_fingerprint_never_changes():
    assert small().fingerprint == FINGERPRINT


def test_the_fingerprint_is_the_same_in_another_process():
    code = (
        "import numpy as np, pandas as pd; from losslab.data.dataset import Dataset\n"
        "X = pd.DataFrame({'a': [1.0, 2.0, np.nan], 'b': pd.Categorical(['x', 'y', None])})\n"
        "print(Dataset(name='other', X=X, y=np.array([0, 1, 0]), task='binary',"
        " classes=('no', 'yes')).fingerprint)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "7"},
    )
    assert result.stdout.strip() == FINGERPRINT


@pytest.mark.parametrize(
    "changes",
    [
        {"y": np.array([1, 1, 0])},
        {"classes": ("no", "maybe")},
        {"task": "multiclass"},
        {"groups": np.array([0, 0, 1])},
        {"X": small().X.rename(columns={"a": "A"})},
        {"X": small().X[["b", "a"]]},
        {"X": small().X.assign(a=[1.0, 2.0, 3.0])},
        {"X": small().X.assign(a=[1.0, np.nextafter(2.0, 3.0), np.nan])},
        {"X": small().X.assign(b=pd.Categorical(["x", "z", None]))},
        {"X": small().X.assign(b=pd.Categorical(["x", "y", "y"]))},
        {"X": small().X.assign(b=[1.0, 2.0, np.nan])},
    ],
)
def test_the_fingerprint_depends_on_the_content(changes):
    assert small(**changes).fingerprint != small().fingerprint


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "other", "source": "elsewhere.csv", "notes": ("read",)},
        {"X": small().X.assign(b=pd.Categorical(["x", "y", None], categories=["y", "z", "x"]))},
        {"y": np.array([0, 1, 0], dtype=np.int8)},
        {"X": small().X.set_axis([5, 6, 7])},
    ],
)
def test_the_fingerprint_does_not_depend_on_the_form(changes):
    assert small(**changes).fingerprint == small().fingerprint


def test_groups_count_by_label_in_the_fingerprint():
    numbers, texts = np.array([1, 1, 2]), np.array(["1", "1", "2"])
    assert small(groups=numbers).fingerprint == small(groups=texts).fingerprint


def test_arrays_are_read_only_copies():
    y = np.array([0, 1, 0])
    data = small(y=y, groups=y)
    y[0] = 1
    assert data.y[0] == data.groups[0] == 0
    for array in (data.y, data.groups):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"task": "ranking"}, "'ranking'"),
        ({"y": np.array([0, 1])}, "3 rows and 2 targets"),
        ({"groups": np.array([0])}, "one target"),
        ({"y": np.array([0, 1, 2])}, "codes \\[0, 1, 2\\]"),
        ({"y": np.array([0, 0.5, 1])}, "codes 0 to 1"),
        ({"classes": ()}, "0 labels"),
        ({"task": "count", "classes": (), "y": np.array([0, np.nan, 1])}, "finite"),
        ({"task": "regression"}, "no classes"),
        ({"X": pd.DataFrame({"a": [1, 2, 3]})}, "'a' of type int64"),
        ({"target": "a"}, "a name twice"),
    ],
)
def test_a_data_set_refuses(changes, words):
    with pytest.raises(DataError, match=words):
        small(**changes)


def test_the_representation_of_a_data_set_is_short_and_escaped():
    data = small(X=small().X.rename(columns={"a": "<img>"}), target="<b>")
    assert repr(data) == "Dataset('small', 3 rows, 2 features, binary target '<b>')"
    page = data._repr_html_()
    assert "<img>" not in page
    assert "<b>" not in page
    assert "yes" in page
