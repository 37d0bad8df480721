"""Matrix multiplication speed of one core; run as a module, it prints the speed.

OpenBLAS knows processors by name and gives those that are newer than itself old kernels, which
reach half of what the core can. So newer kernels are tried beside its own choice.
"""

import os
import subprocess
import sys
import time

import numpy as np

SIDE = 1024
TRIES = 10
USUAL = ""
KERNELS = (USUAL, "SkylakeX")  # OpenBLAS's own choice, and AVX-512

_ONE_THREAD = (
    "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
)  # fmt: skip


def measure_flops_by_kernel() -> dict[str, float]:
    """Measure FLOP/s of one core by kernels; those that cannot run are left out."""
    found = {}
    for kernels in KERNELS:
        settings = dict.fromkeys(_ONE_THREAD, "1")
        if kernels != USUAL:
            settings["OPENBLAS_CORETYPE"] = kernels
        command = [sys.executable, "-m", "benchmarks.sgemm"]
        done = subprocess.run(
            command, env={**os.environ, **settings}, capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            found[kernels] = float(done.stdout)
    return found


def measure() -> float:
    """Measure FLOP/s in this process, the best of several tries."""
    matrix = np.random.default_rng(0).normal(size=(SIDE, SIDE)).astype(np.float32)
    product = np.empty_like(matrix)
    best = float("inf")
    for _ in range(TRIES):
        started = time.perf_counter()
        np.matmul(matrix, matrix, out=product)
        best = min(best, time.perf_counter() - started)
    return 2.0 * SIDE**3 / best


if __name__ == "__main__":
    sys.stdout.write(str(measure()))
