"""Names are those of the glossary, functions begin with a verb, docstrings have one form."""

import ast
import re

import pytest

from processes.interpreters import TESTS

SOURCE = TESTS.parent / "src" / "losslab"
MODULES = sorted(SOURCE.rglob("*.py"))
# Words that had been used for what the glossary names.
BANNED = {
    "told",
    "merit",
    "fate",
    "fates",
    "turned",
    "trail",
    "survey",
    "oddities",
    "mend",
    "mends",
    "mended",
    "sighting",
    "gathered",
    "survivors",
    "uncounted",
    "shrinking",
    "amounts",
    "standings",
    "beginnings",
    "slope",
    "slopes",
    "slots",
}
PARTICIPLES = {
    "told",
    "seen",
    "said",
    "shown",
    "made",
    "given",
    "drawn",
    "kept",
    "held",
    "taken",
    "written",
    "found",
    "built",
    "known",
    "meant",
    "broken",
    "chosen",
    "spoken",
    "thrown",
    "grown",
    "frozen",
    "left",
}
# Entries of catalogues, whose functions have their names.
ENTRIES = {"balanced_accuracy", "squared_hinge", "standardized"}
NO_PARTICIPLES = {"embed", "feed", "need", "seed", "speed"}
SECTIONS = {
    *("Args", "Attributes", "Returns", "Yields", "Raises", "Shape", "References", "Examples"),
    *("Formula", "Elicits", "Note"),
}


def named(path):
    return path.relative_to(SOURCE).as_posix()


def words_of(name):
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower().strip("_").split("_")


def names_in(tree):
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_no_name_is_of_the_dialect_that_the_glossary_replaced(path):
    assert not BANNED & set(words_of(path.stem))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {
        f"{name} (line {line})" for name, line in names_in(tree) if BANNED & set(words_of(name))
    }
    assert not found, "docs/glossary.md has the words"


def is_property(node):
    return any("property" in ast.unparse(one) for one in node.decorator_list)


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_no_function_is_named_by_a_past_participle(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    wrong = []
    for node in functions:
        first = words_of(node.name)[0] if node.name.strip("_") else ""
        regular = first.endswith("ed") and first not in NO_PARTICIPLES
        is_entry = node.name in ENTRIES
        if (regular or first in PARTICIPLES) and not (is_property(node) or is_entry):
            wrong.append(f"{node.name} (line {node.lineno})")
    assert not wrong, "a function is named by what it does: format_row, find_duplicates"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_docstrings_have_one_form(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.FunctionDef, ast.ClassDef)
    for node in [node for node in ast.walk(tree) if isinstance(node, documented)]:
        text = ast.get_docstring(node) or ""
        where = f"{node.name}, line {node.lineno}"
        lines = text.splitlines()
        for line in lines:
            heading = re.fullmatch(
                r"(Parameters?|Arguments?|Return|Example|Reference|Usage):?", line
            )
            assert not heading, f"{where}: {line}; Google style, as in Args: and Examples:"
            assert not re.fullmatch(r"-{3,}", line), f"{where}: Google style, without rulers"
        for heading in SECTIONS:
            assert heading not in lines, f"{where}: {heading} without its colon"
        examples = [at for at, line in enumerate(lines) if line.lstrip().startswith(">>>")]
        if examples:
            assert "Examples:" in lines[: examples[0]], f"{where}: >>> under no Examples:"
            after = lines[lines.index("Examples:") + 1 :]
            assert all(not line or line.startswith(" ") for line in after), (
                f"{where}: Examples last"
            )
