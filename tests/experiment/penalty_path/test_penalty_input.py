"""Bad input to ``losslab penalty``: one clear error each, nothing is trained or written."""

import os
import sys

import numpy as np
import pandas as pd
import pytest

import losslab
from command_line import run
from losslab.core.errors import LosslabError
from losslab.core.registry import match_prefix
from losslab.experiment.penalty_path import trace
from losslab.experiment.penalty_path.settings import parse_alphas
from path_samples import frame

TWO = ["--features", "sepal length,petal length", "--classes", "setosa,versicolor"]


@pytest.fixture(autouse=True)
def _nothing_is_trained(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def refuse(*arguments):
        raise AssertionError("bad input must be refused before anything is trained")

    monkeypatch.setattr(trace, "train_path", refuse)


BAD = {
    "negative": (["--alphas", "-0.1,1"], ["--alphas", "at least 0", "-0.1"]),
    "unsorted": (["--alphas", "1,0.1"], ["rising order", "0.1 after 1", "--alphas 0.1,1"]),
    "twice": (["--alphas", "0.1,0.1"], ["each once", "0.1 after 0.1"]),
    "one": (["--alphas", "0.1"], ["from 2 to 1000", "1: 0.1"]),
    "none": (["--alphas", ""], ["from 2 to 1000", "none"]),
    "infinite": (["--alphas", "0.1,inf"], ["a strength of at least 0", "inf"]),
    "not a number": (["--alphas", "0.1,nan"], ["a strength of at least 0", "nan"]),
    "text": (["--alphas", "0.1,much"], ["a strength of at least 0 for --alphas", "'much'"]),
    "range from 0": (["--alphas", "0:1:5"], ["0 < low < high", "'0:1:5'"]),
    "range backwards": (["--alphas", "1:0.1:5"], ["0 < low < high"]),
    "range of one": (["--alphas", "0.1:1:1"], ["a count from 2 to 1000"]),
    "range too fine": (["--alphas", "0.1:1:99999"], ["a count from 2 to 1000"]),
    "half a range": (["--alphas", "0.1:1"], ["low:high:count", "'0.1:1'"]),
    "broken range": (["--alphas", "0.1:1:2.5"], ["low:high:count", "a whole one"]),
    "kind": (["--kind", "lasoo"], ["--kind", "'lasoo'", "group_lasso"]),
    "no kind": (["--kind", "none"], ["--kind", "'none'", "l2"]),
    "ratio above 1": (["--kind", "elastic_net", "--l1-ratio", "1.5"], ["--l1-ratio", "1.5"]),
    "ratio below 0": (["--kind", "elastic_net", "--l1-ratio", "-1"], ["--l1-ratio", "-1"]),
    "ratio nan": (["--kind", "elastic_net", "--l1-ratio", "nan"], ["--l1-ratio", "nan"]),
    "ratio of l2": (["--l1-ratio", "0.5"], ["--kind elastic_net", "--kind l2"]),
    "test size 0": (["--test-size", "0"], ["--test-size", "between 0 and 1"]),
    "test size 1": (["--test-size", "1"], ["--test-size", "between 0 and 1"]),
    "test size nan": (["--test-size", "nan"], ["--test-size", "nan"]),
    "no seeds": (["--seeds", "0"], ["at least 1 for --seeds"]),
    "too many runs": (["--seeds", "100000"], ["at most 20,000 runs", "--seeds"]),
    "no epochs": (["--epochs", "0"], ["at least 1 for --epochs"]),
    "no rows a step": (["--batch-size", "0"], ["at least 1 for --batch-size"]),
    "negative seed": (["--seed", "-1"], ["at least 0 for --seed"]),
    "lr": (["--lr", "0"], ["a learning rate above 0 for --lr"]),
    "optimizer": (["--optimizer", "adan"], ["optimizer", "'adan'", "'adam'"]),
    "two optimizers": (["--optimizer", "adam,sgd"], ["one name for --optimizer"]),
    "schedule": (["--schedule", "cosin"], ["schedule", "'cosine'"]),
    "activation": (["--activation", "relo"], ["activation", "'relu'"]),
    "width": (["--hidden", "0"], ["--hidden"]),
    "loss": (["--loss", "cross_entrop"], ["loss", "'cross_entropy'"]),
    "loss of another task": (["--loss", "hinge"], ["hinge", "multiclass"]),
    "head": (["--head", "softmax"], ["cross_entropy", "softmax"]),
    "metric": (["--metric", "acuracy"], ["metric", "'accuracy'"]),
    "metric of another task": (["--metric", "rmse"], ["--metric", "'rmse'", "accuracy"]),
    "metric without probabilities": (
        ["--loss", "multi_margin", "--metric", "log_loss"],
        ["--metric", "'log_loss'", "balanced_accuracy"],
    ),
    "unknown feature": (["--features", "sepul length"], ["--features", "'sepul length'", "sepal"]),
    "ambiguous feature": (
        ["--features", "sepal"],
        ["--features", "'sepal length (cm)', 'sepal width (cm)'"],
    ),
    "unknown class": (["--classes", "setosa,versicolour"], ["--classes", "'versicolor'"]),
    "ambiguous class": (["--classes", "setosa,v"], ["'versicolor', 'virginica'", "--classes"]),
    "one class": (["--classes", "setosa,set"], ["at least two different --classes", "'setosa'"]),
    "four features": (["--gif", "a.gif"], ["two features", "4 inputs", "--features 'sepal"]),
    "one feature": (["--features", "petal length", "--gif", "a.gif"], ["two features", "--gif"]),
    "film": ([*TWO, "--gif", "a.mp4"], [".gif or .webp", "a.mp4"]),
    "slow": ([*TWO, "--gif", "a.gif", "--frame-ms", "1"], ["frame_ms", "20"]),
    "picture": (["--out", "a.jpg"], ["--out", ".png or .svg", "'a.jpg'"]),
    "picture's folder": (["--out", "no/such/a.png"], ["--out", "no/such"]),
    "numbers' folder": (["--csv", "no/such/a.csv"], ["--csv", "no/such"]),
    "animation's folder": ([*TWO, "--gif", "no/such/a.gif"], ["--gif", "no/such"]),
    "one file for two": (["--out", "a.png", "--csv", "a.png"], ["a file of its own for --csv"]),
}


@pytest.mark.parametrize(("words", "parts"), BAD.values(), ids=BAD)
def test_a_bad_option_is_one_error_that_says_how_to_fix_it(
    words, parts, capfd, monkeypatch, tmp_path
):
    ended = run(capfd, monkeypatch, "penalty", "iris", *words)
    assert ended.code == 2, ended.err
    assert ended.out == ""
    assert ended.err.count("error:") == 1
    assert "fix: " in ended.err
    for part in parts:
        assert part in ended.err
    assert list(tmp_path.iterdir()) == []


def catch_error(*arguments, **options):
    with pytest.raises(LosslabError) as caught:
        losslab.penalty_path(*arguments, **options)
    return str(caught.value)


def test_a_constant_feature_is_refused_with_the_option_that_drops_it():
    text = catch_error(frame(width=[3.0] * 40), target="kind")
    assert "'width'" in text
    assert "--drop width" in text


def test_a_feature_that_is_constant_in_the_kept_classes_is_refused():
    data = frame(kind=["a", "b", "c", "c"] * 10, depth=[1.0, 1.0, 2.0, 3.0] * 10)
    text = catch_error(data, target="kind", classes="a,b")
    assert "'depth', which is 1.0 in all 20 rows" in text
    assert "--drop depth" in text


def test_a_class_of_one_row_is_refused():
    data = frame(kind=["a"] * 20 + ["b"] * 19 + ["rare"])
    text = catch_error(data, target="kind")
    assert "two rows of every class" in text
    assert "1 of class 'rare'" in text


def test_groups_that_contain_all_rows_of_a_class_are_refused():
    data = frame(house=["one"] * 20 + ["two"] * 20, kind=["a"] * 20 + ["b"] * 20)
    text = catch_error(data, target="kind", groups="house")
    assert "rows of every class" in text
    assert "groups stay whole" in text


def test_regression_has_no_classes_to_keep_and_no_boundary():
    assert "needed a target with classes for --classes" in catch_error("diabetes", classes="a,b")
    assert "decision boundary" in catch_error("diabetes", features="bmi,bp", gif="a.gif")


def test_a_boundary_needs_two_numerical_features(tmp_path):
    data = frame(shape=["p", "q", "r", "s"] * 10)[["width", "shape", "kind"]]
    assert "two features that are numbers" in catch_error(data, target="kind", gif="a.gif")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_losslab_did_not_write_is_not_overwritten(tmp_path):
    (tmp_path / "own.csv").write_text("my,own,numbers\n1,2,3\n", encoding="utf-8")
    (tmp_path / "own.png").write_bytes(b"\x89PNG something else")
    for option in ("csv", "out"):
        name = "own.csv" if option == "csv" else "own.png"
        assert "one that losslab wrote" in catch_error("iris", **{option: name})
    assert (tmp_path / "own.csv").read_text(encoding="utf-8").startswith("my,own")


def test_the_table_itself_is_not_overwritten(tmp_path):
    frame().to_csv("table.csv", index=False)
    before = (tmp_path / "table.csv").read_bytes()
    assert "which is the table" in catch_error("table.csv", target="kind", csv="table.csv")
    assert (tmp_path / "table.csv").read_bytes() == before


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_folder_without_permission_is_refused_before_training(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "Permission denied" in catch_error("iris", out="locked/a.png")


def test_a_list_of_alphas_equals_its_text():
    assert parse_alphas(np.array([0.0, 0.5])) == parse_alphas("0,0.5") == parse_alphas([0, "0.5"])
    ends = parse_alphas("1e-4:1e2:24")
    assert (len(ends), ends[0], ends[-1]) == (24, 1e-4, 1e2)
    np.testing.assert_allclose(np.diff(np.log(ends)), np.log(1e6) / 23)


def test_an_exact_name_is_preferred_to_a_prefix():
    assert match_prefix("age", ["age", "age group"]) == ("age",)
    assert match_prefix("AGE", ["age", "age group"]) == ("age",)
    assert match_prefix("age ", ["age group", "wage"]) == ("age group",)
    assert match_prefix("", ["age"]) == ()


def test_features_can_be_named_by_prefix_in_every_table():
    from losslab.data.load import load
    from losslab.data.options import TableOptions

    data = load(frame(), TableOptions(target="kind", features=("WID",)))
    assert list(data.X) == ["width"]
    assert "feature 'WID' is column 'width'" in data.notes
    named = load(frame(), TableOptions(target="kind", features=("width",)))
    assert not any("is column" in note for note in named.notes)


def test_numerical_classes_can_be_given_as_numbers(monkeypatch):
    monkeypatch.undo()
    data = pd.DataFrame(frame()).assign(kind=[0, 1, 2, 2] * 10)
    path = losslab.penalty_path(
        data, target="kind", task="multiclass", classes=[0, 2], alphas=[0.1, 1], epochs=1, seeds=1
    )
    assert path.findings.data.classes == ("0", "2")
