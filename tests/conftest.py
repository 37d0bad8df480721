"""Fixtures that several test modules share."""

import gc
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from processes.interpreters import end_server

# A test that leaves a process behind fails.
from processes.left import pytest_runtest_protocol, pytest_runtest_teardown  # noqa: F401

# A busy machine must not fail a test.
settings.register_profile("losslab", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("losslab")

# A relative folder is meant from where pytest started; some tests work in a folder of their own.
if os.environ.get("LOSSLAB_DATA"):
    os.environ["LOSSLAB_DATA"] = str(Path(os.environ["LOSSLAB_DATA"]).resolve())


def pytest_configure() -> None:
    """Look for no garbage while tests are collected: all that is made stays."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on look at what tests make, and not at ten thousand tests each time."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    """End the process that the tests have shared."""
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
