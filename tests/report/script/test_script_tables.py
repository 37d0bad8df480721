"""A written script reads, splits and prepares a table as losslab does."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from losslab.core.errors import DataError
from losslab.data.catalog import DATASETS, load_dataset
from losslab.data.load import load
from losslab.data.options import TableOptions
from losslab.data.split import SplitPlan, make_splits
from losslab.report.script.loaders import LOADERS
from losslab.report.script.script import ScriptSetup, write_script
from losslab.training.run import Run
from script_driver import (
    assert_same_training,
    cells,
    execute,
    setup_for,
    setup_of_file,
    with_gaps,
    write_csv,
)

EMBEDDED = [name for name in DATASETS if name != "titanic"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    if "LOSSLAB_DATA" in os.environ:
        monkeypatch.setenv("LOSSLAB_DATA", os.path.abspath(os.environ["LOSSLAB_DATA"]))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", EMBEDDED)
def test_every_data_set_is_read_as_losslab_reads_it(name):
    data = load_dataset(name)
    loss = "mse" if data.task == "regression" else "cross_entropy"
    run = Run(loss=loss, task=data.task, n_classes=len(data.classes) or None, hidden=(), epochs=1)
    metric = "accuracy" if data.classes else "mae"
    done = assert_same_training(ScriptSetup(source=name, data=data, run=run, metric=metric))
    table = done.names["read_table"]()
    pd.testing.assert_frame_equal(table.drop(columns=data.target), data.X)


def test_every_data_set_has_its_loader():
    assert list(LOADERS) == list(DATASETS)


def test_titanic_is_read_as_losslab_reads_it(real_data, monkeypatch):
    path = real_data("titanic.csv")
    data = load_dataset("titanic")
    run = Run(loss="hinge", task="binary", hidden=(4,))
    setup = ScriptSetup(source="titanic", data=data, run=run, metric="balanced_accuracy")
    assert_same_training(setup)
    monkeypatch.delenv("LOSSLAB_DATA")
    assert_same_training(setup, "--data", os.fspath(path))


@pytest.mark.parametrize(
    "options",
    [
        TableOptions(drop=("sex", "age")),
        TableOptions(features=("bmi", "bp")),
        TableOptions(groups="age"),
        TableOptions(target="bmi"),
    ],
)
def test_a_data_set_is_read_with_the_options_of_a_table(options):
    data = load("diabetes", options)
    run = Run(loss="l1", task=data.task, hidden=(3,))
    plan = SplitPlan(n_splits=2, repeats=1)
    assert_same_training(
        ScriptSetup(source="diabetes", data=data, run=run, metric="r2", options=options, plan=plan)
    )


def test_a_loaded_data_set_is_read_by_its_name():
    setup = replace(setup_for("multiclass", loss="cross_entropy"), source=None)
    assert "load_iris" in write_script(setup)


def test_a_table_of_categories_and_text_labels_is_read_alike():
    path = write_csv(cells())
    assert_same_training(setup_of_file(path, TableOptions(target="sold"), "mse", head="softmax"))


@pytest.mark.parametrize("only", ["size", "grade"])
def test_a_table_of_one_kind_of_feature_is_read_alike(only):
    path = write_csv(cells())
    for impute in (False, True):
        options = TableOptions(target="price", features=(only,), impute=impute)
        assert_same_training(setup_of_file(path, options, "mse"))


def test_gaps_are_filled_in_as_losslab_does():
    path = write_csv(cells(), with_gaps())
    options = TableOptions(target="sold", impute=True)
    done = assert_same_training(setup_of_file(path, options, "bce_with_logits"))
    assert done.x.shape[1] > 10


def test_a_gap_that_was_not_there_before_stops_the_script():
    path = write_csv(cells())
    text = write_script(setup_of_file(path, TableOptions(target="sold"), "bce_with_logits"))
    path.write_text(path.read_text(encoding="utf-8").replace("0.126", ""), encoding="utf-8")
    with pytest.raises(SystemExit, match="missing or infinite"):
        execute(text)


@pytest.mark.parametrize("impute", [False, True])
@pytest.mark.parametrize("target", ["price", "stars"])
def test_decimal_commas_and_semicolons_are_read_alike(target, impute):
    frame = cells().drop(columns="sold").assign(stars=[0.5, 1.0] * 20)
    path = write_csv(frame, sep=";", decimal=",")
    options = TableOptions(target=target, decimal=",", impute=impute)
    loss = "mse" if target == "price" else "hinge"
    assert_same_training(setup_of_file(path, options, loss))


def test_names_that_losslab_trims_or_makes_up_are_found():
    frame = cells().rename(columns={"size": " size ", "price": " price"})
    frame.insert(2, "", np.arange(40) % 6 + 0.5)
    setup = setup_of_file(write_csv(frame), TableOptions(target="price"), "l1")
    assert "column_3" in assert_same_training(setup).names["NUMBERS"]


@pytest.mark.parametrize("labels", [[1, 2], ["1.0", "2"], ["b ", "a"], ["True", "False"]])
def test_class_labels_of_every_kind_are_found(labels):
    path = write_csv(cells().assign(sold=[labels[row % 2] for row in range(40)]))
    assert_same_training(setup_of_file(path, TableOptions(target="sold"), "cross_entropy"))


@pytest.mark.parametrize("target", ["sold", "price"])
def test_groups_stay_together(target):
    frame = cells(80).assign(owner=[f"owner {row // 4}" for row in range(80)])
    options = TableOptions(target=target, groups="owner")
    loss = "bce_with_logits" if target == "sold" else "mse"
    setup = setup_of_file(write_csv(frame), options, loss)
    done = assert_same_training(setup)
    owners = [set(frame["owner"].iloc[rows]) for rows in (done.train, done.validation, done.test)]
    assert sum(map(len, owners)) == len(set.union(*owners)) == 20


@pytest.mark.parametrize("impute", [False, True])
@pytest.mark.parametrize("target", ["sold", "price"])
def test_a_parquet_file_is_read_alike(target, impute):
    frame = cells().assign(
        kept=[row % 3 == 0 for row in range(40)],
        written=[f"{row % 9}.25" for row in range(40)],
        small=pd.array([row % 5 for row in range(40)], dtype="Int64"),
        sold=pd.Categorical([row % 2 for row in range(40)]),
    )
    if impute:
        frame.loc[[2, 7], "small"] = pd.NA
        frame.loc[3, "grade"] = None
        frame.loc[4, "written"] = "NA"
    frame.to_parquet("table.parquet")
    options = TableOptions(target=target, impute=impute)
    setup = setup_of_file(Path("table.parquet"), options, "mse")
    assert_same_training(setup)
    assert_same_training(replace(setup, source=None), "--data", "table.parquet")


def test_splits_have_the_shares_of_losslabs_folds():
    setup = replace(setup_for("multiclass", loss="cross_entropy"), plan=SplitPlan(n_splits=3))
    done = execute(write_script(setup))
    (fold, *_) = make_splits(setup.data.y, "multiclass", SplitPlan(n_splits=3))
    sizes = [len(rows) for rows in (done.train, done.validation, done.test)]
    # Losslab rounds the validation share of every class, the script that of all rows.
    assert np.allclose(sizes, [len(fold.train), len(fold.validation), len(fold.test)], atol=3)
    counts = np.bincount(setup.data.y[done.test])
    assert counts.max() - counts.min() <= 1


def test_rare_classes_can_still_be_split():
    frame = pd.DataFrame({"x": np.arange(20) / 3, "kind": [*"abcde"] * 4})
    options = TableOptions(target="kind")
    setup = setup_of_file(write_csv(frame), options, "cross_entropy")
    done = execute(write_script(replace(setup, plan=SplitPlan(n_splits=2))))
    assert set(setup.data.y[done.train]) == set(range(5))


HOSTILE = [
    '"); import os; os._exit(7)',
    "'''\"\"\"\nraise SystemExit(8)",
    "back\\slash\\",
    "{{ 7 * 7 }} {% raise %}",
    "{loss} %(seed)s",
    "\u202e\u2028 tab\t",
    'it\'s a "quoted" name ' + "that is far too long for one line " * 5,
]


def test_hostile_names_stay_text():
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=40) for name in HOSTILE}
    level = {"kind\n": [HOSTILE[row % 3] for row in range(40)]}
    target = {"y\\'\"": [HOSTILE[3 + row % 2] for row in range(40)]}
    frame = pd.DataFrame({**columns, **level, **target})
    Path('a"b\\').mkdir()
    path = Path('a"b\\', "'''; import os.csv")
    path.write_text(frame.to_csv(index=False), encoding="utf-8")
    setup = setup_of_file(path, TableOptions(target="y\\'\""), "cross_entropy")
    text = write_script(setup)
    assert max(map(len, text.splitlines())) <= 100
    done = execute(text)
    assert done.names["TARGET"] == setup.data.target
    assert done.names["CLASSES"] == list(setup.data.classes)
    assert done.names["NUMBERS"] + done.names["CATEGORIES"] == list(setup.data.X.columns)
    assert done.names["DATA"] == os.fspath(path)


def test_groups_without_a_name_are_refused():
    setup = setup_for("binary", loss="hinge")
    groups = np.arange(len(setup.data)) // 5
    with pytest.raises(DataError, match="column of groups"):
        replace(setup, data=replace(setup.data, groups=groups))
