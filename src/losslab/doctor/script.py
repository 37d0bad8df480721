"""The child process: runs the unchanged script as ``__main__`` and writes the report.

``python -P -m losslab.doctor.script SETTINGS SCRIPT [ARGS...]``; SETTINGS is JSON. The report is
written to a file repeatedly, so that findings survive if the script is killed. The cells of a
notebook run one after the other, in one namespace, as in Jupyter.
"""

import ast
import contextlib
import ctypes
import json
import linecache
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from losslab.doctor.events import NotebookOpened
from losslab.doctor.location import Place, format_own_traceback
from losslab.doctor.notebook import Cell, is_notebook
from losslab.doctor.redaction import redact_values
from losslab.doctor.report import Report
from losslab.doctor.session import Session
from losslab.doctor.watching import close_session, intercept, open_session

if TYPE_CHECKING:
    from losslab.doctor.prove.fixing import Fixing


def run_cells(
    cells: Sequence[Cell], session: Session, namespace: dict[str, Any], *, stop: bool
) -> dict[str, str]:
    """Run cells and return the tracebacks of those that raised, by the cell's name.

    An exception is diagnosed, and the cells after it still run.

    Args:
        cells: Cells of one notebook.
        session: Session to notify.
        namespace: Namespace to run them in.
        stop: Whether to raise the first exception instead.
    """
    from losslab.doctor.intercept.exceptions import diagnose
    from losslab.doctor.intercept.reader import disable_interception

    os.environ.setdefault("MPLBACKEND", "Agg")  # a window would wait to be closed
    namespace.setdefault("display", print)
    with disable_interception():
        session.emit(
            NotebookOpened,
            Place(cells[0].name, 1, True) if cells else Place("", 0, False),
            cells=tuple((cell.name, cell.saved_count) for cell in cells),
        )
    raised: dict[str, str] = {}
    for cell in cells:
        for line in cell.skipped:
            session.note(f"{cell.name}: {line!r} was skipped, as it is not Python")
        try:
            run_cell(cell, namespace)
        except Exception as error:
            if stop:
                session.note(f"the cells after {cell.name} (--stop)")
                raise
            with disable_interception():
                diagnose(session, error)
            raised[cell.name] = format_own_traceback(error)
    return raised


def run_cell(cell: Cell, namespace: dict[str, Any]) -> None:
    """Run a cell and show the value of its last line."""
    lines = [f"{line}\n" for line in cell.source.splitlines()]
    # Tracebacks, comments and inspect.getsource find a cell's lines here.
    linecache.cache[cell.name] = (len(cell.source), None, lines, cell.name)
    tree = ast.parse(cell.source, cell.name)
    last_value: list[ast.stmt] = []
    hides_value = cell.source.rstrip().endswith(";")
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not hides_value:
        last_value = [tree.body.pop()]
    exec(compile(tree, cell.name, "exec"), namespace)
    if last_value:
        exec(compile(ast.Interactive(last_value), cell.name, "single"), namespace)


INTERRUPTED = 130
_SNAPSHOT_SECONDS = 1.0
_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG


@dataclass(frozen=True, kw_only=True)
class ScriptSettings:
    """Settings from the supervising process.

    Args:
        report: File to write the report to.
        select: Codes of the only rules to check.
        ignore: Codes of rules not to check.
        steps: Number of optimizer steps after which to end the run; None to run to the end.
        stop: Whether to end a notebook at the first cell that raises.
        seed: Seed of the random generators; None to leave them alone.
        lines: Rules, files and lines to fix at their calls; None to fix none.
        fixes_file: File to list the applied fixes in.
    """

    report: str
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    steps: int | None = None
    stop: bool = False
    seed: int | None = None
    lines: Sequence[tuple[str, str, int]] | None = None
    fixes_file: str = ""


class StepsReached(BaseException):
    """Raised when the run has made the requested number of steps."""


class ScriptRun:
    """A run of the script: its session, and the file of its report."""

    def __init__(self, settings: ScriptSettings, session: Session) -> None:
        self.settings, self.session = settings, session
        self.fixing: Fixing | None = None
        self._written_at = time.monotonic()
        session.after_step, session.on_news = self.after_step, self.write_snapshot
        self._leave = os._exit
        os._exit = self._exit_at_once

    def after_step(self) -> None:
        """Write a snapshot once a second; end the run after the requested number of steps."""
        if time.monotonic() - self._written_at > _SNAPSHOT_SECONDS:
            self.write_snapshot()
        if self.settings.steps is not None and self.session.state.steps >= self.settings.steps:
            raise StepsReached

    def write_snapshot(self) -> None:
        """Write the report so far."""
        from losslab.doctor.intercept.reader import disable_interception

        with disable_interception():
            self.write(self.session.report(None))
        self._written_at = time.monotonic()

    def write(self, report: Report) -> None:
        """Write a report atomically."""
        if os.getpid() != self.session.process:
            return  # a fork of the script
        file, part = Path(self.settings.report), Path(f"{self.settings.report}.part")
        # The script may have emptied its temporary folder, or filled the disk.
        with contextlib.suppress(OSError):
            file.parent.mkdir(mode=0o700, exist_ok=True)
            part.write_text(json.dumps(redact_values(report.to_dict())), encoding="utf-8")
            part.replace(file)

    def finish(self, error: BaseException | None, ended: str, traceback: str = "") -> None:
        """Write the final report, ignoring Ctrl-C meanwhile."""
        if os.getpid() != self.session.process:
            return
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        report = Report()
        close_session(self.session, report, error)
        report.ended, report.traceback = ended, traceback
        if isinstance(error, StepsReached):
            steps = self.session.state.steps
            report.unchecked.append(f"what comes after optimizer step {steps} (--steps {steps})")
        elif error is not None and not isinstance(error, SystemExit):
            report.traceback = format_own_traceback(error)
        self.write(report)
        if self.fixing is not None:
            self.fixing.write(Path(self.settings.fixes_file))

    def _exit_at_once(self, status: int) -> NoReturn:
        self.finish(None, f"ended itself with os._exit({status})")
        self._leave(status)


def run_script(settings: ScriptSettings, script: str, args: Sequence[str]) -> int:
    """Run a script under watch and return the exit code that it would have had.

    Args:
        settings: What to check and where to write the report.
        script: Path of the script.
        args: The script's ``sys.argv[1:]``.
    """
    path = os.path.abspath(script)
    sys.argv = [script, *args]
    sys.path.insert(0, os.path.dirname(path))
    module = ModuleType("__main__")
    module.__dict__.update(__file__=path, __builtins__=__builtins__)
    sys.modules["__main__"] = module
    run = ScriptRun(
        settings,
        open_session(settings.select, settings.ignore, keep_sources=settings.lines is not None),
    )
    if settings.seed is not None:  # a run of --prove
        from losslab.doctor.prove.fixing import Fixing, seed_everything

        seed_everything(settings.seed)
        if settings.lines is not None:
            run.fixing = Fixing(run.session, settings.lines)
    try:
        with intercept(run.session, run.fixing):
            raised = _execute(run, script, module.__dict__)
    except SystemExit as leaving:
        code = leaving.code
        if not isinstance(code, int | None):
            sys.stderr.write(f"{code}\n" if str(code) else "")  # as Python does
            code = 1
        code = (code or 0) & 0xFF
        run.finish(leaving, f"ended with exit code {code}")
        return code
    except StepsReached as reached:
        run.finish(reached, f"was ended after {run.session.state.steps} optimizer steps")
        return 0
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        last_line = traceback.format_exception_only(error)[-1].strip()
        run.finish(error, "was interrupted" if interrupted else f"raised {last_line}")
        return INTERRUPTED if interrupted else 1
    ended = f"ran to its end; {', '.join(raised)} raised" if raised else "ran to its end"
    run.finish(None, ended, "\n".join(raised.values()))
    return int(bool(raised))


def _execute(run: ScriptRun, script: str, namespace: dict[str, Any]) -> dict[str, str]:
    """Run the script, or the cells of a notebook; return the tracebacks of cells that raised."""
    path = namespace["__file__"]
    if not is_notebook(script):
        exec(compile(Path(path).read_bytes(), path, "exec"), namespace)
        return {}
    from losslab.doctor.notebook import read_cells

    cells = read_cells(path, script)
    os.chdir(os.path.dirname(path))  # where Jupyter runs it
    return run_cells(cells, run.session, namespace, stop=run.settings.stop)


def main(argv: Sequence[str]) -> int:
    """Run as the child process."""
    if sys.platform == "linux":  # have the kernel end this process with its supervisor
        ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)
    return run_script(ScriptSettings(**json.loads(argv[0])), argv[1], argv[2:])


if __name__ == "__main__":
    # The script becomes __main__, and this module must stay alive without being it.
    from losslab.doctor import script as _itself

    sys.exit(_itself.main(sys.argv[1:]))
