"""The doctor's corpus, asked about a mistake in a rule: by the scripts that reach its line."""

import ast
import json
import os
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from doctor_support.corpus import BAD, GOOD, expected
from doctor_support.forks import examine
from losslab.doctor import catalog  # noqa: F401  loaded before the forks

RULES = "src/losslab/doctor/rules/"
REACHED = Path("reached.json")


def reach() -> bool:
    """Run the doctor's corpus once, and note which lines of which rules every script reaches."""
    if not REACHED.exists():
        found = dict(_examined([*BAD, *GOOD], trace=True))
        REACHED.write_text(json.dumps({str(path): one["lines"] for path, one in found.items()}))
    return True


def notices_nothing(file: str, line: int) -> bool:
    """Run the scripts that reach a line of a rule; whether all findings are as expected."""
    text = Path(file).read_text(encoding="utf-8")
    code = re.search(r'code="(LL\d+)"', text)[1]
    lines = _statement(ast.parse(text), line)
    reached = json.loads(REACHED.read_text())
    near = [path for path, all_lines in reached.items() if lines & set(all_lines.get(file, ()))]
    own = [path for path in BAD if code in {rule for rule, _ in expected(path)}]
    rest = [path for path in (*GOOD, *BAD) if str(path) in near]
    for path, answer in _examined(list(dict.fromkeys([*own, *rest]))):
        if answer is None or not _as_expected(answer, [] if path in GOOD else expected(path)):
            sys.stdout.write(f"{path}: {answer}\n")
            return False
    return True


def _statement(tree: ast.Module, line: int) -> set[int]:
    """The lines of the innermost statement around a line; all, where it is in no function."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    if not any(node.body[0].lineno <= line <= node.end_lineno for node in functions):
        return {number for node in functions for number in range(node.lineno, node.end_lineno + 1)}
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= node.end_lineno
    ]
    inner = min(around, key=lambda node: node.end_lineno - node.lineno)
    return set(range(inner.lineno, inner.end_lineno + 1))


def _examined(paths: list[Path], trace: bool = False) -> Iterator[tuple[Path, dict | None]]:
    """Run scripts under the doctor, each in a fork; None where one died."""
    for path in paths:
        receiver, sender = os.pipe()
        child = os.fork()
        if child == 0:
            lines: dict[str, set[int]] = {}
            if trace:
                sys.settrace(partial(_note, lines))
            answer = examine(str(path))
            sys.settrace(None)
            answer["lines"] = {name: sorted(numbers) for name, numbers in lines.items()}
            with os.fdopen(sender, "w") as stream:
                json.dump(answer, stream)
            os._exit(0)
        os.close(sender)
        with os.fdopen(receiver) as stream:
            said = stream.read()
        os.waitpid(child, 0)
        yield path, json.loads(said) if said else None


def _note(lines: dict[str, set[int]], frame: Any, event: str, _: Any) -> Any:
    """Note the lines of rules that run."""
    name = frame.f_code.co_filename
    if RULES not in name:
        return None
    lines.setdefault(name[name.index("src/") :], set()).add(frame.f_lineno)
    return partial(_note, lines)


def _as_expected(answer: dict, wanted: list[tuple]) -> bool:
    """Whether a script's findings are those that its comments name, and no other."""
    found = {(rule, line): severity for rule, line, severity in answer["findings"]}
    loud = {one for one, severity in found.items() if severity in {"error", "warning"}}
    unfit = [sentence for sentence in answer["unchecked"] if sentence.startswith("rule ")]
    return set(wanted) <= set(found) and loud <= set(wanted) and not unfit
