"""The store as a table: every value where it belongs, nothing that a spreadsheet would run."""

import csv
import math
import os
from pathlib import Path

import pandas as pd
import pytest

from losslab.core.errors import MissingExtraError, OptionError, StoreError
from losslab.core.files import WriteError
from losslab.experiment.record import Record
from losslab.experiment.store import Store, export
from store_driver import make_record

HIDDEN = "spec.run.hidden"


def store_of(folder, *records):
    path = folder / "runs.sqlite"
    with Store.open(path) as store:
        store.add(records)
    return path


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_csv_has_a_row_per_run_and_a_column_per_value(tmp_path):
    path = store_of(tmp_path, make_record(1), make_record(2, diverged_at=7))
    assert export(path, tmp_path / "runs.csv") == 2
    first, second = rows_of(tmp_path / "runs.csv")
    assert first["key"] == make_record(1).key
    assert first["committed"].endswith("+00:00")
    assert (first["spec.data.name"], first["spec.run.loss"], first["spec.run.lr"]) == (
        "moons",
        "mse",
        "0.001",
    )
    assert first[HIDDEN] == "[64, 64]"
    assert first["outcome.metrics.accuracy"] == "0.75"
    assert float(first["outcome.selection"]) == 1 / 3
    assert first["outcome.metrics.log_loss"] == ""
    assert (first["outcome.diverged_at"], second["outcome.diverged_at"]) == ("", "7")
    assert (first["spec.run.unchecked"], first["spec.run.seed"]) == ("False", "1")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_csv_holds_no_text_that_a_spreadsheet_would_run(tmp_path, start):
    name = start + 'HYPERLINK("http://x")</script>'
    record = Record.from_spec({"data": {"name": name}}, {"delta": -1.5, "code": "-1.5"})
    export(store_of(tmp_path, record), tmp_path / "runs.csv")
    (row,) = rows_of(tmp_path / "runs.csv")
    assert row["spec.data.name"] == "'" + name
    assert (row["outcome.delta"], row["outcome.code"]) == ("-1.5", "'-1.5")


def test_numbers_come_out_as_they_are_even_beside_gaps(tmp_path):
    seed = 2**64 - 1
    records = [
        Record.from_spec({"seed": seed}, {"best_epoch": 3, "lr": 1, "worst": -math.inf}),
        Record.from_spec({"seed": 2}, {"lr": 1e-05, "odd": {"a.b": 1, "a": {"b": 2}}}),
    ]
    path = store_of(tmp_path, *records)
    export(path, tmp_path / "runs.csv")
    first, second = rows_of(tmp_path / "runs.csv")
    assert (first["spec.seed"], first["outcome.best_epoch"]) == (str(seed), "3")
    assert (first["outcome.lr"], second["outcome.lr"]) == ("1", "1e-05")
    assert first["outcome.worst"] == "-inf"
    assert (second[r"outcome.odd.a\.b"], second["outcome.odd.a.b"]) == ("1", "2")


def test_parquet_keeps_types_gaps_and_numbers_too_large_for_it(tmp_path):
    records = [
        Record.from_spec(
            {"seed": 2**64 - 1, "name": "=1", "on": True},
            {"epoch": 3, "score": math.nan, "mixed": 1, "list": ["a"]},
        ),
        Record.from_spec({"seed": 1, "name": "b"}, {"score": 0.1, "mixed": "one", "none": None}),
    ]
    path = store_of(tmp_path, *records)
    assert export(path, tmp_path / "runs.parquet") == 2
    table = pd.read_parquet(tmp_path / "runs.parquet")
    assert list(table["key"]) == [record.key for record in records]
    assert list(table["spec.seed"]) == [str(2**64 - 1), "1"]
    assert list(table["spec.name"]) == ["=1", "b"]
    assert table["outcome.epoch"].dtype == "Int64"
    assert table["outcome.epoch"].isna().tolist() == [False, True]
    assert math.isnan(table["outcome.score"][0])
    assert table["outcome.score"][1] == 0.1
    assert list(table["outcome.mixed"]) == ["1", "one"]
    assert table["spec.on"].dtype == "boolean"
    assert table["outcome.none"].isna().all()


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_an_empty_store_and_a_name_that_is_no_text_can_be_written(tmp_path, suffix):
    path = store_of(tmp_path)
    assert export(path, tmp_path / f"none{suffix}") == 0
    with Store.open(path) as store:
        store.add([Record.from_spec({"data": {"name": "caf\udce9"}}, {})])
    assert export(path, tmp_path / f"one{suffix}") == 1
    if suffix == ".csv":
        assert rows_of(tmp_path / "one.csv")[0]["spec.data.name"] == r"caf\udce9"
        assert rows_of(tmp_path / "none.csv") == []
    else:
        assert pd.read_parquet(tmp_path / "one.parquet")["spec.data.name"][0] == r"caf\udce9"


@pytest.mark.parametrize("name", ["runs.xlsx", "runs", "runs.sqlite", "runs.csv.gz"])
def test_another_kind_of_file_is_refused_with_the_two_that_exist(tmp_path, name):
    path = store_of(tmp_path, make_record(1))
    before = path.read_bytes()
    with pytest.raises(OptionError, match=r"\.csv or \.parquet"):
        export(path, tmp_path / name)
    assert path.read_bytes() == before


def test_a_table_never_replaces_the_store_it_came_from(tmp_path):
    with Store.open(tmp_path / "runs.csv") as store:
        store.add([make_record(1)])
    with pytest.raises(OptionError, match="other than the store"):
        export(tmp_path / "runs.csv", tmp_path / "." / "runs.csv")


def test_a_failed_export_leaves_the_old_table(tmp_path, monkeypatch):
    path = store_of(tmp_path, make_record(1))
    (tmp_path / "runs.csv").write_text("old", encoding="utf-8")

    def fill_the_disk(*_, **__):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(pd.DataFrame, "to_csv", fill_the_disk)
    with pytest.raises(WriteError, match=r"runs\.csv, but got No space left .*bytes free"):
        export(path, tmp_path / "runs.csv")
    assert (tmp_path / "runs.csv").read_text(encoding="utf-8") == "old"
    assert not list(tmp_path.glob("*.part"))


def test_a_missing_store_writes_no_table(tmp_path):
    with pytest.raises(StoreError, match="no such file"):
        export(tmp_path / "runs.sqlite", tmp_path / "runs.csv")
    assert list(tmp_path.iterdir()) == []


def test_parquet_without_its_package_names_the_extra(tmp_path, monkeypatch):
    path = store_of(tmp_path, make_record(1))
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"losslab\[parquet\]"):
        export(path, Path(tmp_path, "runs.parquet"))
