"""Notebooks: their cells as Python.

Cells are numbered from 1 among all cells of the notebook, text included. Skipped lines are replaced
by an empty line or ``pass``, so that the others keep their numbers.
"""

import json
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from losslab.core.errors import DataError

# Cell magics whose body is Python; the body of any other is skipped.
_AROUND_PYTHON = ("time", "timeit", "capture", "prun")
_ASSIGNED = re.compile(r"\s*[\w, ]+=\s*[!%]\s*\w")
_HELP = re.compile(r"\s*(\?{1,2}[\w.]+|[\w.]+\?{1,2})\s*$")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of code.

    Args:
        name: Name it is compiled under, such as "notebook.ipynb cell 12".
        source: Its Python code.
        saved_count: Execution count stored in the notebook.
        skipped: Lines that are not Python.
    """

    name: str
    source: str
    saved_count: int | None
    skipped: tuple[str, ...]


def is_notebook(script: str) -> bool:
    """Tell whether a path names a notebook.

    Examples:
        >>> is_notebook("a.ipynb"), is_notebook("a.py")
        (True, False)
    """
    return script.endswith(".ipynb")


def read_cells(path: str | Path, file: str) -> list[Cell]:
    """Read the code cells of a notebook.

    Args:
        path: Path of the notebook.
        file: File that the cells are named after.

    Raises:
        DataError: If the file is not a Python notebook.
    """
    try:
        notebook = json.loads(Path(path).read_text(encoding="utf-8"))
        language = notebook.get("metadata", {}).get("language_info", {}).get("name", "python")
        cells = [
            _read_cell(cell, f"{file} cell {n}")
            for n, cell in enumerate(notebook["cells"], 1)
            if cell["cell_type"] == "code"
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            "needed a notebook of version 4, which is JSON with a list of cells",
            got=f"{file!r} ({type(error).__name__}: {error})",
            fix="open it in Jupyter and save it again",
        ) from error
    if language.lower() not in ("python", "ipython"):
        raise DataError(
            "needed a notebook in Python", got=f"{language} in {file!r}", fix="a Python kernel"
        )
    return cells


def _read_cell(cell: dict[str, Any], name: str) -> Cell:
    text = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    source, skipped = translate_magics(text)
    return Cell(
        name=name, source=source, saved_count=cell.get("execution_count"), skipped=tuple(skipped)
    )


def translate_magics(text: str) -> tuple[str, list[str]]:
    r"""Return a cell's Python code, and the lines that are not Python.

    Examples:
        >>> translate_magics("%matplotlib inline\nx = (7\n% 4)\nif x:\n    !ls")
        ('\nx = (7\n% 4)\nif x:\n    pass', ['%matplotlib inline', '!ls'])
    """
    lines = text.splitlines()
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    if lines and lines[first].startswith("%%"):
        word = lines[first][2:].split(maxsplit=1)[0] if lines[first][2:].strip() else ""
        if word not in _AROUND_PYTHON:
            return "", [lines[first]]
    kept: list[str] = []
    skipped: list[str] = []
    continued = False
    for line in lines:
        if continued or (_is_magic(line) and not _is_inside_statement(kept)):
            if not continued:
                skipped.append(line.strip())
            indent = line[: len(line) - len(line.lstrip())]
            kept.append(indent + "pass" if indent and not continued else "")
            continued = line.rstrip().endswith("\\")
        else:
            kept.append(line)
    return "\n".join(kept), skipped


def _is_magic(line: str) -> bool:
    return (
        line.lstrip().startswith(("%", "!"))
        or _ASSIGNED.match(line) is not None
        or ("?" in line and _HELP.match(line) is not None)
    )


def _is_inside_statement(lines: Sequence[str]) -> bool:
    """Tell whether the lines so far leave a bracket, a string or a statement open."""
    if lines and lines[-1].rstrip().endswith("\\"):
        return True
    try:
        list(tokenize.generate_tokens(StringIO("\n".join(lines) + "\n").readline))
    except (tokenize.TokenError, SyntaxError) as error:
        return isinstance(error, tokenize.TokenError)
    return False


def find_out_of_order(
    cells: Sequence[tuple[str, int | None]],
) -> Iterator[tuple[str, int, str, int]]:
    """Find cells that were run before a cell above them.

    Args:
        cells: Names and stored execution counts, in the notebook's order.

    Examples:
        >>> list(find_out_of_order([("a", 1), ("b", 5), ("c", None), ("d", 3)]))
        [('b', 5, 'd', 3)]
    """
    above, highest = "", 0
    for name, count in cells:
        if count is not None and count < highest:
            yield above, highest, name, count
        elif count is not None:
            above, highest = name, count
