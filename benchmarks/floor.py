"""The least that a workload can take on this machine: its arithmetic and its optimizer's bytes.

Both are divided by what the machine reached in the same run: single precision products of large
matrices, and reading and writing as Adam does on data of the network's own size. No engine can
reach it, since the first wants large matrices and the second does nothing but move.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.sgemm import USUAL, measure_flops_by_kernel
from benchmarks.workload import Workload

ADAM_MOVES = 7  # reads weight, gradient and two moments; writes weight and two moments
_BYTES = 4  # of a float32
_TRIES = 8
_SWEEP = 40_000_000  # numbers moved before the clock is read


@dataclass(frozen=True, kw_only=True)
class Peak:
    """What one core reaches.

    Args:
        flops: floating-point operations a second, in products of matrices.
        usual: the same, with the kernels that NumPy's BLAS chooses by itself.
        bytes: bytes a second, moved as Adam moves them.
    """

    flops: float
    usual: float
    bytes: float


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The least seconds for all networks of a workload.

    Args:
        peak: of one core.
        cores: how many share the work.
        flops, bytes: of all steps of all networks.
    """

    peak: Peak
    cores: int
    flops: float
    bytes: float

    @property
    def seconds(self) -> float:
        """The arithmetic, then the bytes, on all cores.

        Examples:
            >>> peak = Peak(flops=60e9, usual=60e9, bytes=30e9)
            >>> Floor(peak=peak, cores=2, flops=120e9, bytes=30e9).seconds
            1.5
        """
        return self._seconds(self.peak.flops)

    @property
    def usual_seconds(self) -> float:
        """The same, with the kernels that NumPy's BLAS chooses by itself."""
        return self._seconds(self.peak.usual)

    def _seconds(self, flops: float) -> float:
        return (self.flops / flops + self.bytes / self.peak.bytes) / self.cores


def compute_floor(workload: Workload, peak: Peak, cores: int) -> Floor:
    """Count a workload's operations and bytes."""
    networks = len(workload.models)
    return Floor(
        peak=peak,
        cores=cores,
        flops=float(
            networks * workload.epochs * len(workload.X) * count_flops_per_row(workload.sizes)
        ),
        bytes=float(networks * workload.parts * workload.n_parameters * ADAM_MOVES * _BYTES),
    )


def count_flops_per_row(sizes: tuple[int, ...]) -> int:
    """Count the operations of a row's forward and backward pass, without the features' gradient.

    Examples:
        >>> count_flops_per_row((4, 8, 1))
        176
    """
    products = [inputs * outputs for inputs, outputs in pairwise(sizes)]
    return 6 * sum(products) - 2 * products[0]


def measure_peak(n_parameters: int) -> Peak:
    """Measure one core of this machine, the best of several tries.

    Args:
        n_parameters: the network's, since what fits a cache moves faster.
    """
    flops = measure_flops_by_kernel()
    # Four arrays, each a row, as far apart as an engine would lay them.
    arrays = np.ones((4, n_parameters), dtype=np.float32)
    repeats = max(1, _SWEEP // (ADAM_MOVES * n_parameters))
    move = _compile_move()
    moving = _measure_best(lambda: move(arrays[0], arrays[1], arrays[2], arrays[3], repeats))
    moved = repeats * n_parameters * ADAM_MOVES * _BYTES
    return Peak(flops=max(flops.values()), usual=flops[USUAL], bytes=moved / moving)


def _measure_best(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(_TRIES):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def _compile_move() -> Callable[..., None]:
    from numba import njit

    return cast(Callable[..., None], njit(_move))


Vector = NDArray[np.float32]


def _move(weights: Vector, gradient: Vector, mean: Vector, square: Vector, repeats: int) -> None:
    """Read four arrays and write three, with hardly any arithmetic."""
    for _ in range(repeats):
        for place in range(len(weights)):
            change = gradient[place]
            weights[place] -= change
            mean[place] += change
            square[place] += change
