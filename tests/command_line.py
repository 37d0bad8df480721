"""Run losslab's command line in this process or in one of its own."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from losslab.cli import main as entry

# A comparison that takes a second, for tests that need one to happen.
QUICK = ["--loss", "mse,bce_with_logits", "--hidden", "8", "--epochs", "3", "--repeats", "1"]
SMALL = [*QUICK, "--splits", "3", "--lr", "0.01", "--no-reference"]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def run(capfd, monkeypatch, *words) -> Ended:
    """Run a command in this process, as the console script does."""
    monkeypatch.setattr(sys, "argv", ["losslab", *map(str, words)])
    capfd.readouterr()
    try:
        entry.main()
        code = 0
    except SystemExit as stop:
        code = stop.code or 0
    out, err = capfd.readouterr()
    return Ended(code, out, err)


def start(folder: Path, *words, **options) -> subprocess.Popen:
    """Start a command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "losslab", *map(str, words)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
