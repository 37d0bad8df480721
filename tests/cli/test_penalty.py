"""``losslab penalty``: from words to table, picture, numbers and animation."""

import csv
import io
import json
import shlex

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

import losslab
from command_line import run
from losslab.core.options import format_command, list_parameters
from losslab.report.penalty.penalty_path import penalty_path
from path_samples import TWO, two_species

WORDS = ["iris", "--features", TWO["features"], "--classes", TWO["classes"], "--hidden", "8"]
FEW = [*WORDS, "--epochs", "20", "--kind", "l1", "--alphas", "0,0.01,10", "--seeds", "3"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_path_ends_with_its_choice_and_a_picture_in_the_current_folder(
    capfd, monkeypatch, tmp_path
):
    ended = run(capfd, monkeypatch, "penalty", *FEW)
    assert ended.code == 0
    assert "0.01" in ended.out
    assert "chosen" in ended.out
    assert "Weights reach exactly zero" in ended.out
    assert "picture: losslab-penalty.png" in ended.out
    assert "9 runs" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["losslab-penalty.png"]
    with Image.open("losslab-penalty.png") as picture:
        assert picture.text["Software"] == "losslab"
        assert picture.width == 1260


def test_json_is_all_that_goes_to_stdout_and_holds_what_the_function_found(capfd, monkeypatch):
    ended = run(capfd, monkeypatch, "penalty", *FEW, "--json")
    found = json.loads(ended.out)
    own = two_species().to_dict()
    for name in ("points", "choice", "metrics", "features", "classes", "kind", "n_weights"):
        assert found[name] == own[name], name
    assert found["files"] == {"picture": "losslab-penalty.png"}
    assert [point["alpha"] for point in found["points"]] == [0.0, 0.01, 10.0]
    assert len(found["points"][0]["test"]["accuracy"]["values"]) == 3


def test_numbers_read_back_from_csv_are_those_of_the_frame(capfd, monkeypatch):
    run(capfd, monkeypatch, "penalty", *FEW, "--csv", "path.csv", "--out", "path.svg")
    with open("path.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    table = two_species().frame()
    assert list(rows[0]) == list(table.columns)
    for row, own in zip(rows, table.to_dict("records"), strict=True):
        for name, value in own.items():
            if name in ("penalty", "chosen"):
                assert row[name] == str(value)
            else:
                assert float(row[name]) == value


def test_the_picture_may_be_an_svg_that_says_who_made_it(capfd, monkeypatch, tmp_path):
    run(capfd, monkeypatch, "penalty", *FEW, "--out", "path.svg")
    text = (tmp_path / "path.svg").read_text(encoding="utf-8")
    assert text.lstrip().startswith("<?xml")
    assert "losslab" in text[:4096]
    assert run(capfd, monkeypatch, "penalty", *FEW, "--out", "path.svg").code == 0


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_the_boundary_moves_from_sharp_to_undecided(capfd, monkeypatch, tmp_path, suffix):
    ended = run(
        capfd, monkeypatch, "penalty", *WORDS, "--alphas", "1e-4:1e2:3", "--seeds", "1",
        "--epochs", "200", "--gif", f"moving.{suffix}", "--frame-ms", "300",
    )  # fmt: skip
    assert ended.code == 0
    assert f"animation: moving.{suffix}" in ended.out
    with Image.open(tmp_path / f"moving.{suffix}") as picture:
        assert picture.n_frames == 3
        assert picture.size == (600, 500)
        assert picture.info["loop"] == 0
        frames = []
        for at in range(3):
            picture.seek(at)
            frames.append(np.asarray(picture.convert("RGB"), dtype=float)[120:380, 100:560])
    # Sure of itself means strong colours, unsure pale ones.
    strength = [np.ptp(frame, axis=-1).mean() for frame in frames]
    assert strength[0] > 3 * strength[-1]
    words = (tmp_path / f"moving.{suffix}.txt").read_text(encoding="utf-8")
    assert "3 decision boundaries" in words
    assert "standardised" in words


def test_a_narrow_terminal_keeps_alpha_held_out_score_and_choice(capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    out = run(capfd, monkeypatch, "penalty", *FEW).out
    assert max(map(len, out.splitlines())) <= 50
    assert "held out" in out
    assert "chosen" in out


@pytest.mark.parametrize("width", [30, 45, 60, 100])
def test_a_terminal_without_unicode_gets_ascii_at_any_width(width):
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Console(file=file, width=width).print(two_species().render())
    file.flush()
    lines = file.buffer.getvalue().decode("ascii").splitlines()
    assert max(map(len, lines)) <= width
    assert "+-" in "".join(lines)


def test_failed_runs_alone_end_with_exit_code_1(capfd, monkeypatch):
    words = ["--hidden", "none", "--optimizer", "sgd", "--lr", "1e30", "--epochs", "3"]
    ended = run(capfd, monkeypatch, "penalty", "diabetes", *words, "--alphas", "0.1,1")
    assert ended.code == 1
    assert "No alpha can be chosen" in ended.out


def test_the_command_that_is_told_makes_the_same_path_again(capfd, monkeypatch):
    found = two_species()
    words = found.command.split("--")
    assert found.command.startswith("losslab penalty iris --kind l1 --alphas 0,0.01,10")
    assert "classes setosa,versicolor " in words
    told = shlex.split(found.command)[1:]
    again = json.loads(run(capfd, monkeypatch, *told, "--json").out)
    assert again["points"] == found.to_dict()["points"]


def test_a_callable_loss_is_named_in_the_command():
    said = format_command(
        "losslab penalty", penalty_path, None, {"loss": losslab.objective, "impute": True}
    )
    assert said == "losslab penalty TABLE --impute --loss losslab.objectives.build:objective"


def test_help_names_every_option_and_loads_nothing_heavy(capfd, monkeypatch):
    ended = run(capfd, monkeypatch, "penalty", "--help")
    assert ended.code == 0
    for parameter in list_parameters(penalty_path).values():
        assert parameter.flag in ended.out
