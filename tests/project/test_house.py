"""The rules of the house that can be counted."""

import ast
import re

import pytest

from processes.interpreters import TESTS

ROOT = TESTS.parent
MODULES = [
    *sorted((ROOT / "src" / "losslab").rglob("*.py")),
    *sorted(path for path in TESTS.rglob("*.py") if "doctor_corpus" not in path.parts),
    *sorted((ROOT / "benchmarks").rglob("*.py")),
    *sorted((ROOT / "gallery").rglob("*.py")),
]
DRAWERS = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "managers"}


def named(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_is_one_concept_of_at_most_500_lines_that_says_what_it_is(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 500
    assert path.stem not in DRAWERS
    if text:
        assert ast.get_docstring(ast.parse(text)), "the first line is its entry in the contents"


def test_every_decision_has_a_number_of_its_own_and_the_four_parts():
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04}" for n in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        parts = re.findall(r"^\*\*(.+?)\.\*\*", text, re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "What would change it"], page.name


def test_every_install_goes_through_the_constraints():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = makefile.count("pip install")
    assert installs == makefile.count("--constraint constraints.txt") > 0
    assert re.search(
        r"^torch==", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
