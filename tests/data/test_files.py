"""Files of a table: headers, groups, targets and the tables of the real world."""

import gzip
import math
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from losslab.core.errors import DataError, LosslabError, OptionError
from losslab.data import parquet
from losslab.data.catalog import load_dataset
from losslab.data.load import load
from losslab.data.options import TableOptions
from table_samples import N, cell, good, load_columns, with_cell, write

# Each example writes over the files of the one before; and a busy machine makes them slowly.
FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def test_many_levels_are_refused_when_most_stand_for_one_row(tmp_path):
    columns = {"z": [f"level {at % 60}" for at in range(100)], "y": ["a", "b"] * 50}
    with pytest.raises(DataError, match=r"60 different texts in 100 rows(?s:.*)--drop z"):
        load_columns(tmp_path, columns)
    columns = {"z": [f"level {at % 60}" for at in range(180)], "y": ["a", "b"] * 90}
    assert any("60 levels" in note for note in load_columns(tmp_path, columns).notes)


def test_too_few_rows_are_refused(tmp_path):
    columns = {name: cells[:19] for name, cells in good().items()}
    with pytest.raises(DataError, match=r"at least 20 rows.*but got 19"):
        load_columns(tmp_path, columns)


def test_a_duplicate_header_names_both_positions(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,y,a\n" + "1,2,3\n" * N, encoding="utf-8")
    with pytest.raises(DataError, match="column 1 and as column 3"):
        load(path, TableOptions(target="y"))
    frame = pd.DataFrame(np.eye(N, 3), columns=["a", "y", "a"])
    with pytest.raises(DataError, match="column 1 and as column 3"):
        load(frame, TableOptions(target="y"))


def test_booleans_become_a_category_of_two_levels(tmp_path):
    columns = good() | {"flag": [True, False] * (N // 2)}
    typed = load(pd.DataFrame(columns), TableOptions(target="y"))
    assert typed.X["flag"].cat.categories.tolist() == ["False", "True"]
    assert typed.fingerprint == load_columns(tmp_path, columns).fingerprint


@pytest.mark.parametrize(
    "cells",
    [
        pd.array([*range(5), None] * 4, dtype="Int64"),
        pd.array([*(at / 2 for at in range(5)), None] * 4, dtype="Float64"),
        np.array([0, 1, 2, 3, 4, np.nan] * 4, dtype=np.float32),
        [*map(str, range(5)), None] * 4,
        [1, "2", 3.0, None, True, 0] * 4,
    ],
)
def test_unusual_dtypes_of_a_frame_are_converted(cells):
    frame = pd.DataFrame(good() | {"z": cells})
    with pytest.raises(DataError, match=r"z \(4\).*row [35] \(counting from 0\)"):
        load(frame, TableOptions(target="y"))
    data = load(frame, TableOptions(target="y", impute=True))
    assert data.X["z"].isna().sum() == 4


def test_a_category_of_a_frame_stays_one_though_it_reads_as_numbers():
    frame = pd.DataFrame(good() | {"z": pd.Categorical(["1", "2"] * (N // 2))})
    assert load(frame, TableOptions(target="y")).X["z"].cat.categories.tolist() == ["1", "2"]


def test_complex_numbers_and_an_empty_frame_are_refused():
    frame = pd.DataFrame(good() | {"z": [1j] * N})
    with pytest.raises(DataError, match="complex128"):
        load(frame, TableOptions(target="y"))
    with pytest.raises(DataError, match="0 rows and 0 columns"):
        load(pd.DataFrame(), TableOptions(target="y"))


def test_groups_are_set_aside_as_codes(tmp_path):
    data = load_columns(tmp_path, good(), groups="kind")
    assert list(data.X) == ["x"]
    assert data.groups.tolist() == [0, 1, 2] * (N // 3)


def test_a_row_without_group_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"group in every row of column 'kind'.*line 7"):
        load_columns(tmp_path, with_cell("kind", 5, ""), groups="kind")


def test_a_data_set_passes_through_unchanged():
    iris = load_dataset("iris")
    assert load(iris) is iris
    assert load(iris, TableOptions(target="species", task="multiclass")) is iris


def test_options_apply_to_a_data_set_too():
    assert list(load("iris", TableOptions(drop=("sepal width (cm)",))).X)[1] == "petal length (cm)"
    digits = load("digits", TableOptions(task="regression"))
    np.testing.assert_array_equal(digits.y, load_dataset("digits").y)
    assert digits.notes == ("task regression: as requested",)
    assert digits.X.equals(load_dataset("digits").X)  # its constant pixels are left alone
    assert load("diabetes", TableOptions(drop=("bmi",))).task == "regression"
    petal = load("iris", TableOptions(target="petal width (cm)"))
    assert petal.task == "regression"
    assert "species" in petal.X
    with pytest.raises(OptionError, match="did you mean 'species'"):
        load("iris", TableOptions(target="specie"))


def test_groups_of_a_data_set_survive_its_options(tmp_path):
    grouped = load_columns(tmp_path, good() | {"z": [0.5, 1.5] * (N // 2)}, groups="kind")
    assert load(grouped, TableOptions(drop=("z",))).groups.tolist() == grouped.groups.tolist()


def test_a_damaged_parquet_file_is_refused(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame(good()).to_parquet(path)
    for content in (b"", b"PAR1", path.read_bytes()[:-20]):
        path.write_bytes(content)
        with pytest.raises(DataError, match="needed a Parquet file at"):
            load(path, TableOptions(target="y"))


def test_a_parquet_file_beyond_the_cap_is_refused(tmp_path, monkeypatch):
    pd.DataFrame(good()).to_parquet(tmp_path / "t.parquet")
    monkeypatch.setattr(parquet, "CELL_CAP", 10)
    with pytest.raises(DataError, match="10 cells"):
        load(tmp_path / "t.parquet", TableOptions(target="y"))


def test_titanic_as_published_loads_once_its_ids_are_dropped(real_data):
    path = real_data("titanic.csv")
    with pytest.raises(DataError) as caught:
        load(path, TableOptions(target="Survived"))
    assert caught.value.fix.startswith("--drop PassengerId,Name,Ticket,Cabin")
    drop = ("PassengerId", "Name", "Ticket", "Cabin")
    with pytest.raises(DataError, match=r"Age \(177\), Embarked \(2\).*line 7"):
        load(path, TableOptions(target="Survived", drop=drop))
    data = load(path, TableOptions(target="Survived", drop=drop, impute=True))
    assert data.X.shape == (891, 7)


@pytest.mark.parametrize(
    ("name", "options", "shape"),
    [
        ("german_credit.csv", TableOptions(target="credit"), (1000, 20)),
        ("auto_imports.csv", TableOptions(target="price", impute=True), (201, 25)),
        ("abalone.csv", TableOptions(target="rings"), (4177, 8)),
    ],
)
def test_real_tables_agree_with_pandas(real_data, name, options, shape):
    path = real_data(name)
    data = load(path, options)
    assert data.X.shape == shape
    expected = pd.read_csv(path, na_values="?")
    assert data.fingerprint == load(expected, options).fingerprint
    for column in data.X.select_dtypes("float64"):
        np.testing.assert_array_equal(data.X[column], expected[column])


finite = st.floats(allow_nan=False, allow_infinity=False, width=32)


@settings(max_examples=60, suppress_health_check=FIXTURES)
@given(
    st.lists(finite, min_size=N, max_size=N),
    st.lists(st.sampled_from(["a", "a,b", 'say "x"', "ü\nü", " c", "NA"]), min_size=N, max_size=N),
    st.sampled_from([",", ";", "\t"]),
)
def test_values_survive_a_round_trip_through_a_file(tmp_path, numbers, kinds, separator):
    numbers[0], numbers[1], kinds[0], kinds[1] = 0.25, 0.5, "a", "NA"
    columns = good() | {"z": numbers, "kind": kinds}
    path = write(tmp_path, columns, sep=separator)
    data = load(path, TableOptions(target="y"))
    assert data.X["z"].tolist() == numbers
    assert data.X["kind"].astype(str).tolist() == kinds


@settings(max_examples=150, suppress_health_check=FIXTURES)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(st.sampled_from(["1", "a", ",", ";", '"', "\n", "\r", "NA", "1e9"]), max_size=200)
        .map("".join)
        .map(str.encode),
    ),
    st.sampled_from(["csv", "csv.gz", "csv.zip", "parquet", "packed"]),
    st.sampled_from([",", "."]),
)
def test_no_bytes_raise_anything_but_our_error(tmp_path, content, ending, decimal):
    if ending == "packed":
        ending, content = "csv.gz", gzip.compress(content)
    path = tmp_path / f"t.{ending}"
    path.write_bytes(b"x,kind,y\n" + content if ending == "csv" else content)
    with suppress(LosslabError):
        data = load(path, TableOptions(target="y", impute=True, decimal=decimal))
        assert len(data) == len(data.X)


@settings(max_examples=80)
@given(st.lists(st.tuples(cell, cell), min_size=20, max_size=26), st.booleans())
def test_no_frame_raises_anything_but_our_error(rows, impute):
    frame = pd.DataFrame({"x": [row[0] for row in rows], "y": [row[1] for row in rows]})
    try:
        data = load(frame, TableOptions(target="y", impute=impute))
    except LosslabError:
        return
    numbers = data.X.select_dtypes("float64").to_numpy()
    assert not math.isinf(np.nansum(np.abs(numbers)))
    assert impute or not data.X.isna().any(axis=None)
