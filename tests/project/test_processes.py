"""How tests start interpreters: forks do as real ones do, and none is left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from processes.interpreters import CAN_FORK, TESTS, run, start
from processes.left import is_running

forks = pytest.mark.skipif(not CAN_FORK, reason="interpreters are forks on Linux only")
proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")


@forks
@pytest.mark.parametrize(
    "code",
    [
        "import sys, os; print(sys.argv, __name__, sys.stdin.read(), os.getcwd(), sys.path[0])",
        "import sys; print(1, file=sys.stderr); sys.exit(3)",
        "import sys; sys.exit('no')",
        "import os; os._exit(4)",
        "import os; os.kill(os.getpid(), 11)",
        "import atexit; atexit.register(print, 'last'); print('first')",
        "import threading as t, time; t.Thread(target=lambda: [time.sleep(0.1), print(1)]).start()",
        "import os; print(os.environ['ASKED'], 'UNASKED' in os.environ)",
        "import warnings; warnings.warn('unheard'); print('heard')",
        "import signal; print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGCHLD))",
    ],
)
def test_a_fork_writes_and_ends_as_a_fresh_interpreter_does(code, tmp_path):
    given = {
        "folder": tmp_path,
        "stdin": "typed",
        "env": {"ASKED": "so", "PYTHONWARNINGS": "ignore"},
    }
    assert run("-c", code, "-x", **given) == run("-c", code, "-x", **given, fresh=True)


@forks
def test_an_exception_is_told_and_ends_a_fork_with_1(tmp_path):
    (tmp_path / "wrong.py").write_text("1 / 0\n", encoding="utf-8")
    ended = run("wrong.py", folder=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.endswith("ZeroDivisionError: division by zero\n")


@proc
@pytest.mark.parametrize("fresh", [False, True])
def test_a_process_and_its_children_end_with_the_statement_that_started_it(fresh):
    code = (
        "import os, time\nif below := os.fork():\n    print(below, flush=True)\ntime.sleep(3600)\n"
    )
    with start("-c", code, fresh=fresh) as child:
        below = int(child.stdout.readline())
        assert is_running(child.pid)
        assert is_running(below)
    assert child.returncode == -9
    assert not is_running(child.pid)
    while is_running(below):
        pass


@proc
def test_a_test_that_leaves_a_process_behind_fails(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import subprocess, sys\n"
        "KEPT = []\n"
        "def test_leaves():\n"
        "    KEPT.append(subprocess.Popen([sys.executable, '-c', 'input()'], stdin=-1))\n"
        "def test_waits():\n"
        "    subprocess.run([sys.executable, '-c', ''], check=True)\n",
        encoding="utf-8",
    )
    options = ["-p", "processes.left", "-p", "no:cacheprovider", "-p", "no:randomly", "-q"]
    tests = str(TESTS)
    ended = run("-m", "pytest", *options, folder=tmp_path, env={"PYTHONPATH": tests})
    assert "1 error" in ended.stdout
    assert "ERROR test_it.py::test_leaves - AssertionError: processes [" in ended.stdout
    assert "2 passed" in ended.stdout


def test_the_server_of_forks_ends_with_the_tests_that_use_it():
    code = (
        "from processes import interpreters as own\n"
        "print(own.run('-c', 'print(7)').stdout)\n"
        "print(own.Server.process.pid if own.CAN_FORK else 0)\n"
    )
    tests = str(TESTS)
    told = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": tests},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert told[0] == "7"
    while int(told[1]) and is_running(int(told[1])):
        pass
