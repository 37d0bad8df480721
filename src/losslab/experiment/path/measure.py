"""What one trained network shows: its scores, its weights, its coefficients."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from losslab.experiment.outcome import measured
from losslab.experiment.path.findings import Coefficient
from losslab.training.prepared import Prepared
from losslab.training.result import Result


@dataclass(frozen=True, kw_only=True)
class Measures:
    """One run's numbers, each a part of a ``Point``; coefficients by what they are of."""

    train: Mapping[str, float]
    test: Mapping[str, float]
    nonzero: float
    features: float
    l1: float
    l2: float
    layers: tuple[float, ...]
    coefficients: Mapping[Coefficient, float]


def measure(
    result: Result, table: Prepared, test: np.ndarray, inputs: Sequence[str], outputs: Sequence[str]
) -> Measures:
    """Measure a run that did not diverge.

    Args:
        result: with ``test_output`` for every row of the table.
        table: the rows it was trained on, all in ``table.test`` so that all have an output.
        test: the rows that were held out.
        inputs: the names of the network's inputs.
        outputs: the names of its outputs.
    """
    matrices = [weights.astype(np.float64) for weights, _ in result.layers]
    flat = np.concatenate([matrix.ravel() for matrix in matrices])
    parts = [
        measured(result.objective, result.test_output[rows], table.y[rows], _classes(result))
        for rows in (table.train, test)
    ]
    return Measures(
        train=parts[0],
        test=parts[1],
        nonzero=float(np.count_nonzero(flat)),
        features=float(np.count_nonzero(matrices[0].any(axis=1))),
        l1=float(np.abs(flat).sum()),
        l2=_length(flat),
        layers=tuple(_length(matrix) for matrix in matrices),
        coefficients=_coefficients(result, matrices[0], inputs, outputs),
    )


def _length(weights: np.ndarray) -> float:
    # NumPy's norm is a product of BLAS, whose order of summing depends on the processor.
    return math.sqrt(float((weights * weights).sum()))


def _classes(result: Result) -> int:
    return result.objective.codec.n_classes or 0


def _coefficients(
    result: Result, weights: np.ndarray, inputs: Sequence[str], outputs: Sequence[str]
) -> dict[Coefficient, float]:
    """A linear model's weights, where it predicts values in the target's own units."""
    if result.run.hidden:
        return {}
    scaled = weights * result.objective.codec.scale
    return {
        Coefficient(feature=feature, output=output): float(scaled[i, k])
        for i, feature in enumerate(inputs)
        for k, output in enumerate(outputs)
    }
