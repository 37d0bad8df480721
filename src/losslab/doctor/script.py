"""The child process: runs the unchanged script as ``__main__`` and writes what was seen.

``python -P -m losslab.doctor.script SETTINGS SCRIPT [ARGS...]``; SETTINGS is JSON. The report goes
to a file, again and again, so that what was found survives a script that is killed. The cells of a
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
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from losslab.doctor.events import NotebookOpened
from losslab.doctor.location import Place, format_last_line, format_own_traceback
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
    """Run cells and give the tracebacks of those that raised, by the cell's name.

    A cell that raises is diagnosed, and the cells after it still run.

    Args:
        cells: of one notebook.
        session: what is told.
        namespace: where they run.
        stop: let the first exception pass through instead.
    """
    from losslab.doctor.intercept.exceptions import diagnose
    from losslab.doctor.intercept.reader import disable_interception

    os.environ.setdefault("MPLBACKEND", "Agg")  # a window would wait to be closed
    namespace.setdefault("display", print)
    counts = tuple((cell.name, cell.saved_count) for cell in cells)
    with disable_interception():
        session.emit(
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
            with disable_interception():
                diagnose(session, error)
            raised[cell.name] = format_own_traceback(error)
    return raised


def run_cell(cell: Cell, namespace: dict[str, Any]) -> None:
    """Run a cell and show what its last line is worth."""
    lines = [f"{line}\n" for line in cell.source.splitlines()]
    # Tracebacks, comments and inspect.getsource find a cell's lines here.
    linecache.cache[cell.name] = (len(cell.source), None, lines, cell.name)
    tree = ast.parse(cell.source, cell.name)
    last_value: list[ast.stmt] = []
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not _hides_value(cell.source):
        last_value = [tree.body.pop()]
    exec(compile(tree, cell.name, "exec"), namespace)
    if last_value:
        exec(compile(ast.Interactive(last_value), cell.name, "single"), namespace)


def _hides_value(source: str) -> bool:
    """Tell whether a semicolon at the end asks not to show the last value."""
    return source.rstrip().endswith(";")


INTERRUPTED = 130
_SNAPSHOT_SECONDS = 1.0
_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG


@dataclass(frozen=True, kw_only=True)
class ScriptSettings:
    """What the supervising process asks for.

    Args:
        report: the file to write the report to.
        select: codes of the only rules to check.
        ignore: codes of rules not to check.
        steps: end the run after so many optimizer steps; None to run to the end.
        stop: end a notebook at the first cell that raises.
        seed: what random generators start from; None to leave them alone.
        lines: rules, files and lines to fix at their calls; None to intercept none.
        fixes_file: the file to list the applied fixes in.
    """

    report: str
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    steps: int | None = None
    stop: bool = False
    seed: int | None = None
    lines: tuple[tuple[str, str, int], ...] | None = None
    fixes_file: str = ""

    def to_json(self) -> str:
        """Write the settings for the command line of the child."""
        return json.dumps(asdict(self))


class StepsReached(BaseException):
    """The run has made as many steps as asked for."""


class ScriptRun:
    """The script's run: its session, and the file its report goes to."""

    def __init__(self, settings: ScriptSettings, session: Session) -> None:
        self.settings, self.session = settings, session
        self.fixing: Fixing | None = None
        self._written_at = time.monotonic()
        session.after_step, session.on_news = self.after_step, self.write_snapshot
        self._leave = os._exit
        os._exit = self._exit_at_once

    def after_step(self) -> None:
        """Write a snapshot now and then; end the run if it has made enough steps."""
        if time.monotonic() - self._written_at > _SNAPSHOT_SECONDS:
            self.write_snapshot()
        if self.settings.steps is not None and self.session.state.steps >= self.settings.steps:
            raise StepsReached

    def write_snapshot(self) -> None:
        """Write what is known so far."""
        from losslab.doctor.intercept.reader import disable_interception

        with disable_interception():
            self.write(self.session.report(None))
        self._written_at = time.monotonic()

    def write(self, report: Report) -> None:
        """Write a report; a reader finds it whole or not at all."""
        if os.getpid() != self.session.process:
            return  # a fork of the script
        file, part = Path(self.settings.report), Path(f"{self.settings.report}.part")
        # The script may have emptied its temporary folder, or filled the disk.
        with contextlib.suppress(OSError):
            file.parent.mkdir(mode=0o700, exist_ok=True)
            values = redact_values(report.to_dict())
            part.write_text(json.dumps(values), encoding="utf-8")
            part.replace(file)

    def finish(self, error: BaseException | None, ended: str, traceback: str = "") -> None:
        """Write the last report; Ctrl-C does not disturb it."""
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
    """Run a script under watch and give the exit code it would have had.

    Args:
        settings: what to check and where to write it.
        script: its path.
        args: what it finds in ``sys.argv[1:]``.
    """
    path = os.path.abspath(script)
    sys.argv = [script, *args]
    sys.path.insert(0, os.path.dirname(path))
    module = ModuleType("__main__")
    module.__dict__.update(__file__=path, __builtins__=__builtins__)
    sys.modules["__main__"] = module
    keep = settings.lines is not None
    run = ScriptRun(settings, open_session(settings.select, settings.ignore, keep_sources=keep))
    _prepare(run)
    try:
        with intercept(run.session, run.fixing):
            raised = _execute(run, script, module.__dict__)
    except SystemExit as leaving:
        code_given, message = _exit_code(leaving)
        if message:
            print(message, file=sys.stderr)  # noqa: T201  as Python does
        run.finish(leaving, f"ended with exit code {code_given}")
        return code_given
    except StepsReached as reached:
        run.finish(reached, f"was ended after {run.session.state.steps} optimizer steps")
        return 0
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        run.finish(error, "was interrupted" if interrupted else f"raised {format_last_line(error)}")
        return INTERRUPTED if interrupted else 1
    ended = f"ran to its end; {', '.join(raised)} raised" if raised else "ran to its end"
    run.finish(None, ended, "\n".join(raised.values()))
    return int(bool(raised))


def _prepare(run: ScriptRun) -> None:
    """Set seeds and fixes, if this is a run of ``--prove``."""
    settings = run.settings
    if settings.seed is not None:
        from losslab.doctor.prove.fixing import Fixing, seed_everything

        seed_everything(settings.seed)
        if settings.lines is not None:
            run.fixing = Fixing(run.session, settings.lines)


def _execute(run: ScriptRun, script: str, namespace: dict[str, Any]) -> dict[str, str]:
    """Run the script, or the cells of a notebook; give the tracebacks of cells that raised."""
    path = namespace["__file__"]
    if not is_notebook(script):
        exec(compile(Path(path).read_bytes(), path, "exec"), namespace)
        return {}
    from losslab.doctor.notebook import read_cells

    cells = read_cells(path, script)
    os.chdir(os.path.dirname(path))  # where Jupyter runs it
    return run_cells(cells, run.session, namespace, stop=run.settings.stop)


def _exit_code(leaving: SystemExit) -> tuple[int, str]:
    """Read the argument of sys.exit as Python does."""
    if leaving.code is None:
        return 0, ""
    return (leaving.code & 0xFF, "") if isinstance(leaving.code, int) else (1, str(leaving.code))


def _die_with_parent() -> None:
    """Have the kernel end this process when its supervisor is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)


def main(argv: Sequence[str]) -> int:
    """Run as the child process."""
    _die_with_parent()
    values: dict[str, Any] = json.loads(argv[0])
    lists: dict[str, Any] = {key: tuple(values[key]) for key in ("select", "ignore")}
    if values.get("lines") is not None:
        lists["lines"] = tuple((rule, file, line) for rule, file, line in values["lines"])
    return run_script(ScriptSettings(**{**values, **lists}), argv[1], argv[2:])


if __name__ == "__main__":
    # The script becomes __main__, and this module must stay alive without being it.
    from losslab.doctor import script as _itself

    sys.exit(_itself.main(sys.argv[1:]))
