"""The script's process: how it ended is told truly, none survives, no secret gets out."""

import json
import os
import signal
import sys
import time

import pytest

from doctor_support.command import MISTAKE, doctor, doctor_running
from losslab.doctor.supervise import MOST_KEPT, Output
from processes.left import is_running

linux = pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux only")


@pytest.mark.parametrize(
    ("ending", "told", "code"),
    [
        ("raise SystemExit", "ended with exit code 0", 0),
        ("import sys; sys.exit(3)", "ended with exit code 3", 1),
        ("import sys; sys.exit('no')", "ended with exit code 1", 1),
        ("import os; os._exit(4)", "ended itself with os._exit(4)", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "was ended by SIGSEGV", 1),
        ("import os; os.chdir('/'); 1 / 0", "raised ZeroDivisionError: division by zero", 1),
        ("raise KeyboardInterrupt", "was interrupted", 1),
        ("def", "raised SyntaxError: invalid syntax", 1),
        ("import atexit, os; atexit.register(os._exit, 5)", "ended itself with os._exit(5)", 1),
        (
            "import argparse; argparse.ArgumentParser().parse_args(['-x'])",
            "ended with exit code 2",
            1,
        ),
    ],
)
def test_39_the_true_exit_cause_is_told(tmp_path, ending, told, code):
    done = doctor(tmp_path, script=ending + "\n")
    assert f"The script {told}.\n" in done.stdout
    assert done.returncode == code


@pytest.mark.parametrize(
    "ending", ["import os; os._exit(0)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
)
def test_39_findings_survive_a_script_that_is_killed(tmp_path, ending):
    done = doctor(tmp_path, "--json", script=MISTAKE + ending + "\n")
    assert [one["rule"] for one in json.loads(done.stdout)] == ["LL101"]


def test_39_a_script_that_hangs_and_ignores_sigterm_is_ended_in_time(tmp_path):
    script = MISTAKE + (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(3600)\n"
    )
    script += "open('slept', 'w').close()\n"
    done = doctor(tmp_path, "--timeout", "20", script=script)
    assert not (tmp_path / "slept").exists()
    assert "The script was ended after 20 seconds (--timeout)." in done.stdout
    assert "LL101" in done.stdout
    assert done.returncode == 1


@linux
def test_39_no_process_survives_not_even_one_forked_twice_in_its_own_session(tmp_path):
    script = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        open('pid', 'w').write(str(os.getpid()))\n"
        "        time.sleep(3600)\n"
        "    os._exit(0)\n"
        "while not os.path.exists('pid') or not open('pid').read(): time.sleep(0.01)\n"
    )
    done = doctor(tmp_path, script=script)
    assert not is_running(int((tmp_path / "pid").read_text(encoding="utf-8")))
    assert "left behind were ended" in done.stdout


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_39_the_script_ends_with_its_supervisor(tmp_path, number):
    script = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(3600)\n"
    with doctor_running(tmp_path, script=script) as parent:
        pid = wait_for(tmp_path / "pid", parent)
        parent.send_signal(number)
        done = parent.ended()
        while is_running(pid):
            time.sleep(0.02)
    if number == signal.SIGINT:
        assert "The script was interrupted." in done.stdout


@linux
def test_39_ctrl_c_at_the_terminal_reaches_both_and_is_told_once(tmp_path):
    script = (
        MISTAKE + "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(3600)\n"
    )
    with doctor_running(tmp_path, script=script, fresh=True) as parent:
        pid = wait_for(tmp_path / "pid", parent)
        os.killpg(parent.pid, signal.SIGINT)
        done = parent.ended()
    assert not is_running(pid)
    assert done.stdout.count("The script was interrupted.") == 1
    assert "LL101" in done.stdout
    assert done.stderr.count("KeyboardInterrupt") == 1


def wait_for(file, child):
    """Wait until a child has written its id."""
    while not file.exists() or not file.read_text(encoding="utf-8"):
        assert child.poll() is None, child.ended()
        time.sleep(0.02)
    return int(file.read_text(encoding="utf-8"))


def test_forks_and_loader_workers_run_and_are_silent(tmp_path):
    script = (
        "import torch\n"
        "from torch.utils.data import DataLoader\n"
        "if __name__ == '__main__':\n"
        "    rows = list(DataLoader(torch.arange(6.0), batch_size=2, num_workers=2))\n"
        "    print(torch.cat(rows).sum())\n"
    )
    done = doctor(tmp_path, script=script)
    assert done.stdout.startswith("tensor(15.)\n"), done.stderr
    assert done.returncode == 0


def test_40_secrets_do_not_get_into_the_report(tmp_path, monkeypatch):
    monkeypatch.setenv("SERVICE_TOKEN", "correct-horse-battery")
    script = (
        "import os\n"
        "key = 'sk-abcdefghijklmnop1234'\n"
        "raise ValueError(os.environ['SERVICE_TOKEN'] + ' and ' + key)  # ghp_0123456789abcdef\n"
    )
    done = doctor(tmp_path, script=script)
    said = "ValueError: <value of SERVICE_TOKEN> and <secret>"
    assert f"The script raised {said}.\n" in done.stdout
    assert done.stderr.endswith(f"{said}\n")
    for secret in ("horse", "abcdefghij", "ghp_"):
        assert secret not in done.stdout + done.stderr


def test_40_megabytes_that_are_no_text_are_passed_on_unchanged(tmp_path):
    script = "import sys\nsys.stdout.buffer.write(bytes(range(256)) * 40_000)\n"
    done = doctor(tmp_path, script=script, text=False)
    whole = bytes(range(256)) * 40_000
    assert done.stdout.startswith(whole + b"The script ran to its end.\n")
    assert done.returncode == 0


@pytest.mark.parametrize("script", [MISTAKE, ""], ids=["error", "nothing"])
def test_the_exit_code_stays_true_when_nobody_reads_the_report(tmp_path, script):
    with doctor_running(tmp_path, script=script) as process:
        process.stdout.close()
        error = process.stderr.read()
        assert process.wait() == int(bool(script))
    assert "Broken" not in error


def test_a_script_may_empty_its_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    script = MISTAKE + "import shutil, tempfile\nshutil.rmtree(tempfile.gettempdir())\n"
    script += "import os\nos.mkdir(tempfile.gettempdir())\n"
    done = doctor(tmp_path, script=script)
    assert "The script ran to its end.\nFound: 1 error.\n" in done.stdout
    assert done.stderr == ""
    assert [*(tmp_path / "own").iterdir()] == []


def test_without_any_temporary_folder_the_script_still_ends_as_it_would_alone(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    script = (
        MISTAKE + "import shutil, tempfile\nshutil.rmtree(tempfile.gettempdir())\nprint('on')\n"
    )
    done = doctor(tmp_path, script=script)
    assert done.stdout.startswith("on\nThe script ended with exit code 0.\n")
    assert "its temporary folder was lost" in done.stdout
    assert done.stderr == ""


def test_other_processes_compute_and_are_said_to_be_unchecked(tmp_path):
    script = (
        "import multiprocessing as mp\n"
        "def work(queue): queue.put(7)\n"
        "if __name__ == '__main__':\n"
        "    context = mp.get_context('spawn')\n"
        "    queue = context.Queue()\n"
        "    process = context.Process(target=work, args=(queue,))\n"
        "    process.start()\n"
        "    print(queue.get())\n"
        "    process.join()\n"
    )
    done = doctor(tmp_path, script=script)
    assert done.stdout.startswith("7\nThe script ran to its end.\n"), done.stderr
    assert "what other processes computed was not checked" in done.stdout
    assert "left behind" not in done.stdout


def test_of_endless_output_only_the_end_is_kept(tmp_path):
    (tmp_path / "long").write_bytes(b"\xc3\xa9" * (3 * MOST_KEPT) + b"\xff last\n")
    told = []
    with (tmp_path / "long").open("rb") as stream:
        output = Output(told.append).read(stream)
    assert output.text.endswith("\u00e9\ufffd last\n")
    assert len(output.text) == MOST_KEPT
    assert len("".join(told)) == 3 * MOST_KEPT + len("? last\n")
