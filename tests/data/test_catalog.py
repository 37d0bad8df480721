"""Every entry of the catalogue of data sets keeps what its spec claims."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets as sklearn_datasets

from losslab.core.errors import DataError, UnknownNameError
from losslab.data import catalog, datasets
from losslab.data.catalog import DATASETS, load_dataset
from losslab.data.dataset import Dataset
from losslab.data.datasets import titanic

OFFLINE = [name for name in DATASETS if name != "titanic"]


@pytest.fixture(params=list(DATASETS))
def entry(request, real_data):
    if request.param == "titanic":
        real_data("titanic.csv")
    return DATASETS[request.param]


def test_the_loaded_table_is_what_the_spec_describes(entry):
    data = entry.load()
    assert isinstance(data, Dataset)
    assert (data.name, data.task, data.source) == (entry.name, entry.task, entry.source)
    assert data.X.shape == (entry.n_rows, entry.n_features)
    assert len(data.classes) == entry.n_classes
    assert entry.title
    assert entry.license


def test_every_class_has_rows_and_the_labels_are_sorted(entry):
    data = entry.load()
    if data.classes:
        assert set(data.y.tolist()) == set(range(len(data.classes)))
        assert list(data.classes) == sorted(data.classes)
    else:
        assert data.y.dtype == np.float64


def test_loading_twice_gives_the_same_table(entry):
    first, second = entry.load(), entry.load()
    pd.testing.assert_frame_equal(first.X, second.X)
    np.testing.assert_array_equal(first.y, second.y)
    assert first.fingerprint == second.fingerprint


def test_no_feature_value_is_missing(entry):
    assert not entry.load().X.isna().any(axis=None)


def test_all_fingerprints_differ():
    prints = {load_dataset(name).fingerprint for name in OFFLINE}
    assert len(prints) == len(OFFLINE)


def test_every_file_of_the_folder_is_listed_in_the_catalogue():
    files = {path.stem for path in Path(datasets.__path__[0]).glob("*.py")} - {"__init__"}
    assert files == set(DATASETS), f"add the missing line to {catalog.__file__}"


def test_importing_the_catalogue_loads_no_heavy_package():
    code = (
        "import sys, losslab.data.catalog\n"
        "print([m for m in ('torch', 'sklearn', 'pandas', 'pooch', 'scipy') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr


def test_a_misspelt_name_gets_the_nearest_one():
    with pytest.raises(UnknownNameError, match="did you mean 'moons'"):
        load_dataset("mons")


def test_breast_cancer_labels_are_those_of_scikit_learn():
    data, bunch = load_dataset("breast_cancer"), sklearn_datasets.load_breast_cancer()
    expected = bunch.target_names[bunch.target].tolist()
    assert [data.classes[code] for code in data.y] == expected


@pytest.mark.parametrize("name", ["moons", "circles", "spirals", "xor", "blobs"])
def test_generated_sets_can_be_learnt_but_not_perfectly(name):
    from sklearn.model_selection import cross_val_score
    from sklearn.neighbors import KNeighborsClassifier

    data = load_dataset(name)
    score = cross_val_score(KNeighborsClassifier(9), data.X.to_numpy(), data.y).mean()
    assert 0.8 < score < 0.99


def test_titanic_is_the_classic_table(real_data):
    real_data("titanic.csv")
    data = load_dataset("titanic")
    assert list(data.X.columns) == ["Pclass", "Sex", "Age", "Fare"]
    assert data.X["Sex"].cat.categories.tolist() == ["female", "male"]
    assert round(1 - data.y.mean(), 3) == 0.594  # the share of the majority
    assert "177" in data.notes[0]


@pytest.fixture
def no_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("LOSSLAB_DATA", raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / project)
    return tmp_path


def test_titanic_without_connection_says_what_to_put_where(no_folder, monkeypatch):
    def offline(*args, **options):
        raise ConnectionError("no route to host")

    monkeypatch.setattr("pooch.retrieve", offline)
    with pytest.raises(DataError) as caught:
        load_dataset("titanic")
    text = str(caught.value)
    for part in ("titanic.csv", titanic.URL, str(no_folder / "losslab"), "LOSSLAB_DATA"):
        assert part in text


def test_titanic_is_taken_from_the_cache_where_the_folder_lacks_it(
    real_data, monkeypatch, tmp_path
):
    cached = real_data("titanic.csv")
    monkeypatch.setenv("LOSSLAB_DATA", str(tmp_path))
    monkeypatch.setattr("pooch.retrieve", lambda *arguments, **options: str(cached))
    assert len(load_dataset("titanic")) == 714


def test_titanic_with_other_content_is_refused(no_folder, monkeypatch):
    (no_folder / "titanic.csv").write_text("Survived,Pclass\n1,1\n", encoding="utf-8")
    monkeypatch.setenv("LOSSLAB_DATA", str(no_folder))
    with pytest.raises(
        DataError, match=r"(?s)different content in .*titanic\.csv.*datasciencedojo"
    ):
        load_dataset("titanic")


def test_an_altered_download_is_refused(no_folder, monkeypatch):
    def altered(*args, **options):
        raise ValueError("SHA256 hash of downloaded file does not match")

    monkeypatch.setattr("pooch.retrieve", altered)
    with pytest.raises(DataError, match="different content in the download"):
        load_dataset("titanic")
