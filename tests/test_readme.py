"""The README's blocks run, and what they show is what comes out."""

import doctest
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from command_line import run

README = Path(__file__).parent.parent / "README.md"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def commands():
    lines = "".join(blocks("console")).splitlines()
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the table that the README names."""
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "customer": np.arange(1000, 1200),
            "plan": generator.choice(["basic", "family", "business"], 200),
            "months": generator.integers(1, 40, 200),
            "spent": generator.gamma(2, 30, 200).round(2),
        }
    )
    frame["churn"] = np.where(frame.months + generator.normal(0, 9, 200) < 15, "yes", "no")
    frame.to_csv("customers.csv", index=False)
    return tmp_path


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_python_blocks_run(number):
    test = doctest.DocTestParser().get_doctest(
        blocks("python")[number], {}, f"README block {number}", str(README), 0
    )
    assert test.examples
    results = doctest.DocTestRunner(optionflags=FLAGS).run(test)
    assert results.failed == 0


@pytest.mark.parametrize("command", commands())
def test_commands_run(command, folder, capfd, monkeypatch):
    ended = run(capfd, monkeypatch, *shlex.split(command)[1:])
    assert ended.code == 0, ended.err
    if "--code" in command:
        assert "losslab" not in (folder / "train.py").read_text().split('"""')[2]


def test_the_shown_output_is_the_real_one(folder, capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    command, _, shown = blocks("console")[0].partition("\n")
    ended = run(capfd, monkeypatch, *shlex.split(command)[2:])
    # Other versions and machines may round the last digit and need another time.
    words = re.compile(r"[a-zA-Z_]+")
    before = slice(0, shown.index(" has the best mean"))
    assert words.findall(ended.out[before])[:60] == words.findall(shown[before])[:60]


def test_the_make_commands_exist():
    makefile = (README.parent / "Makefile").read_text()
    for line in blocks("bash")[0].splitlines():
        assert f"\n{line.split()[1]}:" in makefile
