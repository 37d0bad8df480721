"""Runs a notebook's cells one after the other, in one namespace, as Jupyter would."""

import ast
import linecache
import os
from collections.abc import Sequence
from typing import Any

from losslab.doctor.events import NotebookOpened
from losslab.doctor.notebook import Cell
from losslab.doctor.place import Place
from losslab.doctor.session import Session
from losslab.doctor.tracebacks import own_traceback


def run_cells(
    cells: Sequence[Cell], session: Session, namespace: dict[str, Any], *, stop: bool
) -> dict[str, str]:
    """Run cells and give the tracebacks of those that raised, by the cell's name.

    A cell that raises is diagnosed, and the cells after it still run.

    Args:
        cells: of one notebook.
        session: what is told.
        namespace: where they run.
        stop: let the first exception pass through instead.
    """
    from losslab.doctor.intercept.failures import diagnose
    from losslab.doctor.intercept.quiet import quiet

    os.environ.setdefault("MPLBACKEND", "Agg")  # a window would wait to be closed
    namespace.setdefault("display", print)
    counts = tuple((cell.name, cell.saved_count) for cell in cells)
    with quiet():
        session.happened(
            NotebookOpened,
            Place(cells[0].name, 1, True) if cells else Place("", 0, False),
            cells=counts,
        )
    raised: dict[str, str] = {}
    for cell in cells:
        for line in cell.skipped:
            session.note(f"{cell.name}: {line!r} was skipped, as it is no Python")
        try:
            run_cell(cell, namespace)
        except Exception as error:
            if stop:
                session.note(f"the cells after {cell.name} (--stop)")
                raise
            with quiet():
                diagnose(session, error)
            raised[cell.name] = own_traceback(error)
    return raised


def run_cell(cell: Cell, namespace: dict[str, Any]) -> None:
    """Run a cell and show what its last line is worth."""
    lines = [f"{line}\n" for line in cell.source.splitlines()]
    # Tracebacks, comments and inspect.getsource find a cell's lines here.
    linecache.cache[cell.name] = (len(cell.source), None, lines, cell.name)
    tree = ast.parse(cell.source, cell.name)
    shown: list[ast.stmt] = []
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not _muted(cell.source):
        shown = [tree.body.pop()]
    exec(compile(tree, cell.name, "exec"), namespace)
    if shown:
        exec(compile(ast.Interactive(shown), cell.name, "single"), namespace)


def _muted(source: str) -> bool:
    """Tell whether a semicolon at the end asks not to show the last value."""
    return source.rstrip().endswith(";")
