"""Targets: what is inferred is said, what is asked is checked, nothing missing goes through."""

import numpy as np
import pandas as pd
import pytest

from losslab.core.errors import DataError, LosslabError, OptionError
from losslab.data.csv_reader import parse_csv
from losslab.data.table import build_table
from losslab.data.target import read_target


def from_text(cells, **options):
    text = "x,y\n" + "".join(f'1,"{cell}"\n' for cell in cells)
    return read_target(parse_csv(text, name="t", source="t.csv"), "y", **options)


def from_frame(values, **options):
    table = build_table(pd.DataFrame({"y": values}), name="t", source="the data frame")
    return read_target(table, "y", **options)


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        ([1, 2] * 9, "binary", ("1", "2")),
        ([0.5, 1.5] * 9, "binary", ("0.5", "1.5")),
        (["yes", "no"] * 9, "binary", ("no", "yes")),
        ([True, False] * 9, "binary", ("False", "True")),
        (["b", "a", "c"] * 6, "multiclass", ("a", "b", "c")),
        ([10, 2, 1] * 6, "multiclass", ("1", "2", "10")),
        ([-1, 0, 1] * 6, "multiclass", ("-1", "0", "1")),
        ([1, 2, 3] * 4, "count", ()),
        (list(range(11)) * 9, "count", ()),
        ([0.5, 1, 2] * 9, "regression", ()),
        ([-5, *range(20)], "regression", ()),
        (list(range(5000, 5030)), "regression", ()),
    ],
)
def test_the_task_follows_from_the_values(values, task, classes):
    for target in (from_text(values), from_frame(values)):
        assert (target.task, target.classes) == (task, classes)
        assert target.notes[0].startswith(f"task {task}: target 'y' has ")
        assert target.y.dtype == (np.int64 if classes else np.float64)
        shown = [classes[code] for code in target.y] if classes else target.y.tolist()
        assert shown == ([str(value) for value in values] if classes else values)


def test_the_reason_names_the_values():
    target = from_text([1, 2] * 9)
    assert target.notes == ("task binary: target 'y' has the two values 1, 2",)


def test_classes_of_a_frame_with_categories_are_sorted_by_number():
    target = from_frame(pd.Categorical(["10", "9", "8"] * 6))
    assert target.classes == ("8", "9", "10")


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([1, 2] * 9, "multiclass"),
        ([0, 1] * 9, "regression"),
        ([0, 1] * 9, "count"),
        ([1, 2, 3] * 9, "regression"),
        ([1.5, 2, 3] * 9, "multiclass"),
        (list(range(5000, 5030)), "count"),
    ],
)
def test_a_possible_task_can_be_requested(values, task):
    target = from_text(values, task=task)
    assert target.task == task
    assert "as requested" in target.notes[0]


@pytest.mark.parametrize(
    ("values", "task", "words"),
    [
        (["1", "2", "a", "b"] * 6, "regression", "'a' in line 4.*--task multiclass"),
        (["yes", "no"] * 9, "count", "'yes' in line 2"),
        ([3, 1, 2] * 6, "binary", "'3' in line 2.*--task multiclass"),
        (["a", "b", "c"] * 6, "binary", "'c' in line 4"),
        ([1, 2, -1, 0] * 6, "count", "-1 in line 4.*--task regression"),
        ([1, 2, 0.5] * 6, "count", "0.5 in line 4"),
        ([at + 0.5 for at in range(30)], "multiclass", "30 different values.*line 2"),
    ],
)
def test_an_impossible_task_names_column_and_first_row(values, task, words):
    with pytest.raises(OptionError, match=f"(?s)'y'.*{words}"):
        from_text(values, task=task)


def test_na_is_a_class_label_where_the_others_are_text():
    target = from_text(["NA", "EU", "AS"] * 6)
    assert target.classes == ("AS", "EU", "NA")
    assert from_text(["NA", "EU"] * 6).classes == ("EU", "NA")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["a", "", "b"] * 6, "'' in line 3"),
        (["a", " ", "b"] * 6, "' ' in line 3"),
        (["a", "b", "?"] * 6, "'\\?' in line 4"),
        (["1", "0", "NA"] * 6, "'NA' in line 4"),
        (["1.5", "2.5", "3.5", "nan"] * 6, "'nan' in line 5"),
        (["1.5", "2.5", "inf"] * 6, "'inf' in line 4"),
        (["1.5", "2.5", "1e400"] * 6, "'1e400' in line 4"),
        (["1.5", "2.5", "1e39"] * 6, "'1e39' in line 4"),
        (["1,5", "2,5", "3"] * 6, "'1,5' in line 2.*--decimal ,"),
        ([*(str(at / 8) for at in range(40)), "oops"], "'oops' in line 42"),
        (["same"] * 9, "single value 'same'"),
        (["7"] * 9, "single value '7'"),
        ([f"name {at}" for at in range(30)], "30 different values in 30 rows"),
    ],
)
def test_a_bad_target_names_column_and_row(values, words):
    with pytest.raises(DataError, match=f"(?s)'y'.*{words}"):
        from_text(values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1.0, None, 2.0], "missing value in row 1"),
        (["a", None, "b"], "missing value in row 1"),
        ([1.0, 2.0, np.inf], "inf in row 2"),
        (pd.Categorical(["a", None, "b"]), "missing value in row 1"),
        ([pd.Timestamp("2020-01-01"), pd.NaT, pd.Timestamp("2021-01-01")], "row 1"),
    ],
)
def test_a_bad_target_of_a_frame_names_the_row(values, words):
    with pytest.raises(DataError, match=words):
        from_frame(values)


def test_a_decimal_comma_is_read_if_requested():
    assert from_text(["1,5", "2,5", "3"] * 6, decimal=",").y[:3].tolist() == [1.5, 2.5, 3.0]


@pytest.mark.parametrize(
    ("name", "target", "task"),
    [
        ("abalone.csv", "rings", "count"),
        ("auto_imports.csv", "price", "regression"),
        ("german_credit.csv", "credit", "binary"),
        ("glass.csv", "type", "multiclass"),
        ("phoneme.csv", "nasal", "binary"),
        ("pima_diabetes.csv", "diabetes", "binary"),
        ("winequality_red.csv", "quality", "multiclass"),
    ],
)
def test_the_task_of_a_real_table(real_data, name, target, task):
    text = real_data(name).read_text(encoding="utf-8")
    read = read_target(parse_csv(text, name="t", source=name), target)
    assert read.task == task
    if name == "winequality_red.csv":
        assert "--task regression" in read.notes[0]


def test_every_error_has_a_fix():
    with pytest.raises(LosslabError) as caught:
        from_text(["a", "", "b"])
    assert caught.value.fix
