"""The compiled engine: MLPs on CPU cores, one at a time per core, by Numba."""

from losslab.training.engines.compiled.engine import train_compiled
from losslab.training.engines.compiled.kernels import (
    compile_kernels,
    compute_predictions,
    estimate_compile_seconds,
)

__all__ = ["compile_kernels", "compute_predictions", "estimate_compile_seconds", "train_compiled"]
