"""``losslab compare`` from the outside: what it prints, writes, reuses and recommends."""

import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from command_line import QUICK, SMALL, run, start
from losslab import __version__ as version
from losslab.plots.render import draw_cached_svg
from losslab.report import pictures
from processes import interpreters

KEYS = {
    "data", "task", "metric", "n_splits", "rows", "references", "verdict", "recommendation",
    "runs_trained", "runs_reused", "engine", "seconds", "report", "store",
}  # fmt: skip
ROW_KEYS = {
    "loss", "same_as", "head", "lr", "lrs", "mean", "ci_low", "ci_high", "n", "diverged", "delta",
    "p_tukey", "p_better", "p_equal", "p_worse", "verdict", "metrics",
}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def drawn_once():
    """Draw each picture of a report for the first one and put it into the others too.

    ``plots/test_render.py`` and ``report/compare/test_html.py`` look at what is in the pictures.
    """
    drawn = {}

    def drawing(figure, data, width):
        size = (figure.name, width)
        if size not in drawn:
            drawn[size] = draw_cached_svg(figure, data, width)
        return drawn[size]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "draw_cached_svg", drawing)
        yield


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def losslab(folder, capfd, monkeypatch):
    def command(*words):
        return run(capfd, monkeypatch, *words)

    return command


def found(losslab, *words):
    ended = losslab("compare", *words, "--json")
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def test_one_command_ends_in_a_table_a_recommendation_and_a_report(losslab, folder):
    ended = losslab("compare", "breast_cancer", *QUICK)
    assert ended.code == 0, ended.err
    assert re.search(r"\d mse +0\.\d{3} \[0\.\d{3}, \d\.\d{3}\]", ended.out)
    last = " ".join(ended.out.split())
    assert re.search(r"Recommended: (mse|bce_with_logits) .*: .+ report: losslab-report.html", last)
    assert (
        (folder / "losslab-report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    )
    assert (folder / "losslab-runs.sqlite").exists()


def test_the_defaults_stand_in_the_first_line_and_the_cost_before_the_start(losslab):
    lines = losslab("compare", "moons", *SMALL).err.splitlines()
    assert lines[0].startswith("hidden 8 · activation relu · optimizer adam · lr 0.01 · batch 32")
    assert lines[1].startswith("moons: 500 rows, 2 features")
    assert re.fullmatch(r"6 runs, about \d+ s of training", lines[2])


def test_json_goes_to_stdout_with_the_promised_keys_and_progress_to_stderr(losslab):
    ended = losslab("compare", "moons", *SMALL, "--json")
    payload = json.loads(ended.out)
    assert payload.keys() >= KEYS
    assert all(row.keys() >= ROW_KEYS for row in payload["rows"])
    assert "about" in ended.err
    assert payload["recommendation"]["loss"] in ("mse", "bce_with_logits")
    assert payload["runs_trained"] == 6


def test_the_same_command_again_trains_nothing_and_prints_the_same_table(losslab):
    first = losslab("compare", "iris", "--hidden", "8", "--epochs", "3")
    again = losslab("compare", "iris", "--hidden", "8", "--epochs", "3")
    table = slice(0, first.out.index("report:"))
    assert first.out[table] == again.out[table]
    (trained,) = re.findall(r"(\d+) runs trained, 0 reused", " ".join(first.out.split()))
    assert int(trained) >= 300
    assert f"0 runs trained, {trained} reused" in " ".join(again.out.split())


def test_adding_a_loss_trains_only_that_loss(losslab):
    found(losslab, "moons", *SMALL)
    grown = found(losslab, "moons", *SMALL, "--loss", "hinge")
    assert (grown["runs_trained"], grown["runs_reused"]) == (3, 6)


def test_axes_are_crossed_and_every_task_works(losslab):
    payload = found(
        losslab, "moons", *SMALL, "--optimizer", "sgd,adam", "--hidden", "4,4",
    )  # fmt: skip
    assert len(payload["rows"]) == 2 * 2 * 2
    for name, task in (("iris", "multiclass"), ("diabetes", "regression"), ("xor", "binary")):
        ended = found(losslab, name, "--hidden", "8", "--epochs", "2", "--repeats", "1")
        assert ended["task"] == task
        assert ended["recommendation"]["reason"]


def test_wrong_pairings_are_admitted_on_purpose_marked_and_never_recommended(losslab):
    words = ["moons", *SMALL, "--loss", "bce_with_logits", "--head", "sigmoid,identity"]
    refused = losslab("compare", *words)
    assert refused.code == 2
    assert "--loss" in refused.err
    payload = found(losslab, *words, "--unchecked")
    wrong = {row["name"] for row in payload["rows"] if row["wrong"]}
    assert "bce_with_logits on sigmoid" in wrong
    assert payload["recommendation"]["name"] not in wrong
    assert "wrong on purpose" in payload["verdict"]


def test_a_users_own_loss_is_compared_by_module_and_name(losslab, folder):
    (folder / "ownquartic.py").write_text(
        "def quartic(prediction, target):\n    return ((prediction - target) ** 4).mean()\n",
        encoding="utf-8",
    )
    words = ["diabetes", *SMALL, "--loss", "ownquartic:quartic"]
    words[words.index("mse,bce_with_logits")] = "mse"
    payload = found(losslab, *words)
    assert {row["loss"] for row in payload["rows"]} == {"mse", "quartic"}
    assert found(losslab, *words)["runs_trained"] == 0


def test_parquet_csv_and_groups_work(losslab, folder):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "width": generator.normal(size=90),
            "kind": generator.choice(["a", "b", "c"], 90),
            "herd": generator.integers(0, 12, 90),
        }
    )
    frame["grade"] = np.where(frame.width + (frame.kind == "a") > 0.3, "good", "poor")
    frame.to_parquet("herd.parquet")
    frame.to_csv("herd.csv", index=False)
    payloads = [
        found(losslab, name, "--target", "grade", "--groups", "herd", *SMALL)
        for name in ("herd.csv", "herd.parquet")
    ]
    means = [[row["mean"] for row in payload["rows"]] for payload in payloads]
    assert means[0] == means[1]
    assert payloads[0]["classes"] == ["good", "poor"]


@pytest.mark.parametrize(
    ("name", "words", "task"),
    [
        ("german_credit.csv", ["--target", "credit"], "binary"),
        ("auto_imports.csv", ["--target", "price", "--impute", "--loss", "mse,l1"], "regression"),
        ("abalone.csv", ["--target", "rings", "--loss", "mse"], "count"),
    ],
)
def test_real_tables_work(losslab, real_data, name, words, task):
    path = real_data(name)
    quick = ["--hidden", "8", "--epochs", "2", "--repeats", "1", "--lr", "0.01", "--no-reference"]
    payload = found(losslab, path, *words, *quick)
    assert payload["task"] == task
    assert payload["recommendation"]


def test_every_binary_loss_passes_three_quarters_on_titanic(losslab, real_data, monkeypatch):
    monkeypatch.setenv("LOSSLAB_DATA", str(real_data("titanic.csv").parent))
    payload = found(losslab, "titanic", "--repeats", "1", "--no-reference")
    lines = {row["loss"]: row["same_as"] for row in payload["rows"]}
    assert len(lines) == 9
    assert len(lines) + sum(map(len, lines.values())) == 12
    assert (lines["bce_with_logits"], lines["cross_entropy"]) == (["bce"], ["nll", "kl_div"])
    assert all(row["mean"] > 0.75 for row in payload["rows"])


@pytest.mark.parametrize(("name", "losses", "lines"), [("digits", 8, 6), ("diabetes", 5, 4)])
def test_every_loss_that_fits_takes_part_and_equal_ones_share_a_line(losslab, name, losses, lines):
    quick = ["--hidden", "16", "--epochs", "6", "--splits", "3", "--repeats", "1", "--lr", "0.01"]
    payload = found(losslab, name, *quick, "--no-reference")
    assert len(payload["rows"]) == lines
    assert lines + sum(len(row["same_as"]) for row in payload["rows"]) == losses
    worst = min(row["metrics"]["accuracy" if name == "digits" else "r2"] for row in payload["rows"])
    assert worst > (0.75 if name == "digits" else 0.2)


def test_a_table_of_counts_trains_the_poisson_loss_and_predicts_counts(losslab, real_data):
    quick = ["--hidden", "16", "--epochs", "8", "--splits", "3", "--repeats", "1", "--lr", "0.01"]
    path = real_data("abalone.csv")
    payload = found(losslab, path, "--target", "rings", "--task", "count", *quick)
    rows = {row["loss"]: row for row in payload["rows"]}
    assert set(rows) == {"poisson_nll", "mse", "l1"}
    constant = next(model for model in payload["references"] if model["name"] == "constant")
    assert rows["poisson_nll"]["mean"] < 0.8 * constant["mean"]


def test_a_small_budget_says_what_it_cut(losslab):
    # A hundredth of a second is too short for 50,000 steps on any machine.
    payload = found(losslab, "moons", "--budget", "0.01s", "--no-reference", "--loss", "mse,hinge")
    said = "; ".join(payload["cuts"])
    assert "learning rates narrowed from 5 to 2" in said
    assert "epochs capped from 50 to 10" in said
    assert payload["settings"]["epochs"] == "10, the best kept"


def test_a_reader_that_has_seen_enough_is_no_error(folder):
    with start(folder, "compare", "xor", *SMALL) as child:
        child.stdout.close()
        err = child.stderr.read()
        assert child.wait() in (0, 1)
    assert "Traceback" not in err
    assert "error" not in err


def test_help_loads_none_of_the_heavy_packages(folder):
    code = (
        "import sys\n"
        "from losslab.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numba', 'pandas', 'sklearn', 'matplotlib', 'numpy', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"
    assert "compare" in ended.stdout


def test_data_lists_every_data_set(losslab):
    ended = losslab("data")
    assert ended.code == 0
    assert "breast_cancer" in ended.out
    listed = json.loads(losslab("data", "--json").out)
    assert {"name", "task", "source", "license", "n_rows"} <= listed[0].keys()


def test_the_script_needs_no_losslab_and_finds_the_metric_within_the_interval(losslab, folder):
    words = ["--loss", "bce_with_logits", "--epochs", "25", "--code", "train.py", "--no-reference"]
    (row,) = found(losslab, "breast_cancer", *words)["rows"]
    script = (folder / "train.py").read_text(encoding="utf-8")
    assert not re.search(r"^\s*(import|from) losslab", script, re.MULTILINE)
    scores = []
    for seed in range(3):
        ended = interpreters.run("train.py", "--seed", seed, folder=folder)
        scores.append(float(re.search(r"test accuracy: ([\d.]+)", ended.stdout)[1]))
    assert row["ci_low"] <= np.mean(scores) <= row["ci_high"]


def test_the_version_is_printed(capfd, monkeypatch):
    ended = run(capfd, monkeypatch, "--version")
    assert (ended.code, ended.out) == (0, f"losslab {version}\n")
