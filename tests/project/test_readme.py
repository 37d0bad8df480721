"""The README's blocks run, and what they show is what comes out."""

import doctest
import re
import shlex

import numpy as np
import pandas as pd
import pytest

from command_line import run
from processes.interpreters import TESTS

README = TESTS.parent / "README.md"
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


ENDED = {}  # how the commands ended: two tests look at one of them


def run_once(command, capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    if command not in ENDED:
        ENDED[command] = run(capfd, monkeypatch, *shlex.split(command)[1:])
    return ENDED[command]


@pytest.mark.parametrize("command", commands())
def test_commands_run(command, folder, capfd, monkeypatch):
    ended = run_once(command, capfd, monkeypatch)
    assert ended.code == 0, ended.err
    if "--code" in command:
        assert "losslab" not in (folder / "train.py").read_text().split('"""')[2]


# All in the README's output that may differ between machines.
MASKS = {
    "reference models are scikit-learn's": r"(?m)^  (constant|linear|boosting) .*\n",
    "and take part in the scale of the drawn intervals": r" [◂▸●─]+( |$)",
    "and in the sentences that compare with them": r"[^.;:]*\breference '[^.]*(\.\d[^.]*)*\.",
    "the time depends on the machine": r"; [\d.]+ (s|min)$",
}


def without_masked(text):
    """The text as words, without what a machine or a moment decides."""
    rows, drawn, *others = MASKS.values()
    lines = (re.sub(drawn, " ", line.rstrip()) for line in re.sub(rows, "", text).splitlines())
    words = " ".join(" ".join(lines).split())
    for mask in others:
        words = re.sub(mask, "", words)
    return words


def test_the_shown_output_is_the_real_one_to_the_last_digit(folder, capfd, monkeypatch):
    command, _, shown = blocks("console")[0].partition("\n")
    ended = run_once(command.removeprefix("$ "), capfd, monkeypatch)
    assert ended.code == 0, ended.err
    expected = without_masked(shown)
    assert len(re.findall(r"\d\.\d{3}", expected)) > 40
    assert without_masked(ended.out) == expected


def test_a_mask_takes_no_more_than_it_says():
    text = (
        "1 mse  0.971 [0.953, 0.989]   ───●────    -0.004  best\n"
        "  linear  0.974 [0.953, 0.994]   ────●────  not ranked\n"
        "mse has the best mean accuracy. No difference is shown between the best network and the\n"
        "reference 'linear' (Ridge): mean accuracy 0.973 against 0.974 (p = 0.91).\n"
        "Recommended: mse.\n"
        "report: a.html; 450 runs trained; 3.2 s"
    )
    assert without_masked(text) == (
        "1 mse 0.971 [0.953, 0.989] -0.004 best mse has the best mean accuracy. Recommended: mse. "
        "report: a.html; 450 runs trained"
    )


def test_the_make_commands_exist():
    makefile = (README.parent / "Makefile").read_text()
    for line in blocks("bash")[0].splitlines():
        assert f"\n{line.split()[1]}:" in makefile
