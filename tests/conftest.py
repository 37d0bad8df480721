"""Fixtures that several test modules share."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from processes import left
from processes.interpreters import Server, end_server

# A busy machine must not fail a test.
settings.register_profile("losslab", deadline=None)
settings.load_profile("losslab")

# The processes that ran before the present test.
RUNNING: list[int] = []

# A relative folder is meant from where pytest started; some tests work in a folder of their own.
if os.environ.get("LOSSLAB_DATA"):
    os.environ["LOSSLAB_DATA"] = str(Path(os.environ["LOSSLAB_DATA"]).resolve())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    """Note what runs before a test, to tell what it leaves behind."""
    RUNNING[:] = left.children()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Fail a test that leaves a process behind, which would disturb those after it."""
    yield
    kept = {*RUNNING, *Server.ids()}
    behind = left.children() - kept
    left.end(behind)
    assert not behind, f"processes {sorted(behind)} were left behind"


def pytest_unconfigure() -> None:
    """End what the tests have shared, and see that nothing is left."""
    end_server()


@pytest.fixture
def real_data() -> Callable[[str], Path]:
    """Give the path of a real table in the folder LOSSLAB_DATA, or skip, saying which it lacks."""

    def find(name: str) -> Path:
        path = Path(os.environ.get("LOSSLAB_DATA", ""), name)
        if "LOSSLAB_DATA" not in os.environ or not path.is_file():
            pytest.skip(f"LOSSLAB_DATA is not set or lacks {name}")
        return path

    return find
