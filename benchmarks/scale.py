"""``python -m benchmarks.scale``: time and memory of up to 100,000 runs."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

COUNTS = (25_000, 50_000, 100_000)
_ROWS, _FEATURES, _RATES, _SPLITS = 20, 3, 5, 10
_LOSSES = ("mse", "l1", "huber", "log_cosh")


def train_and_drop(runs: int) -> int:
    """Train linear models for one epoch, and drop the results."""
    from losslab import Run, train

    X = np.random.default_rng(0).normal(size=(_ROWS, _FEATURES))
    asked = (
        Run(loss="mse", task="regression", hidden=(), epochs=1, seed=seed) for seed in range(runs)
    )
    return sum(result.best_epoch for result in train(asked, X, X[:, 0]))


def compare_and_store(runs: int) -> int:
    """Compare losses and learning rates on many splits, and store every run."""
    import pandas as pd

    import losslab

    values = np.random.default_rng(0).normal(size=(2 * _ROWS, _FEATURES))
    with tempfile.TemporaryDirectory() as folder:
        found = losslab.compare(
            pd.DataFrame(values, columns=["a", "b", "y"]),
            target="y",
            loss=list(_LOSSES),
            hidden="none",
            epochs=1,
            splits=_SPLITS,
            repeats=max(1, runs // (len(_LOSSES) * _RATES * _SPLITS)),
            reference=False,
            yes=True,
            store=Path(folder) / "runs.sqlite",
        )
    return int(found.to_dict()["runs_trained"])


WORK: dict[str, Callable[[int], int]] = {"train": train_and_drop, "compare": compare_and_store}


def measure(work: str, runs: int) -> dict[str, float]:
    """Measure wall and CPU seconds, and the additional MiB of many runs."""
    import resource  # not on Windows

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    WORK[work](200)  # what is imported and compiled
    before, started, busy = peak(), time.perf_counter(), time.process_time()
    done = WORK[work](runs)
    seconds, cores = time.perf_counter() - started, time.process_time() - busy
    return {"runs": done, "seconds": seconds, "cpu": cores, "MiB": peak() - before, "all": peak()}


def main(words: list[str]) -> None:
    """Measure one number of runs as JSON, or all of them in a table."""
    if words:
        sys.stdout.write(json.dumps(measure(words[0], int(words[1]))) + "\n")
        return
    for work in WORK:
        for count in COUNTS:
            asked = [sys.executable, "-m", "benchmarks.scale", work, str(count)]
            output = subprocess.run(asked, check=True, stdout=subprocess.PIPE, text=True).stdout
            found = json.loads(output)
            runs = found["runs"]
            sys.stdout.write(
                f"{work:8} {runs:8,} runs {found['seconds']:7.1f} s "
                f"{1e6 * found['seconds'] / runs:6.0f} us a run "
                f"({1e6 * found['cpu'] / runs:6.0f} of all cores) "
                f"{found['MiB']:6.0f} MiB more, {found['all']:.0f} in all\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
