"""Likely mistakes in a table are reported as notes; dates are refused with a fix."""

import numpy as np
import pandas as pd
import pytest

from losslab.core.errors import DataError, OptionError
from losslab.data.catalog import DATASETS
from losslab.data.checks import find_lookalikes
from losslab.data.columns import are_dates
from losslab.data.load import load
from losslab.data.options import TableOptions
from losslab.data.split import SplitPlan, make_splits
from table_samples import N, good, load_columns


def list_warnings(folder, columns, **options):
    """The notes beyond that of the task."""
    return [note for note in load_columns(folder, columns, **options).notes if note[:5] != "task "]


def test_a_sound_table_has_no_warnings(tmp_path):
    assert list_warnings(tmp_path, good()) == []


@pytest.mark.parametrize("other", [" yes", "yes ", "Yes", " YES "])
def test_labels_that_only_look_different_are_reported(tmp_path, other):
    columns = good()
    columns["y"][1] = other
    (note,) = list_warnings(tmp_path, columns)
    assert note.startswith("target 'y': ")
    assert repr(other) in note
    assert "differ only by blanks or case" in note


def test_categories_that_only_look_different_are_reported(tmp_path):
    columns = good()
    columns["kind"][:2] = ["A", " b"]
    assert list_warnings(tmp_path, columns) == [
        "column 'kind': 'A', 'a' differ only by blanks or case, and count as different",
        "column 'kind': ' b', 'b' differ only by blanks or case, and count as different",
    ]


def test_the_fix_for_a_rare_class_is_the_spelling_of_its_lookalike(tmp_path):
    columns = good()
    columns["y"][1] = " yes"
    data = load_columns(tmp_path, columns)
    with pytest.raises(DataError, match="1 of class ' yes'") as caught:
        make_splits(data.y, data.task, SplitPlan(), classes=data.classes)
    assert caught.value.fix == "write it as 'yes', if that is the same class"


def test_labels_that_differ_otherwise_are_no_lookalikes():
    assert find_lookalikes(["a", "b", "a b", "ab", "á"]) == []


@pytest.mark.parametrize(
    ("copy", "target"),
    [
        (["0", "1"] * (N // 2), ["no", "yes"] * (N // 2)),
        (["alive", "dead"] * (N // 2), ["no", "yes"] * (N // 2)),
        (["u", "v", "w"] * (N // 3), ["c", "a", "b"] * (N // 3)),
        ([at / 7 for at in range(N)], [at / 7 for at in range(N)]),
        ([-1.8 * at / 7 + 32 for at in range(N)], [at / 7 for at in range(N)]),
    ],
    ids=["codes", "other words", "three classes", "numbers", "other units"],
)
def test_a_feature_that_copies_the_target_is_reported_with_the_option_to_drop_it(
    tmp_path, copy, target
):
    columns = {"x": good()["x"][::-1], "my copy": copy, "y": target}
    columns["x"] = [value**2 for value in columns["x"]]
    (note,) = list_warnings(tmp_path, columns)
    assert note.startswith("column 'my copy' determines the target 'y'")
    assert note.endswith("--drop 'my copy'")
    assert list_warnings(tmp_path, columns, drop=("my copy",)) == []


@pytest.mark.parametrize("slip", [0, 5])
def test_a_feature_that_predicts_all_targets_but_one_is_no_copy(tmp_path, slip):
    columns = good() | {"z": ["alive", "dead"] * (N // 2)}
    columns["z"][slip] = "dead" if slip % 2 == 0 else "alive"
    assert list_warnings(tmp_path, columns) == []
    values = [at / 7 for at in range(N)]
    moved = [value + 0.01 * (at == slip) for at, value in enumerate(values)]
    assert list_warnings(tmp_path, {"kind": good()["kind"], "z": moved, "y": values}) == []


def test_duplicate_rows_are_counted(tmp_path):
    frame = pd.DataFrame(good())
    repeated = pd.concat([frame, frame.iloc[[0, 0, 5]]])
    (note,) = list_warnings(tmp_path, repeated)
    assert note.startswith(f"3 of {N + 3} rows repeat an earlier row in every feature")
    assert repeated.duplicated().sum() == 3
    other = repeated.assign(y=[*frame["y"], "yes", "yes", "no"])
    # One copy of row 0 repeats the other one.
    (note,) = list_warnings(tmp_path, other)
    assert note.startswith(f"1 of {N + 3} rows repeat")


def test_missing_values_are_equal_when_rows_are_compared(tmp_path):
    frame = pd.DataFrame(good()).astype({"x": object})
    frame.loc[0, "x"] = None
    repeated = pd.concat([frame, frame.iloc[[0]]])
    notes = list_warnings(tmp_path, repeated, impute=True)
    assert any(note.startswith(f"1 of {N + 1} rows repeat") for note in notes)


def test_data_sets_of_the_catalogue_have_no_warnings():
    data = DATASETS["iris"].load()
    assert pd.DataFrame(data.X).assign(y=data.y).duplicated().any()
    adapted = load(data, TableOptions(drop=("petal width (cm)",)))
    assert not any("repeat" in note for note in adapted.notes)


def test_the_shares_of_few_classes_are_noted(tmp_path):
    columns = good() | {"y": ["ash", "elm", "elm", "oak"] * (N // 4)}
    (note,) = load_columns(tmp_path, columns).notes
    assert note == "task multiclass: target 'y' has 3 classes: ash 25 %, elm 50 %, oak 25 %"
    longer = {name: cells * 5 for name, cells in good().items()}
    longer["x"] = [at / 8 for at in range(5 * N)]
    longer["y"] = [f"a class with a long name {at % 8}" for at in range(5 * N)]
    (note,) = load_columns(tmp_path, longer).notes
    assert note.endswith("has 8 classes")


@pytest.mark.parametrize(
    "write",
    [
        "2024-01-{:02}".format,
        "2024-01-{:02} 08:30".format,
        "2024-01-{:02}T08:30:00Z".format,
        "{}/1/24".format,
        "{}.1.2024".format,
    ],
)
def test_a_column_of_dates_is_refused_with_the_features_to_replace_it(tmp_path, write):
    columns = good() | {"sold on": [write(at + 1) for at in range(N)]}
    with pytest.raises(DataError, match=f"column 'sold on' with {N} different dates") as caught:
        load_columns(tmp_path, columns)
    assert caught.value.fix == (
        "--drop 'sold on', or replace sold on by numbers, such as year, month, weekday or "
        "the days since a fixed date"
    )


def test_dates_of_a_data_frame_are_refused_alike():
    frame = pd.DataFrame(good()).assign(day=pd.date_range("2024-01-01", periods=N))
    with pytest.raises(DataError, match=f"column 'day' with {N} different dates"):
        load(frame, TableOptions(target="y"))


def test_many_dates_that_repeat_are_refused_and_few_are_categories(tmp_path):
    days = [f"2024-{1 + at // 28:02}-{1 + at % 28:02}" for at in range(60)]
    columns = {"day": (days * 2)[:100], "x": [at / 8 for at in range(100)], "y": ["a", "b"] * 50}
    with pytest.raises(DataError, match="60 different dates"):
        load_columns(tmp_path, columns)
    columns["day"] = days[:4] * 25
    assert load_columns(tmp_path, columns).X["day"].nunique() == 4


@pytest.mark.parametrize("text", ["1.5", "2024", "1-2", "20240131", "a 2024-01-31", "12:30", ""])
def test_other_texts_are_no_dates(text):
    assert not are_dates([text])


def comma_named():
    columns = good()
    return {"x,y": columns["x"], "f(a,b)": [3 * value**2 for value in columns["x"]], **columns}


@pytest.mark.parametrize(
    ("drop", "left"),
    [
        (("x,y",), ["f(a,b)", "x", "kind"]),
        (("x,kind",), ["x,y", "f(a,b)"]),
        (("x,y", "kind"), ["f(a,b)", "x"]),
        (("f(a,b), x",), ["x,y", "kind"]),
        ((" , ",), ["x,y", "f(a,b)", "x", "kind"]),
    ],
)
def test_a_comma_belongs_to_a_name_where_a_column_has_it_and_else_separates(tmp_path, drop, left):
    assert list(load_columns(tmp_path, comma_named(), drop=drop).X) == left


def test_features_are_named_likewise_and_fixes_can_be_pasted_into_a_shell(tmp_path):
    assert list(load_columns(tmp_path, comma_named(), features="x,y").X) == ["x,y"]
    constant = comma_named() | {"x,y": ["7"] * N, "one": ["7"] * N}
    with pytest.raises(DataError) as caught:
        load_columns(tmp_path, constant)
    assert caught.value.fix == "--drop x,y --drop one"
    assert "x" in load_columns(tmp_path, constant, drop=("x,y", "one")).X


def test_a_message_about_a_data_set_names_it_and_not_where_it_came_from():
    with pytest.raises(OptionError) as caught:
        load("breast_cancer", TableOptions(target="foo"))
    assert "a column of the data set 'breast_cancer' for --target" in caught.value.needed
    assert "first line of a file" not in caught.value.fix
    frame = pd.DataFrame({"a": np.arange(30.0), "b": ["x", "y"] * 15})
    with pytest.raises(OptionError, match="a column of the data frame for --target"):
        load(frame, TableOptions(target="foo"))
