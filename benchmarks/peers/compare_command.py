"""``losslab compare`` as a person runs it: a new process, an empty store, the report written."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.peers.spec import Finished, Peer, Ready, Work
from benchmarks.study import Study


def _prepare(study: Study) -> Ready:
    def run() -> Finished:
        with tempfile.TemporaryDirectory() as folder:
            words = ["losslab", "compare", study.table, "--json", *_make_options(study)]
            files = ["--store", f"{folder}/runs.sqlite", "--report", f"{folder}/report.html"]
            command = [sys.executable, "-m", *words, *files]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            assert Path(folder, "report.html").exists()
        found = json.loads(output)
        return Finished(units=found["runs_trained"], losses=lambda: _read_losses(found))

    return Ready(train=run, note="start of Python, statistics, reference models, report included")


def _make_options(study: Study) -> list[str]:
    asked = {"epochs": study.epochs, "splits": study.splits, "repeats": study.repeats}
    return [word for name, number in asked.items() for word in (f"--{name}", str(number))]


def _read_losses(found: dict[str, Any]) -> dict[str, float]:
    """Read the validation log loss at the best learning rate, as a grid search reports it."""
    (row,) = (row for row in found["rows"] if row["loss"] == "bce_with_logits")
    means = [sum(rate["selection"]) / len(rate["selection"]) for rate in row["rates"]]
    return {"validation log loss": min(means)}


def is_study(work: Work) -> bool:
    """Whether the work is a whole study."""
    return isinstance(work, Study)


PEER = Peer(
    name="compare_command",
    title="losslab compare",
    needs=(),
    suits=is_study,
    prepare=_prepare,
    ours=True,
)
