"""Expected calibration error: the gap between confidence and accuracy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.metrics.spec import Metric

N_BINS = 15


def ece(y: NDArray[Any], probabilities: NDArray[Any]) -> float:
    """Average the gap between confidence and accuracy over 15 bins of confidence.

    Formula:
        sum over bins of (rows in bin / N) * |accuracy in bin - mean confidence in bin|. The
        confidence of a row is the probability of its predicted class, the largest one (the first
        of equals). The bins (0, 1/15], (1/15, 2/15], ... are equally wide. A small value alone
        says little: always predicting the class frequencies is calibrated too.

    Shape:
        y (N,): class codes 0..K-1; probabilities (N, K), also for two classes.

    References:
        Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks.

    Examples:
        >>> import numpy as np
        >>> round(ece(np.array([0, 1]), np.array([[0.75, 0.25], [0.75, 0.25]])), 4)
        0.25
    """
    p = np.asarray(probabilities, dtype=np.float64)
    confidence, right = p.max(axis=1), p.argmax(axis=1) == y
    inner_edges = np.arange(1, N_BINS) / N_BINS
    bins = np.digitize(confidence, inner_edges, right=True)
    # The number of rows in a bin cancels.
    gaps = np.bincount(bins, weights=confidence - right, minlength=N_BINS)
    return float(np.abs(gaps).sum() / len(p))


SPEC = Metric(
    name="ece",
    label="expected calibration error",
    tasks=("binary", "multiclass"),
    higher_is_better=False,
    needs="probabilities",
    fn=ece,
    bounds=(0.0, 1.0),
    reference="Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks",
)
