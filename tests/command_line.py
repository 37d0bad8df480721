"""Run losslab's command line in this process or in one of its own."""

import sys
from dataclasses import dataclass
from pathlib import Path

from losslab.cli import main as entry
from processes import interpreters

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


def start(folder: Path, *words, **options):
    """Start a command in a process of its own, for a ``with`` statement."""
    return interpreters.start("-m", "losslab", *words, folder=folder, **options)


def ended(folder: Path, *words, **options) -> interpreters.Ended:
    """Run a command to its end in a process of its own."""
    return interpreters.run("-m", "losslab", *words, folder=folder, **options)
