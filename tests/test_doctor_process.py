"""``losslab doctor SCRIPT``: the script runs as it would alone, and how it ended is told truly."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from doctor_support.corpus import BAD, GOOD, expected
from losslab.core.errors import LosslabError
from losslab.doctor.selection import read_selection
from losslab.doctor.supervise import Supervision, supervise

MISTAKE = """
import torch
import torch.nn.functional as F
net = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
def step():
    loss = F.mse_loss(net(torch.ones(8, 2)), torch.ones(8))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
step()
"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux only")


def doctor(folder, *args, script=None, stdin=None, **more):
    """Run the command in a folder, with the text of a script if there is one."""
    if script is not None:
        (folder / "train.py").write_text(script, encoding="utf-8")
        args = (*args, "train.py") if "train.py" not in args else args
    return subprocess.run(
        [sys.executable, "-m", "losslab", "doctor", *args],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"},
        **more,
    )


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


CASES = [*BAD[::6], GOOD[0]]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_command_finds_what_the_corpus_expects(path, tmp_path):
    done = doctor(tmp_path, "--json", str(path))
    found = json.loads(done.stdout)
    assert [(one["rule"], one["line"]) for one in found] == expected(path), done.stderr
    assert done.returncode == int(any(one["severity"] == "error" for one in found))


def test_the_report_names_place_numbers_reason_and_fix(tmp_path):
    done = doctor(tmp_path, script=MISTAKE)
    assert done.returncode == 1
    assert done.stdout == (
        "train.py:7: error LL101 silent-broadcast\n"
        "    seen  prediction (8, 1), target (8,): the loss is over all 8 x 8 pairs\n"
        "    why   Every prediction is compared with every target, so the best the model can do is"
        " to predict\n"
        "          the mean. Nothing is raised.\n"
        "    fix   prediction.squeeze(1), or target.unsqueeze(1): the same shape on both sides\n"
        "\n"
        "The script ran to its end.\n"
        "Found: 1 error.\n"
        "Watched: 1 loss call, 1 backward, 1 optimizer step, 1 optimizer, 0 comparisons,"
        " 0 reductions.\n"
    )


def test_json_has_the_promised_fields_and_the_scripts_output_goes_to_stderr(tmp_path):
    done = doctor(tmp_path, "--json", script=MISTAKE + "print('hello')\n")
    (finding,) = json.loads(done.stdout)
    fields = ["rule", "name", "severity", "file", "line", "message", "fix", "count"]
    assert list(finding) == fields
    assert done.stderr == "hello\n"


def test_sarif_names_rule_file_and_line(tmp_path):
    done = doctor(tmp_path, "--sarif", script=MISTAKE)
    log = json.loads(done.stdout)
    (result,) = log["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert log["version"] == "2.1.0"
    assert (result["ruleId"], result["level"]) == ("LL101", "error")
    assert place == {"artifactLocation": {"uri": "train.py"}, "region": {"startLine": 7}}
    assert "LL101" in [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]


def test_the_script_sees_what_it_would_see_alone(tmp_path):
    script = (
        "import sys, os, neighbour\n"
        "print(sys.argv, __name__, os.path.basename(__file__), neighbour.X, sys.stdin.read())\n"
        "print(sys.path[0] == os.path.dirname(__file__))\n"
        "print(sys.modules['__main__'].__dict__ is globals())\n"
    )
    (tmp_path / "neighbour.py").write_text("X = 7\n")
    done = doctor(tmp_path, "train.py", "--json", "-x", "--", "1", script=script, stdin="typed")
    assert done.stdout.splitlines()[:3] == [
        "['train.py', '--json', '-x', '--', '1'] __main__ train.py 7 typed",
        "True",
        "True",
    ]


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


def test_the_scripts_own_traceback_stands_last_and_shows_no_frame_of_ours(tmp_path):
    script = "import torch\ntorch.nn.Linear(3, 1)(torch.ones(2, 4))\n"
    done = doctor(tmp_path, script=script)
    assert "LL001" in done.stdout
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert done.stderr.endswith("(2x4 and 3x1)\n")
    assert "losslab" not in done.stderr.replace(str(tmp_path), "")


def test_39_a_script_that_hangs_and_ignores_sigterm_is_ended_in_time(tmp_path):
    script = MISTAKE + (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)\n"
    )
    start = time.monotonic()
    done = doctor(tmp_path, "--timeout", "8", script=script)
    assert time.monotonic() - start < 60
    assert "The script was ended after 8 seconds (--timeout)." in done.stdout
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
        "        time.sleep(600)\n"
        "    os._exit(0)\n"
        "while not os.path.exists('pid') or not open('pid').read(): time.sleep(0.01)\n"
    )
    done = doctor(tmp_path, script=script)
    assert not alive(int((tmp_path / "pid").read_text()))
    assert "left behind were ended" in done.stdout


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_39_the_script_ends_with_its_supervisor(tmp_path, number):
    script = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    (tmp_path / "train.py").write_text(script)
    command = [sys.executable, "-m", "losslab", "doctor", "train.py"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=-1, stderr=-1, text=True) as parent:
        pid = wait_for(tmp_path / "pid")
        parent.send_signal(number)
        out, _ = parent.communicate(timeout=60)
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(pid)
    if number == signal.SIGINT:
        assert "The script was interrupted." in out


def wait_for(file):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if file.exists() and file.read_text():
            return int(file.read_text())
        time.sleep(0.02)
    pytest.fail("the script did not start in time")


def test_steps_end_the_run_and_say_what_was_not_seen(tmp_path):
    script = MISTAKE + "for _ in range(10**9): step()\n"
    done = doctor(tmp_path, "--steps", "3", script=script)
    assert "The script was ended after 3 optimizer steps.\n" in done.stdout
    assert "what comes after optimizer step 3" in done.stdout
    assert "3 loss calls, 3 backwards, 3 optimizer steps" in done.stdout


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


def test_bad_usage_is_one_clear_message(tmp_path):
    missing = doctor(tmp_path, "absent.py")
    assert missing.returncode == 2
    assert missing.stderr.startswith("error: needed a Python script, but got 'absent.py'")
    wrong = doctor(tmp_path, "--select", "LL777", script="")
    assert wrong.returncode == 2
    assert "needed the code or name of a rule" in wrong.stderr


def test_rules_are_listed_and_explained(tmp_path):
    listed = doctor(tmp_path, "--list")
    assert listed.stdout.startswith("LL001  error")
    explained = doctor(tmp_path, "--explain", "ll201")
    assert explained.stdout.startswith("LL201 softmax-before-cross-entropy (error)\n")
    assert "Blind spots" in explained.stdout


def test_the_table_of_pyproject_is_read_from_the_folder_of_the_call(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.losslab.doctor]\nignore = ["LL1"]\n')
    assert doctor(tmp_path, script=MISTAKE).returncode == 0
    assert read_selection(tmp_path).ignore == ("LL1",)


def test_supervise_refuses_what_is_no_file(tmp_path):
    with pytest.raises(LosslabError, match="needed a Python script"):
        supervise(str(tmp_path), [], Supervision())
