"""Tries mistakes in a copy of the project, each in a fork that has all but losslab imported."""

import contextlib
import gc
import importlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from mutation.areas import checks_of, passes

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SECONDS = 300
MOST_KNOWN = 8
HEAVY = (
    *("hypothesis.strategies", "matplotlib.figure", "mpmath", "numba", "pandas", "pytest", "rich"),
    *("scipy.optimize", "scipy.stats", "sklearn.ensemble", "sklearn.linear_model"),
    *("sklearn.model_selection", "torch._dynamo", "typer"),
)


def work(folder, tasks, answers) -> None:
    """Answer tasks until there are no more."""
    try:
        worker = Worker(_copied(Path(folder)))
        for job in iter(tasks.get, None):
            answers.put({**job, "text": None, **worker.judge(job)})
    except BaseException as error:
        answers.put(error)
        raise


class Worker:
    """A copy of the project, and what the tests say of it."""

    def __init__(self, folder: Path):
        self.folder = folder
        os.chdir(folder)
        paths = [str(folder / name) for name in ("src", "tests", ".")]
        sys.path[:0] = paths
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        sys.dont_write_bytecode = True
        self.healthy: set[str] = set()
        self.killers: dict[str, list[str]] = {}
        self.notes = folder.with_name(f"{folder.name}.txt")  # what the last tests have printed
        _import_heavy()

    def judge(self, job: dict) -> dict:
        """Make a mistake and say which tests have noticed it, if any have, and after how long."""
        begun = time.monotonic()
        for name, check in self._checks(job):
            path = self.folder / job["file"]
            right = path.read_text(encoding="utf-8")
            path.write_text(job["text"], encoding="utf-8")
            try:
                ended = self._fork(check)
            finally:
                path.write_text(right, encoding="utf-8")
            if ended != "passed":
                self._remember(job["file"])
                return {"by": name, "ended": ended, "seconds": time.monotonic() - begun}
        return {"by": None, "ended": "passed", "seconds": time.monotonic() - begun}

    def _checks(self, job: dict) -> Iterator[tuple[str, Callable[[], bool]]]:
        """Give checks that pass without a mistake, the most likely to notice this one first."""
        known = self.killers.get(job["file"])
        if known:
            yield "what noticed another", partial(passes, known[-MOST_KNOWN:])
        for name, check in checks_of(job["area"], job["file"], job["line"], job["quick"]):
            if name not in self.healthy and self._fork(check) != "passed":
                said = self.notes.read_text(encoding="utf-8", errors="replace")[-4000:]
                raise RuntimeError(f"{name} fails without a mistake in {job['file']}:\n{said}")
            self.healthy.add(name)
            yield name, check

    def _remember(self, file: str) -> None:
        """Remember which tests have noticed a mistake in a file, the latest at the end."""
        said = self.notes.read_text(encoding="utf-8", errors="replace")
        known = self.killers.setdefault(file, [])
        # Without its parameters, whose texts may hold anything.
        for test in re.findall(r"^(?:FAILED|ERROR) ([^\s\[]+::[^\s\[]+)", said, re.MULTILINE):
            known[:] = [*(one for one in known if one != test), test]

    def _fork(self, check) -> str:
        """Check in a fork: ``passed``, ``failed`` or ``late``."""
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.setsid()
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                said = os.open(self.notes, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                for stream in (1, 2):
                    os.dup2(said, stream)
                code = 0 if check() else 1
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                os._exit(code)
        end = time.monotonic() + LONGEST_SECONDS
        status = None
        while status is None and time.monotonic() < end:
            done, code = os.waitpid(child, os.WNOHANG)
            status = code if done else None
            time.sleep(0.01)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # also what the tests have left
        if status is None:
            os.waitpid(child, 0)
            return "late"
        return "passed" if status == 0 else "failed"


def _import_heavy() -> None:
    """Import once what every test needs, and nothing of losslab."""
    for name in HEAVY:
        importlib.import_module(name)
    sys.modules["torch"].set_num_threads(1)
    assert "losslab" not in sys.modules
    gc.collect()
    gc.freeze()  # so that a fork's collector leaves the pages that it shares


def _copied(folder: Path) -> Path:
    """Copy what git knows of the project, as it is now."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder
