"""From a name, a file, a frame or a data set to one that can be trained on, or a clear error."""

import numpy as np
import pandas as pd
import pytest

from losslab.core.errors import DataError, OptionError, UnknownNameError
from losslab.data.catalog import load_dataset
from losslab.data.load import load
from losslab.data.options import TableOptions
from table_samples import N, good, load_columns, with_cell, write


def test_a_good_table_loads_typed_and_with_notes(tmp_path):
    data = load_columns(tmp_path, good())
    assert data.name == "t"
    assert data.source == "t.csv"
    assert data.X["x"].tolist() == good()["x"]
    assert data.X["kind"].astype(str).tolist() == good()["kind"]
    assert data.classes == ("no", "yes")
    assert data.notes == ("task binary: target 'y' has the two values no, yes",)


@pytest.mark.parametrize("kind", ["gz", "zip", "tsv", "parquet", "frame", "upper"])
def test_every_kind_of_source_gives_the_same_table(tmp_path, kind):
    frame = pd.DataFrame(good())
    paths = {name: tmp_path / f"t.csv.{name}" for name in ("gz", "zip")}
    paths |= {"tsv": tmp_path / "t.tsv", "parquet": tmp_path / "t.parquet"}
    paths |= {"upper": tmp_path / "T.CSV"}
    if kind == "parquet":
        frame.to_parquet(paths[kind])
    elif kind != "frame":
        frame.to_csv(paths[kind], index=False, sep="\t" if kind == "tsv" else ",")
    data = load(paths.get(kind, frame), TableOptions(target="y"))
    assert data.fingerprint == load_columns(tmp_path, good()).fingerprint


def test_a_name_of_the_catalogue_loads():
    assert load("iris").fingerprint == load_dataset("iris").fingerprint


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("irs", "did you mean 'iris'.*--target"),
        ("no/such/file.csv", "'no/such/file.csv'.*--target"),
        ("x" * 5000 + ".csv", "path of an existing"),
        ("", "path of an existing"),
        ("nul\0.csv", "path of an existing"),
    ],
)
def test_an_unknown_source_gets_the_nearest_name(source, words):
    with pytest.raises(UnknownNameError, match=f"(?s){words}"):
        load(source)


def test_a_folder_and_a_foreign_ending_are_refused(tmp_path):
    with pytest.raises(DataError, match="a folder"):
        load(tmp_path, TableOptions(target="y"))
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"(?s)t\.xlsx.*save it as CSV"):
        load(tmp_path / "t.xlsx", TableOptions(target="y"))


def test_a_file_without_target_lists_its_columns(tmp_path):
    with pytest.raises(OptionError, match="--target with one of x, kind, y"):
        load(write(tmp_path, good()))


@pytest.mark.parametrize(
    ("option", "value"),
    [("target", "yy"), ("drop", ("kin",)), ("features", ("xx",)), ("groups", "kin")],
)
def test_an_unknown_column_gets_the_nearest_name(tmp_path, option, value):
    with pytest.raises(OptionError, match=rf"(?s)--{option}.*did you mean '(y|kind|x)'"):
        load_columns(tmp_path, good(), **{option: value})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"drop": ("y",)}, "--target and --drop"),
        ({"features": ("y", "x")}, "--target and --features"),
        ({"groups": "y"}, "--target and --groups"),
        ({"features": ("x",), "drop": ("x",)}, "--features and --drop"),
        ({"features": ("x", "kind"), "groups": "kind"}, "--features and --groups"),
    ],
)
def test_options_that_contradict_each_other_are_refused(tmp_path, options, words):
    with pytest.raises(OptionError, match=words):
        load_columns(tmp_path, good(), **options)


def test_dropping_everything_is_refused(tmp_path):
    with pytest.raises(DataError, match="at least one feature"):
        load_columns(tmp_path, good(), drop=("x", "kind"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"task": "regresion"}, "did you mean 'regression'"),
        ({"decimal": ";"}, "--decimal"),
        ({"separator": ";;"}, "one character"),
        ({"separator": ",", "decimal": ","}, "different characters"),
    ],
)
def test_an_impossible_option_is_refused(options, words):
    with pytest.raises(OptionError, match=words):
        TableOptions(**options)


def test_drop_and_features_choose_columns(tmp_path):
    assert list(load_columns(tmp_path, good(), drop="kind").X) == ["x"]
    assert list(load_columns(tmp_path, good(), features=("kind", "x")).X) == ["kind", "x"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("inf", "column 'x', but got 'inf' in line 7"),
        ("-Infinity", "'-Infinity' in line 7"),
        ("1e400", "'1e400' in line 7"),
        ("3.5e38", "'3.5e38' in line 7"),
        ("1,5", "column 'x'.*'1,5' in line 7.*--decimal ,"),
        ("one", "column 'x'.*'one' in line 7"),
        ("", r"x \(1\); the first is '' in column 'x', line 7.*--impute.*--drop x"),
        ("?", r"x \(1\)"),
        ("NA", r"x \(1\)"),
        ("nan", r"x \(1\)"),
        ("null", r"x \(1\)"),
    ],
)
def test_a_bad_number_names_column_line_and_value(tmp_path, value, words):
    with pytest.raises(DataError, match=f"(?s){words}"):
        load_columns(tmp_path, with_cell("x", 5, value))


@pytest.mark.parametrize("value", ["inf", "1e400", "3.5e38", "", "?", "NA", "N/A", "None"])
def test_with_impute_a_bad_number_is_missing(tmp_path, value):
    data = load_columns(tmp_path, with_cell("x", 5, value), impute=True)
    assert np.flatnonzero(data.X["x"].isna()).tolist() == [5]
    assert "column 'x' lacks 1 values" in data.notes[1]


def test_blank_text_is_missing_but_na_is_a_level(tmp_path):
    for blank in ("", "?"):
        with pytest.raises(DataError, match=r"kind \(1\)"):
            load_columns(tmp_path, with_cell("kind", 5, blank))
    data = load_columns(tmp_path, with_cell("kind", 5, "NA"))
    assert data.X["kind"].cat.categories.tolist() == ["NA", "a", "b", "c"]


def test_all_columns_with_gaps_are_listed_with_counts(tmp_path):
    columns = with_cell("x", 5, "NA") | {"z": ["", "?", *(str(at / 4) for at in range(N - 2))]}
    with pytest.raises(DataError, match=r"x \(1\), z \(2\)(?s:.*)--drop x,z"):
        load_columns(tmp_path, columns)


def test_decimal_commas_are_read_if_requested(tmp_path):
    path = write(tmp_path, good(), decimal=",", sep=";")
    with pytest.raises(DataError, match=r"(?s)'x'.*'0,0' in line 2.*--decimal ,"):
        load(path, TableOptions(target="y"))
    data = load(path, TableOptions(target="y", decimal=","))
    assert data.fingerprint == load_columns(tmp_path, good()).fingerprint
    assert "semicolons" in data.notes[0]


def test_a_decimal_point_is_refused_if_commas_are_requested(tmp_path):
    with pytest.raises(DataError, match=r"--decimal \."):
        load_columns(tmp_path, good(), decimal=",")


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["7"] * N, "the single value '7'"),
        (["a"] * N, "the single value 'a'"),
        ([""] * N, "no value at all"),
        (list(range(100, 100 + N)), "different integer in every row.*--features if z"),
        ([f"name {at}" for at in range(N)], "different text in every row"),
        ([f"2024-01-{at + 1:02}" for at in range(N)], f"{N} different dates"),
    ],
)
def test_a_useless_column_is_refused_with_the_option_to_drop_it(tmp_path, cells, words):
    with pytest.raises(DataError, match=f"(?s)column 'z' with.*{words}") as caught:
        load_columns(tmp_path, good() | {"z": cells})
    assert caught.value.fix.startswith("--drop z")
    load_columns(tmp_path, good() | {"z": cells}, drop=("z",))


def test_all_useless_columns_are_named_at_once(tmp_path):
    columns = good() | {"one": [1] * N, "my id": list(range(N))}
    with pytest.raises(DataError, match="--drop 'one,my id'"):
        load_columns(tmp_path, columns)


def test_fractions_that_differ_in_every_row_are_no_id(tmp_path):
    assert "x" in load_columns(tmp_path, good()).X


def test_an_integer_that_differs_in_every_row_is_kept_where_it_is_named(tmp_path):
    columns = good() | {"weight": list(range(N))}
    assert list(load_columns(tmp_path, columns, features=("weight",)).X) == ["weight"]
