"""The public interface of a comparison: its keywords and its JSON."""

import inspect
import json

import numpy as np
import pytest

import losslab
from example_findings import EXAMPLES
from example_studies import RecordingMonitor, compare_table, table
from losslab.core.errors import DataError, OptionError, UnknownNameError
from losslab.core.options import format_command
from losslab.report.compare.compare import compare
from losslab.report.compare.json_report import build_payload

TOP = [
    "data",
    "task",
    "metric",
    "n_splits",
    "rows",
    "references",
    "verdict",
    "recommendation",
    "runs_trained",
    "runs_reused",
    "engine",
    "seconds",
    "report",
    "store",
]
ROW = [
    "loss",
    "same_as",
    "head",
    "lr",
    "lrs",
    "mean",
    "ci_low",
    "ci_high",
    "n",
    "diverged",
    "delta",
    "p_tukey",
    "p_better",
    "p_equal",
    "p_worse",
    "verdict",
    "metrics",
]
KEYWORDS = inspect.signature(compare).parameters


def strict(found):
    """Read back what strict JSON makes of a payload."""
    return json.loads(json.dumps(found, allow_nan=False))


@pytest.mark.parametrize("make", EXAMPLES.values(), ids=EXAMPLES)
def test_findings_are_strict_json_with_the_documented_keys(make):
    found = strict(build_payload(make(), report="report.html"))
    assert set(TOP) <= set(found)
    for row in found["rows"]:
        assert set(ROW) <= set(row)
        assert len(row["lrs"]) == row["n"] == found["n_splits"]
    assert found["report"] == "report.html"


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression", "count"])
def test_a_comparison_is_strict_json_with_its_own_numbers(task, tmp_path):
    findings = compare_table(table(task), tmp_path / "runs.sqlite", loss="mse,l1", reference=True)
    found = strict(build_payload(findings))
    assert set(TOP) <= set(found)
    assert (found["data"], found["task"], found["n_splits"]) == ("toy", task, 2)
    assert found["verdict"] == findings.verdict
    assert found["recommendation"]["reason"] == findings.recommendation.reason
    assert found["store"] == str(tmp_path / "runs.sqlite")
    assert len(found["references"]) == 3
    for row, own in zip(found["rows"], findings.rows, strict=True):
        assert set(ROW) <= set(row)
        assert row["mean"] == own.scores.mean == pytest.approx(np.mean(row["scores"]))
        assert row["mean"] == row["metrics"][found["metric"]]
        assert row["lrs"] == list(own.tuning.lrs)
    assert found["rows"][0]["delta"] is None
    assert found["rows"][1]["delta"] == pytest.approx(
        found["rows"][1]["mean"] - found["rows"][0]["mean"]
    )


def test_every_field_of_the_findings_is_in_the_json_but_those_for_readers():
    findings = EXAMPLES["binary"]()
    parts = {"data", "metric", "splits", "provenance"}
    fields = {*vars(findings)} - parts
    fields = fields.union(*(vars(getattr(findings, part)) for part in parts))
    shown = {"train_rows", "validation_rows", "test_rows", "folds", "repeats", "higher_is_better"}
    shown |= {"name", "label", "reason"}
    assert fields - shown | {"data", "metric"} <= set(build_payload(findings))


def test_numbers_that_are_not_finite_are_null():
    findings = compare_table(table("regression"), loss="mse,l1", optimizer="sgd", lr="0.01,1e30")
    rows = strict(build_payload(findings))["rows"]
    assert [row["mean"] is None for row in rows] == [False, False, True, True]
    assert rows[-1]["scores"] == [None, None]
    assert rows[-1]["metrics"] == {}


def test_probabilities_of_a_row_sum_to_one_and_its_interval_holds_its_mean():
    findings = compare_table(table(rows=90), splits=3, lr=0.01)
    for row in build_payload(findings)["rows"]:
        assert row["ci_low"] <= row["mean"] <= row["ci_high"]
        assert row["ci_low"] >= 0
        assert row["ci_high"] <= 1
        if row["verdict"] != "best":
            assert row["p_better"] + row["p_equal"] + row["p_worse"] == pytest.approx(1)
            assert 0 <= row["p_tukey"] <= 1


def test_the_function_takes_the_table_by_position_and_options_by_name():
    kinds = {name: parameter.kind for name, parameter in KEYWORDS.items()}
    assert kinds.pop("data") is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert set(kinds.values()) == {inspect.Parameter.KEYWORD_ONLY}
    assert losslab.compare is compare


@pytest.mark.parametrize(
    ("task", "ranking"), [("binary", ("accuracy", True)), ("regression", ("RMSE", False))]
)
def test_the_monitor_knows_the_ranking_metric_before_any_score(task, ranking):
    rankings = []
    monitor = RecordingMonitor(lambda event: rankings.append(monitor.ranked_by))
    compare_table(table(task), monitor=monitor, loss="mse", lr=0.01)
    assert set(rankings) == {ranking}


def test_a_comparison_of_a_data_frame_has_all_parts():
    found = compare(table(), loss="mse,l1", lr=0.01, hidden=(8,), epochs=2, repeats=1, splits=2)
    assert found.verdict == found.findings.verdict
    assert found.recommendation == found.findings.recommendation
    assert found.to_dict() == build_payload(found.findings)
    assert list(found.frame()["name"]) == [row.name for row in found.findings.rows]
    assert found.findings.provenance.store is None


def test_a_figure_passed_as_axes_is_refused_with_the_right_call():
    found = compare(table(), loss="mse", lr=0.01, hidden=(), epochs=1, repeats=1, splits=2)
    with pytest.raises(OptionError, match=r"axes to draw on.*\n.*plot\(figure='learning_rates'\)"):
        found.plot("learning_rates")
    with pytest.raises(OptionError, match="axes to draw on"):
        found.plot("foo")
    for figure in ("intervalls", 3, ["intervals"]):
        with pytest.raises(UnknownNameError, match="intervals"):
            found.plot(figure=figure)


def test_a_script_of_a_wrong_pairing_is_refused_with_a_fix():
    wrong = {"loss": "nll", "head": "relu", "unchecked": True}
    found = compare(table(), **wrong, lr=0.01, hidden=(), epochs=1, repeats=1, splits=2)
    with pytest.raises(OptionError, match="compare pairings that fit too"):
        found.code()


@pytest.mark.parametrize(
    ("data", "got", "fix"),
    [
        (np.zeros((6, 2)), "ndarray of shape (6, 2)", "pandas.DataFrame(X).assign(outcome=y)"),
        ((np.zeros((6, 2)), [0, 1] * 3), "tuple", "pandas.DataFrame(X).assign(outcome=y)"),
        ([[0, 1]], "list", "pandas.DataFrame(X).assign(outcome=y)"),
        ({"a": [0, 1]}, "dict", "pandas.DataFrame(...)"),
        (None, "NoneType", "pandas.DataFrame(...)"),
        (3, "int", "pandas.DataFrame(...)"),
    ],
)
def test_data_that_is_not_a_table_is_refused_with_the_way_to_make_one(data, got, fix):
    with pytest.raises(DataError, match="needed a data set, its name, the path") as caught:
        compare(data, target="outcome")
    assert caught.value.got == got
    assert fix in caught.value.fix


def test_the_command_of_a_comparison_keeps_names_with_commas_apart():
    given = {"drop": ["x,y", "z"], "features": None, "loss": ["mse", "l1"]}
    assert format_command("losslab compare", compare, "t.csv", given) == (
        "losslab compare t.csv --drop x,y --drop z --loss mse,l1"
    )
