"""``pytest --losslab-doctor``: tests are watched, and errors fail the run."""

import tomllib
from importlib import import_module

import pytest

from processes.interpreters import TESTS, run

ROOT = TESTS.parent
WRONG = """
import torch
import torch.nn.functional as F
from torch import nn

def train():
    net = nn.Linear(2, 1)
    return F.mse_loss(net(torch.ones(8, 2)), torch.ones(8)).backward()

def test_one():
    train()

def test_two():
    train()
"""
RIGHT = WRONG.replace("torch.ones(8))", "torch.ones(8, 1))")


def pytest_run(folder, *args, text=WRONG, **more):
    """Run pytest on a file; the plugin comes from here, whether or not losslab is installed."""
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    plugin = ["-p", "no:losslab", "-p", "losslab.doctor.pytest_plugin", "-p", "no:cacheprovider"]
    command = ["-m", "pytest", *plugin, "-W", "ignore", *args]
    return run(*command, folder=folder, env={"PYTEST_ADDOPTS": ""}, **more)


def test_the_plugin_is_an_entry_point():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (module,) = project["entry-points"]["pytest11"].values()
    assert import_module(module).pytest_addoption


def test_errors_are_shown_once_with_their_count_and_fail_the_run(tmp_path):
    done = pytest_run(tmp_path, "--losslab-doctor")
    assert done.returncode == 1
    assert "2 passed" in done.stdout
    assert "= losslab doctor =" in done.stdout
    assert done.stdout.count("test_it.py:8: error LL101 silent-broadcast (2 times)") == 1
    assert "Watched: 2 loss calls, 2 backwards" in done.stdout


def test_it_is_off_unless_asked(tmp_path):
    done = pytest_run(tmp_path)
    assert done.returncode == 0
    assert "losslab" not in done.stdout


def test_without_errors_the_run_passes_and_says_what_was_not_checked(tmp_path):
    done = pytest_run(tmp_path, "--losslab-doctor", text=RIGHT)
    assert done.returncode == 0
    assert "Found: nothing." in done.stdout
    assert "no optimizer made a step" in done.stdout


def test_a_failing_test_is_diagnosed_and_a_caught_exception_is_not(tmp_path):
    text = """
import pytest, torch

def call():
    torch.nn.Linear(2, 1)(torch.ones(8, 3))

def test_fails():
    call()

def test_expects():
    with pytest.raises(RuntimeError):
        torch.nn.Linear(2, 1)(torch.ones(8, 3))
"""
    done = pytest_run(tmp_path, "--losslab-doctor", text=text)
    assert done.returncode == 1
    assert done.stdout.count("error LL001") == 1
    assert "test_it.py:5: error LL001" in done.stdout


def test_evidence_of_one_test_is_not_held_against_another(tmp_path):
    text = """
import torch

def test_an_optimizer_without_gradients():
    optimizer = torch.optim.SGD([torch.ones(2, requires_grad=True)], lr=0.1)
    for _ in range(3):
        optimizer.step()

def test_gradients_without_an_optimizer():
    for _ in range(3):
        torch.nn.Linear(2, 1)(torch.ones(4, 2)).sum().backward()
"""
    done = pytest_run(tmp_path, "--losslab-doctor", text=text)
    assert "LL301" not in done.stdout


def test_fixtures_are_watched_and_selection_comes_from_pyproject(tmp_path):
    text = WRONG.replace("def test_one", "import pytest\n@pytest.fixture\ndef fit").split(
        "def test_two"
    )[0]
    text += "def test_fit(fit):\n    pass\n"
    assert pytest_run(tmp_path, "--losslab-doctor", text=text).returncode == 1
    (tmp_path / "pyproject.toml").write_text(
        '[tool.losslab.doctor]\nignore = ["LL101"]\n', encoding="utf-8"
    )
    assert pytest_run(tmp_path, "--losslab-doctor", text=text).returncode == 0


def test_workers_of_xdist_hand_over_what_they_found(tmp_path):
    pytest.importorskip("xdist")
    done = pytest_run(tmp_path, "--losslab-doctor", "-n", "2", fresh=True)
    assert done.returncode == 1
    assert done.stdout.count("error LL101 silent-broadcast (2 times)") == 1
