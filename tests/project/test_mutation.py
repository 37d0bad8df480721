"""Mistakes that are made on purpose, to see whether the tests notice."""

import ast
from pathlib import Path

import pytest

import losslab
from mutation.areas import AREAS
from mutation.mutants import mutants_of
from processes.interpreters import TESTS

SOURCE = Path(losslab.__file__).parent


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("a < b", ["a <= b"]),
        ("a <= b < c", ["a < b < c", "a <= b <= c"]),
        ("a is not None", ["a is None"]),
        ("(a + b) * -c", ["(a - b) * -c", "(a + b) / -c", "(a + b) * c"]),
        ("a ** 2", ["a ** 3", "a * 2"]),
        ("a and b and c", ["a or b and c", "a and b or c"]),
        ("not a", [" a"]),
        ("a += 1", ["a -= 1", "a += 2"]),
        ("x = 0.5", ["x = 1.0"]),
        ("x = 0.0", ["x = 1.0"]),
        ("x = True", ["x = False"]),
        ("if a: f()", ["if not (a): f()", "if a: pass"]),
        ("[a for a in b if c]", ["[a for a in b if not (c)]"]),
        ("raise a", ["pass"]),
        ("for a in b:\n    continue", ["for a in b:\n    break"]),
        ("def f(): return a", ["def f(): return None"]),
        # What is only said, and what is only declared, is no mistake.
        ("x = 'a' + b", []),
        ("x = f'{a:3}'", []),
        ("x: int | None = y", []),
        ("@dataclass(frozen=True)\nclass A: pass", []),
        ("def f(a: int | str) -> None: return None", []),
        ("if TYPE_CHECKING:\n    import a", []),
    ],
)
def test_a_mistake_turns_one_operator_number_or_condition(right, wrong):
    made = [one.text for one in mutants_of(right)]
    assert sorted(made) == sorted(wrong)


@pytest.mark.parametrize("area", AREAS)
def test_every_mistake_is_another_program_that_can_be_read(area):
    texts = [path.read_text(encoding="utf-8") for path in sorted((SOURCE / area).rglob("*.py"))]
    made = [(text, one) for text in texts for one in mutants_of(text)]
    assert made
    for text, one in made[:: max(1, len(made) // 60)]:
        assert ast.dump(ast.parse(one.text)) != ast.dump(ast.parse(text))
        assert one.old in text.splitlines()[one.line - 1] or "\n" in one.old


@pytest.mark.parametrize("area", AREAS)
def test_the_tests_that_are_asked_are_there(area):
    assert all((TESTS / f"{name}.py").is_file() for name in AREAS[area])
