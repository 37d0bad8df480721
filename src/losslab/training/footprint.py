"""How many models train together without taking more memory than a chunk may."""

from losslab.training.catalog import OPTIMIZERS
from losslab.training.initial import layer_sizes
from losslab.training.layout import Layout, padded
from losslab.training.prepared import Prepared
from losslab.training.run import Run

# Bytes for the models of one chunk. A worker trains one, and at most one more waits for it or for
# the caller.
CHUNK_BYTES = 64 * 2**20


def bytes_a_model(run: Run, table: Prepared) -> int:
    """About how many bytes a model takes from its first step to its result, in any engine.

    What models share, such as the table, is left out.
    """
    number = 8 if run.dtype == "float64" else 4
    outputs = run.objective.width
    sizes = layer_sizes(table.n_features, run.hidden, outputs)
    # Weights, slopes, the best weights, two of a step in the making, and the optimizer's averages;
    # a result keeps the best ones in float64.
    weights = Layout(sizes).size * ((5 + OPTIMIZERS[run.optimizer].slots) * number + 8)
    # Of every layer: before and after its activation, and the slope.
    batch = 3 * padded(min(run.batch_size, len(table.train))) * sum(sizes) * number
    # An epoch's order in 64-bit integers, drawn and looked up.
    orders = 16 * len(table.train)
    # Outputs in float64, in the making and in the result, and targets.
    seen = 16 * outputs * (len(table.validation) + len(table.test))
    targets = number * outputs * len(table.y)
    # Three curves of float64, of the chunk and of the result.
    curves = 48 * run.epochs
    return weights + batch + orders + seen + targets + curves


def models_within(budget: int, run: Run, table: Prepared) -> int:
    """How many models like this one a budget of bytes has room for, and one in any case.

    >>> import numpy as np
    >>> from losslab.training.prepared import prepare_arrays
    >>> (table,) = prepare_arrays(np.zeros((100, 4)), np.zeros(100))
    >>> run = Run(loss="mse", task="regression", hidden=(512, 512))
    >>> 1 < models_within(CHUNK_BYTES, run, table) < 16
    True
    """
    return max(1, budget // bytes_a_model(run, table))
