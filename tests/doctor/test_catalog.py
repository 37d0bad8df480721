"""The doctor's rules: one file and one line each, with a page whose code runs."""

import contextlib
import linecache
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import losslab
from doctor_support.notebooks import examine_cells, typed_cells
from losslab.core.errors import LosslabError
from losslab.doctor.catalog import RULES, find_rule
from losslab.doctor.rule import HEADINGS

FOLDER = Path(losslab.__file__).parent / "doctor" / "rules"
# The first digit of a code, and the folder its rule lives in.
FAMILIES = {
    "0": "exceptions",
    "1": "shapes",
    "2": "heads",
    "3": "optimization",
    "4": "evaluation",
    "5": "learning",
    "6": "notebooks",
}

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def test_the_index_lists_every_rule_once_in_the_order_of_codes():
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in RULES}) == len(RULES)
    files = {path.stem for path in FOLDER.rglob("*.py") if path.stem != "__init__"}
    assert files == {_file_of(rule) for rule in RULES}, "a line in catalog.py"


def _file_of(rule):
    return f"{rule.code.lower()}_{rule.name.replace('-', '_')}"


@each_rule
def test_a_rule_lives_in_the_folder_of_its_family(rule):
    assert re.fullmatch(r"LL\d{3}", rule.code)
    assert (FOLDER / FAMILIES[rule.code[2]] / f"{_file_of(rule)}.py").is_file()


@each_rule
def test_a_page_has_all_headings_and_says_in_a_few_words_why_it_hurts(rule):
    assert tuple(rule.sections) == ("Summary", *HEADINGS)
    assert all(rule.sections.values())
    assert "\n" not in rule.summary
    assert len(rule.why) <= 300


def findings_of(code):
    """Run the code of a page. It may use what stands here."""
    torch.manual_seed(0)
    names = {
        "torch": torch,
        "nn": nn,
        "F": F,
        "x": torch.randn(32, 4),  # inputs
        "values": torch.randn(32),  # a float target
        "labels": torch.randint(0, 3, (32,)),  # classes 0, 1, 2
        "binary": torch.randint(0, 2, (32,)).float(),  # 0.0 and 1.0
    }
    if code.startswith("In ["):
        report = examine_cells(typed_cells(code), names)
    else:
        # Some rules read the source of a line.
        linecache.cache["page"] = (len(code), None, code.splitlines(keepends=True), "page")
        with contextlib.suppress(Exception), losslab.doctor.watch() as report:
            exec(compile(code, "page", "exec"), names)
    assert not [sentence for sentence in report.unchecked if "could not be checked" in sentence]
    return [finding.rule for finding in report.findings]


@each_rule
@pytest.mark.filterwarnings("ignore")
def test_the_bad_code_of_a_page_is_found_and_the_good_code_is_not(rule):
    assert findings_of(rule.sections["Bad"]) == [rule.code]
    assert findings_of(rule.sections["Good"]) == []


def test_the_good_code_of_a_page_runs_without_an_exception():
    for rule in RULES:
        torch.manual_seed(0)
        names = {"torch": torch, "nn": nn, "F": F, "x": torch.randn(32, 4)}
        names |= {"values": torch.randn(32), "labels": torch.randint(0, 3, (32,))}
        names["binary"] = torch.randint(0, 2, (32,)).float()
        code = re.sub(r"^In \[\d+\]: ", "", rule.sections["Good"], flags=re.M)
        exec(compile(code, "page", "exec"), names)


def test_a_rule_is_found_by_code_or_name_and_a_misspelt_one_gets_the_nearest():
    assert find_rule("ll201") is find_rule("softmax-before-cross-entropy")
    with pytest.raises(LosslabError, match="did you mean 'silent-broadcast'"):
        find_rule("silent-broadcasts")


def test_rules_are_listed_without_torch():
    code = "import sys, losslab.doctor.catalog; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
