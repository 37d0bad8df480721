"""Ctrl-C ends any command with one line and the exit status that shells expect of it."""

import os
import signal

import pytest

from command_line import run, start
from losslab.cli import main as entry
from losslab.cli import runs

COMMANDS = [(info.name, info) for info in entry.app.registered_commands]
COMMANDS += [
    (f"runs {info.name or info.callback.__name__}", info) for info in runs.app.registered_commands
]


@pytest.mark.parametrize(("name", "info"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_says_that_it_was_stopped(name, info, capfd, monkeypatch):
    def interrupt():
        raise KeyboardInterrupt

    interrupt.__name__ = info.callback.__name__  # which may be the command's name
    monkeypatch.setattr(info, "callback", interrupt)
    ended = run(capfd, monkeypatch, *name.split())
    assert ended.code == 130
    assert ended.out == ""
    going_on = ": finished runs are kept; to go on: losslab compare" if name == "compare" else ""
    assert ended.err == f"stopped{going_on}\n"


@pytest.mark.skipif(os.name != "posix", reason="sends a signal as Ctrl-C does")
@pytest.mark.parametrize(
    "words",
    [
        ("penalty", "breast_cancer", "--seeds", "50", "--epochs", "5000"),
        ("landscape", "moons", "--epochs", "100000"),
    ],
    ids=lambda words: words[0],
)
def test_long_commands_stop_half_way_and_leave_no_file(words, tmp_path):
    with start(tmp_path, *words) as child:
        assert child.stderr.readline(), "it says what it begins to do"
        child.send_signal(signal.SIGINT)
        code, out, err = child.ended()
    assert code == 130
    assert out == ""
    assert err.splitlines()[-1] == "stopped"
    assert "Aborted" not in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
