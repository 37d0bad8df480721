"""Tries mistakes in a copy of the project, each in a fork that has all but losslab imported."""

import contextlib
import gc
import importlib
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

from mutation.areas import checks_of

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SECONDS = 300
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
        self.healthy: dict = {}
        self.said = folder.with_name(f"{folder.name}.txt")  # what the last tests have printed
        _import_heavy()

    def judge(self, job: dict) -> dict:
        """Make a mistake and say which test has noticed it, if one has, and after how long."""
        path = self.folder / job["file"]
        right = path.read_text(encoding="utf-8")
        begun = time.monotonic()
        for name, check in checks_of(job["area"], job["file"]):
            if (name, job["file"]) not in self.healthy:
                self.healthy[name, job["file"]] = self._fork(check) == "passed"
                if not self.healthy[name, job["file"]]:
                    said = self.said.read_text(encoding="utf-8", errors="replace")[-4000:]
                    raise RuntimeError(f"{name} fails without a mistake in {job['file']}:\n{said}")
            path.write_text(job["text"], encoding="utf-8")
            try:
                ended = self._fork(check)
            finally:
                path.write_text(right, encoding="utf-8")
            if ended != "passed":
                return {"by": name, "ended": ended, "seconds": time.monotonic() - begun}
        return {"by": None, "ended": "passed", "seconds": time.monotonic() - begun}

    def _fork(self, check) -> str:
        """Check in a fork: ``passed``, ``failed`` or ``late``."""
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.setsid()
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                said = os.open(self.said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
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
