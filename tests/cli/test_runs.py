"""``losslab runs``: exact tables, JSON that parses, and the exit codes."""

import csv
import json
import math
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from losslab.cli.runs import app
from losslab.core.errors import OptionError, StoreError
from losslab.experiment.record import Record
from losslab.experiment.store import Store
from store_driver import make_record


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr("losslab.experiment.store.schema.time", lambda: 1_800_000_000.0)
    place = tmp_path / "runs.sqlite"
    with Store.open(place) as store:
        store.add([make_record(1), make_record(2, diverged_at=7, best_epoch=None)])
    return place


TABLE = """\
committed            data   loss  head     optimizer     lr  hidden  split  best epoch  \
metrics                    diverged
2027-01-15 08:00:00  moons  mse   sigmoid  adam       0.001   64,64    0/0           1  \
accuracy 0.75  log_loss -
2027-01-15 08:00:00  moons  mse   sigmoid  adam       0.001   64,64    0/0              \
accuracy 0.75  log_loss -  at epoch 7
"""


def test_list_shows_a_line_per_run(path):
    result = run("list", "--store", path)
    assert result.exit_code == 0
    assert [line.rstrip() for line in result.stdout.splitlines()] == TABLE.splitlines()
    assert result.stderr == f"2 of 2 runs in {path}\n"


def test_list_shows_the_newest_runs_and_how_to_see_all(path):
    result = run("list", "--store", path, "--limit", 1)
    assert "at epoch 7" in result.stdout
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr == f"1 of 2 runs in {path}; all of them with --limit 2\n"


def test_list_as_json_is_one_document_without_nan(path):
    result = run("list", "--store", path, "--json")

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    listed = json.loads(result.stdout, parse_constant=refuse)
    assert (listed["total"], listed["store"]) == (2, str(path))
    first, second = listed["runs"]
    assert first == {
        "number": 1,
        "key": make_record(1).key,
        "committed": "2027-01-15T08:00:00+00:00",
        "data": "moons",
        "fingerprint": "f0",
        "task": "binary",
        "loss": "mse",
        "loss_params": {},
        "head": "sigmoid",
        "optimizer": "adam",
        "lr": 0.001,
        "hidden": [64, 64],
        "seed": 1,
        "unchecked": False,
        "stands_for": None,
        "repeat": 0,
        "fold": 0,
        "best_epoch": 1,
        "diverged_at": None,
        "metrics": {"accuracy": 0.75, "log_loss": None},
    }
    assert second["diverged_at"] == 7
    assert "runs in" in result.stderr


ODD = [
    ({}, {}),
    ({"data": "moons", "run": [1], "split": None}, {"metrics": 3, "best_epoch": math.nan}),
    ({"run": {"loss": "l1", "loss_params": ["x"], "hidden": 64}}, {"metrics": {"a": [1.0]}}),
    ({"run": {"lr": {"a": 1}}, "data": {"name": ["a", None]}}, {"diverged_at": "early"}),
]


@pytest.mark.parametrize("flag", ["--json", "--limit=9"])
@pytest.mark.parametrize(("spec", "outcome"), ODD)
def test_list_bears_with_records_that_lack_or_twist_anything(tmp_path, spec, outcome, flag):
    with Store.open(tmp_path / "runs.sqlite") as store:
        store.add([Record.from_spec(spec, outcome)])
    result = run("list", "--store", tmp_path / "runs.sqlite", flag)
    assert (result.exit_code, result.exception) == (0, None)
    if flag == "--json":
        assert len(json.loads(result.stdout)["runs"]) == 1


def test_list_marks_a_wrong_pairing_names_parameters_and_defuses_names(tmp_path):
    spec = {
        "data": {"name": "[red]a\x1b[2Jb\n"},
        "run": {"loss": "huber", "loss_params": {"delta": 1.0}, "unchecked": True},
    }
    with Store.open(tmp_path / "runs.sqlite") as store:
        store.add([Record.from_spec(spec, {})])
    result = run("list", "--store", tmp_path / "runs.sqlite")
    assert "huber(delta=1) (wrong on purpose)" in result.stdout
    assert "[red]a?[2Jb?" in result.stdout
    assert "\x1b" not in result.stdout


def test_list_of_an_empty_store_is_empty(tmp_path):
    Store.open(tmp_path / "runs.sqlite").close()
    result = run("list", "--store", tmp_path / "runs.sqlite")
    assert (result.exit_code, result.stdout) == (0, "")
    result = run("list", "--store", tmp_path / "runs.sqlite", "--json")
    assert json.loads(result.stdout)["runs"] == []


def test_export_writes_the_table_and_says_where(path, tmp_path):
    result = run("export", tmp_path / "runs.csv", "--store", path)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"wrote 2 runs to {tmp_path / 'runs.csv'}\n"
    with (tmp_path / "runs.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 2
    result = run("export", tmp_path / "runs.parquet", "--store", path, "--json")
    assert json.loads(result.stdout) == {
        "store": str(path),
        "file": str(tmp_path / "runs.parquet"),
        "runs": 2,
    }


def test_verify_of_a_sound_store_exits_with_0(path):
    result = run("verify", "--store", path)
    assert result.exit_code == 0
    assert result.stdout == f"2 runs and 4 curves in {path}: no problems found\n"
    result = run("verify", "--store", path, "--json")
    assert json.loads(result.stdout) == {
        "store": str(path),
        "runs": 2,
        "curves": 4,
        "ok": True,
        "problems": [],
    }


def test_verify_of_a_damaged_store_exits_with_1_and_names_the_damage(path):
    path.write_bytes(path.read_bytes()[:8192])
    result = run("verify", "--store", path)
    assert result.exit_code == 1
    assert result.stdout.startswith("the file is cut off: only 8,192;")
    assert "keep a copy of the file" in result.stderr
    report = json.loads(run("verify", "--store", path, "--json").stdout)
    assert not report["ok"]
    assert report["problems"]


@pytest.mark.parametrize("command", [["list"], ["verify"], ["export", "runs.csv"]])
def test_without_a_store_the_error_goes_on_to_the_main_command(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    result = run(*command)
    assert isinstance(result.exception, StoreError)
    assert str(tmp_path / "losslab-runs.sqlite") in str(result.exception)
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_kind_of_table_goes_on_to_the_main_command(path, tmp_path):
    result = run("export", tmp_path / "runs.xlsx", "--store", path)
    assert isinstance(result.exception, OptionError)


@pytest.mark.parametrize("command", [["list", "--limit", "0"], ["export"], ["lst"]])
def test_bad_usage_exits_with_2(command):
    assert run(*command).exit_code == 2


def test_the_command_loads_nothing_heavy_until_it_runs():
    code = (
        "import sys, losslab.cli.runs\n"
        "heavy = {'torch', 'pandas', 'numpy', 'sklearn', 'matplotlib', 'numba', 'sqlite3'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
