"""Tries mistakes in a copy of the project, each in a fork that has all but losslab imported."""

import contextlib
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
                    raise RuntimeError(f"{name} fails without a mistake in {job['file']}")
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
                if "MUTATION_SHOW" not in os.environ:
                    nowhere = os.open(os.devnull, os.O_RDWR)
                    for stream in (0, 1, 2):
                        os.dup2(nowhere, stream)
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
    import gc

    import hypothesis
    import numba
    import pytest
    import scipy.stats
    import sklearn.ensemble
    import sklearn.linear_model
    import sklearn.model_selection
    import torch._dynamo

    torch.set_num_threads(1)
    for module in (hypothesis, numba, pytest, scipy.stats, sklearn):
        assert module.__name__ in sys.modules
    assert "losslab" not in sys.modules
    gc.collect()
    gc.freeze()


def _copied(folder: Path) -> Path:
    """Copy what git knows of the project, as it is now."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder
