"""Supervision: runs a script under watch in its own process and cleans up its descendants."""

import codecs
import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any

import psutil

from losslab.core.errors import DataError
from losslab.doctor.notebook import is_notebook, read_cells
from losslab.doctor.report import Report

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
_ROUNDS = 50
_CLEANUP_GRACE_SECONDS = 0.5


@contextmanager
def adopt_orphans() -> Iterator[None]:
    """Become the parent of orphaned descendants, so that they can still be found."""
    prctl: Any = ctypes.CDLL(None).prctl if sys.platform == "linux" else lambda *args: None
    prctl(_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_SUBREAPER, 0, 0, 0, 0)


def end_descendants(root: int, before: frozenset[psutil.Process]) -> int:
    """Kill the descendants of a process except those of ``before``; return their number.

    They have half a second to end by themselves, as helpers of multiprocessing do once their
    parent has ended.
    """
    psutil.wait_procs(list_descendants(root) - before, timeout=_CLEANUP_GRACE_SECONDS)
    ended: set[psutil.Process] = set()
    for _ in range(_ROUNDS):
        left = list_descendants(root) - before
        if not left:
            break
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=0.02)  # which reaps adopted children
        ended |= left
    return len(ended)


def list_descendants(root: int) -> frozenset[psutil.Process]:
    """List the descendants of a process."""
    return frozenset(psutil.Process(root).children(recursive=True))


MOST_KEPT = 1 << 20


class Output:
    """The end of a stream of text.

    Args:
        notify: Called with the text as it arrives.

    Examples:
        >>> with open(os.devnull, "rb") as nothing:
        ...     Output().read(nothing).text
        ''
    """

    def __init__(self, notify: Callable[[str], object] = lambda text: None) -> None:
        self._notify = notify
        self._kept = ""
        self._reader: threading.Thread | None = None

    @property
    def text(self) -> str:
        """The last million characters."""
        return self._kept[-MOST_KEPT:]

    def follow(self, stream: IO[bytes]) -> None:
        """Read a stream in a thread, so that the writer never waits."""
        self._reader = threading.Thread(target=self.read, args=(stream,), daemon=True)
        self._reader.start()

    def finish(self, seconds: float) -> None:
        """Wait for the end of the stream, with a time limit: a stray process may keep it open."""
        if self._reader is not None:
            self._reader.join(seconds)

    def read(self, stream: IO[bytes]) -> "Output":
        """Read a stream to its end."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while chunk := os.read(stream.fileno(), 1 << 16):
            text = decoder.decode(chunk)
            try:
                self._notify(text)
            except BrokenPipeError:  # the reader of the pipe has closed it
                self._notify = str.strip
            self._kept += text
            if len(self._kept) > 2 * MOST_KEPT:
                self._kept = self.text
        return self


_GRACE_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True)
class Rerun:
    """Options of one of the runs of ``--prove``.

    Args:
        seed: Seed of the generators of Python, NumPy and PyTorch.
        output: Receives the script's stdout.
        fixes_file: File to list the applied fixes in.
        lines: Rules, files and lines to fix; None to keep no inputs either.
        silent: Whether to drop the script's stderr.
    """

    seed: int
    output: Output
    fixes_file: str
    lines: tuple[tuple[str, str, int], ...] | None
    silent: bool


@dataclass(frozen=True, kw_only=True)
class Supervision:
    """Options of running a script.

    Args:
        select: Codes of the only rules to check.
        ignore: Codes of rules not to check.
        steps: Number of optimizer steps after which to end the run.
        timeout: Number of seconds after which to end the run.
        stop: Whether to end a notebook at the first cell that raises.
        quiet_stdout: Whether to send the script's stdout to stderr, as stdout is for the report.
        rerun: Options of one of several runs, for ``--prove``.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    steps: int | None = None
    timeout: float | None = None
    stop: bool = False
    quiet_stdout: bool = False
    rerun: Rerun | None = None


@dataclass(frozen=True)
class ScriptOutcome:
    """Outcome of a run: the report, and whether the script itself failed."""

    report: Report
    failed: bool

    @property
    def exit_code(self) -> int:
        """1 if there are errors or the script failed, otherwise 0."""
        return int(self.failed or bool(self.report.errors))


def _suggest_script(script: Path) -> str:
    """Suggest the script or notebook of the same folder with the most similar name."""
    known = {
        file.stem.lower(): str(file)
        for file in sorted(script.parent.glob("*.*"))
        if file.suffix in (".py", ".ipynb")
    }
    near = get_close_matches(script.stem.lower(), known, n=1)
    return f"did you mean {known[near[0]]!r}?" if near else "give a file's path"


def supervise(script: str, args: Sequence[str], how: Supervision) -> ScriptOutcome:
    """Run a script under watch in its own process; none of its descendants survives.

    Args:
        script: Path of the script.
        args: Arguments of the script.
        how: What to check and when to stop.

    Raises:
        DataError: If there is no such file, or a notebook cannot be read.
    """
    if not Path(script).is_file():
        raise DataError(
            "needed a Python script or notebook",
            got=f"{script!r}, which is no file",
            fix=_suggest_script(Path(script)),
        )
    if is_notebook(script):
        read_cells(script, script)  # raises here, with one clear message
    before = list_descendants(os.getpid())
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        stack.enter_context(adopt_orphans())
        stack.enter_context(_exit_on_sigterm())
        file = Path(folder, "report.json")
        child = subprocess.Popen(_make_command(script, args, how, file), **_choose_streams(how))
        if how.rerun is not None and child.stdout is not None:
            how.rerun.output.follow(stack.enter_context(child.stdout))
        try:
            stopped = _wait(child, how.timeout)
        finally:
            # The child itself has ended by now, unless an exception passes through here.
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            child.wait()
            left = end_descendants(os.getpid(), before)
            if how.rerun is not None:
                how.rerun.output.finish(_GRACE_SECONDS)
        if file.is_file():
            report = Report.from_dict(json.loads(file.read_text(encoding="utf-8")))
        else:
            report = Report(
                unchecked=[
                    "nothing: the script ended before there was a report, "
                    "or its temporary folder was lost"
                ]
            )
    if left:
        report.unchecked.append(f"{left} processes that the script left behind were ended")
    return _make_outcome(report, child.returncode, stopped)


def _make_command(script: str, args: Sequence[str], how: Supervision, file: Path) -> list[str]:
    rerun = how.rerun
    settings = {
        "report": str(file),
        "select": how.select,
        "ignore": how.ignore,
        "steps": how.steps,
        "stop": how.stop,
        "seed": None if rerun is None else rerun.seed,
        "lines": None if rerun is None else rerun.lines,
        "fixes_file": "" if rerun is None else rerun.fixes_file,
    }
    python = [sys.executable, *(f"-W{option}" for option in sys.warnoptions), "-P"]
    return [*python, "-m", "losslab.doctor.script", json.dumps(settings), script, *args]


def _choose_streams(how: Supervision) -> dict[str, Any]:
    """Choose the standard streams of the script's process."""
    if how.rerun is None:
        return {"stdout": 2 if how.quiet_stdout else None}
    return {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.DEVNULL if how.rerun.silent else None,
        "env": os.environ | {"PYTHONHASHSEED": str(how.rerun.seed)},
    }


def _wait(child: "subprocess.Popen[bytes]", timeout: float | None) -> str:
    """Wait for the child; describe why it was stopped, if it was."""
    try:
        child.wait(timeout)
    except subprocess.TimeoutExpired:
        _stop(child, signal.SIGTERM)
        return f"was ended after {timeout:g} seconds (--timeout)"
    except KeyboardInterrupt:
        # From a terminal the child gets the signal too; it ignores a second one.
        _stop(child, signal.SIGINT)
        return "was interrupted"
    return ""


def _stop(child: "subprocess.Popen[bytes]", number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(number)
    try:
        child.wait(_GRACE_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        child.kill()
        child.wait()


@contextmanager
def _exit_on_sigterm() -> Iterator[None]:
    """Turn SIGTERM into an exception, so that the script's processes are ended too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, frame: Any) -> None:
        raise SystemExit(128 + number)

    earlier = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)


def _make_outcome(report: Report, code: int, stopped: str) -> ScriptOutcome:
    if code < 0 and not stopped:
        names = {one.value: one.name for one in signal.Signals}
        stopped = f"was ended by {names.get(-code, f'signal {-code}')}"
    if stopped:
        report.ended = stopped
    elif not report.ended:
        report.ended = f"ended with exit code {code}"
    elif code and report.complete and report.ended == "ran to its end":
        report.ended = f"ran to its end, and then ended with exit code {code}"
    if not report.complete:
        report.unchecked.append("what came after the last snapshot, before the run was ended")
    return ScriptOutcome(report, failed=bool(code) or bool(stopped))
