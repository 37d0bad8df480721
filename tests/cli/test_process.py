"""A comparison survives being killed, interrupted, crowded out and short of disk."""

import json
import os
import signal
import time
from contextlib import suppress

import pytest

from command_line import SMALL, ended, run, start
from losslab.core.errors import LosslabError
from losslab.experiment.store import read_records
from processes import interpreters

# Long enough to be stopped in the middle, on a fast machine too.
LONG = [
    *("moons", "--loss", "mse,l1,hinge", "--hidden", "64,64,64,64", "--epochs", "200"),
    *("--lr", "0.003,0.01", "--repeats", "1", "--no-reference", "--json"),
]


def stored(folder):
    path = folder / "losslab-runs.sqlite"
    return {} if not path.exists() else {record.key: record for record in read_records(path)}


def wait_for_runs(child, folder, least):
    """Wait until a running comparison has committed something."""
    while child.poll() is None:
        with suppress(LosslabError):  # the file may not be a store yet
            if len(stored(folder)) >= least:
                return
        time.sleep(0.02)
    if len(stored(folder)) < least:
        pytest.fail(f"fewer than {least} runs were stored; {child.ended()}")


def test_20_killed_at_any_time_it_loses_no_committed_run_and_goes_on(tmp_path):
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    whole.mkdir()
    torn.mkdir()
    code, out, err = ended(whole, "compare", *LONG, fresh=True)
    assert code == 0, err
    committed = {}
    for least in (1, 8, 16):
        with start(torn, "compare", *LONG) as child:
            wait_for_runs(child, torn, least)
            child.kill()
        now = stored(torn)
        assert committed.keys() <= now.keys()
        committed = now
    code, resumed, err = ended(torn, "compare", *LONG)
    assert code == 0, err
    first, second = json.loads(out), json.loads(resumed)
    assert second["runs_reused"] >= 16
    assert stored(whole).keys() == stored(torn).keys()
    assert first["rows"] == second["rows"]
    assert first["verdict"] == second["verdict"]


@pytest.mark.skipif(os.name != "posix", reason="sends a signal as Ctrl-C does")
def test_23_ctrl_c_keeps_finished_runs_and_prints_how_to_go_on(tmp_path):
    with start(tmp_path, "compare", *LONG, fresh=True) as child:
        wait_for_runs(child, tmp_path, 1)
        child.send_signal(signal.SIGINT)
        code, out, err = child.ended()
    assert code == 130
    assert "Traceback" not in err
    assert "to go on: losslab compare moons --loss mse,l1,hinge" in err
    assert out == ""
    kept = len(stored(tmp_path))
    assert kept > 0
    code, out, err = ended(tmp_path, "compare", *LONG)
    assert code == 0, err
    assert json.loads(out)["runs_reused"] >= kept
    assert json.loads(out)["runs_trained"] > 0, "it was stopped before it was through"


@pytest.mark.skipif(os.name != "posix", reason="sends a signal as Ctrl-C does")
def test_23_ctrl_c_twice_stops_too(tmp_path):
    with start(tmp_path, "compare", *LONG) as child:
        wait_for_runs(child, tmp_path, 1)
        child.send_signal(signal.SIGINT)
        time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        assert child.ended().returncode != 0
    assert len(stored(tmp_path)) > 0


def test_27_a_second_driver_of_one_store_is_told_who_holds_it(tmp_path):
    with start(tmp_path, "compare", *LONG) as first:
        wait_for_runs(first, tmp_path, 1)
        first.send_signal(signal.SIGSTOP)  # it stays, however slow the second one is
        code, _, err = ended(tmp_path, "compare", *LONG)
        assert code == 2
        assert str(first.pid) in err
        assert "since" in err
        first.kill()
    # The lock of a dead process holds nobody up.
    code, _, err = ended(tmp_path, "compare", *LONG, "--loss", "mse", "--lr", "0.01")
    assert code == 0, err


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files as a full disk does")
def test_22_a_report_that_does_not_fit_leaves_the_old_one(tmp_path):
    old = "<title>the old report (losslab)</title>"
    (tmp_path / "losslab-report.html").write_text(old, encoding="utf-8")
    limited = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))\n"
        "from losslab.cli.main import main\n"
        "main()\n"
    )
    words = ["compare", "moons", *SMALL, "--loss", "hinge,l1"]
    child = interpreters.run("-c", limited, *words, folder=tmp_path)
    assert child.returncode == 2
    assert "losslab-report.html" in child.stderr
    assert "bytes free" in child.stderr
    assert "Traceback" not in child.stderr
    assert (tmp_path / "losslab-report.html").read_text(encoding="utf-8") == old
    code, out, err = ended(tmp_path, *words, "--json")
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
