"""A comparison survives being killed, interrupted, crowded out and short of disk."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from command_line import SMALL, run, start
from losslab.core.errors import LosslabError
from losslab.experiment.store import read_records

# Long enough to be stopped in the middle, on a fast machine too.
LONG = [
    *("moons", "--loss", "mse,l1,hinge", "--hidden", "64,64,64,64", "--epochs", "200"),
    *("--no-reference", "--json"),
]


def stored(folder):
    path = folder / "losslab-runs.sqlite"
    return {} if not path.exists() else {record.key: record for record in read_records(path)}


def wait_for_runs(child, folder, least):
    """Wait until a running comparison has committed something."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and child.poll() is None:
        try:
            if len(stored(folder)) >= least:
                return
        except LosslabError:  # the file may not be a store yet
            pass
        time.sleep(0.02)
    pytest.fail(f"no {least} runs were stored in time; the child ended with {child.poll()}")


def ended(child):
    out, err = child.communicate(timeout=120)
    return child.returncode, out, err


def test_20_killed_at_any_time_it_loses_no_committed_run_and_goes_on(tmp_path):
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    whole.mkdir()
    torn.mkdir()
    code, out, err = ended(start(whole, "compare", *LONG))
    assert code == 0, err
    committed = {}
    for least in (1, 40, 80):
        child = start(torn, "compare", *LONG)
        wait_for_runs(child, torn, least)
        child.kill()
        child.communicate()
        now = stored(torn)
        assert committed.keys() <= now.keys()
        committed = now
    code, resumed, err = ended(start(torn, "compare", *LONG))
    assert code == 0, err
    first, second = json.loads(out), json.loads(resumed)
    assert second["runs_reused"] >= 80
    assert stored(whole).keys() == stored(torn).keys()
    assert first["rows"] == second["rows"]
    assert first["verdict"] == second["verdict"]


@pytest.mark.skipif(os.name != "posix", reason="sends a signal as Ctrl-C does")
def test_23_ctrl_c_keeps_finished_runs_and_prints_how_to_go_on(tmp_path):
    child = start(tmp_path, "compare", *LONG, start_new_session=True)
    wait_for_runs(child, tmp_path, 1)
    sent = time.monotonic()
    os.kill(child.pid, signal.SIGINT)
    code, out, err = ended(child)
    assert code == 130
    assert time.monotonic() - sent < 20
    assert "Traceback" not in err
    assert "to go on: losslab compare moons --loss mse,l1,hinge" in err
    assert out == ""
    kept = len(stored(tmp_path))
    assert kept > 0
    code, out, err = ended(start(tmp_path, "compare", *LONG))
    assert code == 0, err
    assert json.loads(out)["runs_reused"] >= kept


@pytest.mark.skipif(os.name != "posix", reason="sends a signal as Ctrl-C does")
def test_23_ctrl_c_twice_stops_too(tmp_path):
    child = start(tmp_path, "compare", *LONG, start_new_session=True)
    wait_for_runs(child, tmp_path, 1)
    os.kill(child.pid, signal.SIGINT)
    time.sleep(0.05)
    os.kill(child.pid, signal.SIGINT)
    child.communicate(timeout=20)
    assert child.returncode not in (None, 0)
    assert len(stored(tmp_path)) > 0


def test_27_a_second_driver_of_one_store_is_told_who_holds_it(tmp_path):
    first = start(tmp_path, "compare", *LONG, "--epochs", "4000")
    wait_for_runs(first, tmp_path, 1)
    code, _, err = ended(start(tmp_path, "compare", *LONG))
    assert code == 2
    assert str(first.pid) in err
    assert "since" in err
    first.kill()
    first.communicate()
    # The lock of a dead process holds nobody up.
    code, _, err = ended(start(tmp_path, "compare", *LONG, "--loss", "mse", "--lr", "0.01"))
    assert code == 0, err


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files as a full disk does")
def test_22_a_report_that_does_not_fit_leaves_the_old_one(tmp_path):
    old = "<title>the old report (losslab)</title>"
    (tmp_path / "losslab-report.html").write_text(old)
    limited = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))\n"
        "from losslab.cli.main import main\n"
        "main()\n"
    )
    words = ["compare", "moons", *SMALL, "--loss", "hinge,l1"]
    child = subprocess.run(
        [sys.executable, "-c", limited, *words],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert child.returncode == 2
    assert "losslab-report.html" in child.stderr
    assert "bytes free" in child.stderr
    assert "Traceback" not in child.stderr
    assert (tmp_path / "losslab-report.html").read_text() == old
    code, out, err = ended(start(tmp_path, *words, "--json"))
    assert code == 0, err
    assert json.loads(out)["runs_trained"] == 0


def test_19_ties_share_a_rank_and_diverged_candidates_come_last(capfd, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    words = ["--optimizer", "sgd", "--lr", "0.01,1e30", "--hidden", "8", "--epochs", "2"]
    more = ["--repeats", "1", "--splits", "3", "--no-reference", "--loss", "mse", "--json"]
    found = run(capfd, monkeypatch, "compare", "diabetes", *words, *more)
    rows = json.loads(found.out)["rows"]
    assert [row["verdict"] for row in rows] == ["best", "diverged"]
    assert rows[-1]["mean"] is None
    assert rows[-1]["diverged"] == 3


def test_everything_diverged_is_said_and_exits_with_1(capfd, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    words = ["--optimizer", "sgd", "--lr", "1e30", "--hidden", "8", "--epochs", "2"]
    found = run(capfd, monkeypatch, "compare", "diabetes", *words, "--repeats", "1")
    assert found.code == 1
    assert "diverged" in found.out
