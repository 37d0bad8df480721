"""The compiled engine: MLPs on CPU cores, one at a time per core, by Numba."""

from losslab.training.engines.compiled.engine import train_compiled
from losslab.training.engines.compiled.kernels import (
    compile_pieces,
    predictions,
    seconds_to_compile,
)

__all__ = ["compile_pieces", "predictions", "seconds_to_compile", "train_compiled"]
