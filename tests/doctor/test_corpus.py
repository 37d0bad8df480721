"""The doctor on scripts with known mistakes, and on correct but unusual ones."""

import json
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from doctor_support.corpus import BAD, GOOD, TESTS, expected
from losslab.doctor.catalog import RULES

# Not every system can fork.
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks")


@cache
def examined():
    """Run every script in a fork of one process that has imported torch."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "doctor_support.forks", *map(str, BAD + GOOD)],
        cwd=TESTS,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return {Path(answer["file"]): answer for answer in answers}


def found(path, *severities):
    return [
        (rule, line)
        for rule, line, severity in examined()[path]["findings"]
        if severity in severities
    ]


def test_every_script_was_examined_to_its_end():
    assert set(examined()) == {*BAD, *GOOD}
    unfit = [
        (path.name, sentence)
        for path, answer in examined().items()
        for sentence in answer["unchecked"]
        if sentence.startswith("rule ")
    ]
    assert not unfit


def test_every_rule_has_three_bad_scripts_and_bad_scripts_are_short():
    cases = Counter(code for path in BAD for code in {code for code, _ in expected(path)})
    assert {rule.code: cases[rule.code] for rule in RULES if cases[rule.code] < 3} == {}
    assert not [path.name for path in BAD if not expected(path)]
    scripts = [path for path in BAD + GOOD if path.suffix == ".py"]
    assert not [p.name for p in scripts if len(p.read_text().splitlines()) >= 40]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_correct_but_unusual_code_has_no_error_and_no_warning(path):
    assert found(path, "error", "warning") == []


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_a_rule_finds_every_one_of_its_mistakes(code):
    wanted = [(path, own) for path in BAD for own in expected(path) if own[0] == code]
    assert wanted
    missed = [
        (path.name, own)
        for path, own in wanted
        if own not in found(path, "error", "warning", "advice")
    ]
    assert missed == []


def test_recall_and_false_alarms(capsys):
    wanted = [(path.name, *one) for path in BAD for one in expected(path)]
    seen = [(path.name, *one) for path in BAD for one in found(path, "error", "warning", "advice")]
    loud = [(path.name, *one) for path in BAD + GOOD for one in found(path, "error", "warning")]
    missed = [one for one in wanted if one not in seen]
    false = [one for one in loud if one not in wanted]
    recall = 1 - len(missed) / len(wanted)
    with capsys.disabled():
        print(  # noqa: T201  the figures are the result
            f"\ndoctor: recall {recall:.3f} over {len(wanted)} mistakes in {len(BAD)} scripts; "
            f"{len(false)} false alarms in {len(BAD) + len(GOOD)} scripts"
        )
    assert recall >= 0.95, missed
    assert false == []
