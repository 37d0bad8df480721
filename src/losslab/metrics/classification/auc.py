"""AUC: the area under the ROC curve."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.metrics.spec import Metric


def auc(y: NDArray[Any], prediction: NDArray[Any]) -> float:
    """Compute the probability that a row of a class scores above a row of another class.

    Formula:
        Two classes: P(score of a row of class 1 > score of a row of class 0), ties counting half;
        the area under the ROC curve. More: the mean over the classes k in ``y`` of that chance
        for "k against the rest" by column k. NaN where all rows are of one class.

    Shape:
        y (N,): class codes 0..K-1; prediction (N, K) probabilities or scores, or (N,) scores of
        class 1 for two classes. Scores need no scale.

    References:
        Hanley and McNeil (1982), The meaning and use of the area under a receiver operating
        characteristic (ROC) curve.

    Examples:
        >>> import numpy as np
        >>> auc(np.array([0, 0, 1, 1]), np.array([-2.0, 0.5, 0.1, 3.0]))
        0.75
        >>> auc(np.array([1, 1]), np.array([0.2, 0.7]))
        nan
    """
    scores = np.asarray(prediction, dtype=np.float64)
    present = np.unique(y)
    if len(present) < 2:
        return math.nan
    if scores.ndim == 1:
        return _compute_pair_order(y == 1, scores)
    if scores.shape[1] == 2:
        return _compute_pair_order(y == 1, scores[:, 1])
    return float(np.mean([_compute_pair_order(y == k, scores[:, k]) for k in present]))


def _compute_pair_order(positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Compute how often a positive row scores above a negative one, from the sum of ranks."""
    above = int(positive.sum())
    _, place, equals = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(equals) - (equals - 1) / 2  # from 1; equal scores share their mean rank
    total = float(ranks[place[positive]].sum())
    return (total - above * (above + 1) / 2) / (above * (len(scores) - above))


SPEC = Metric(
    name="auc",
    label="AUC",
    tasks=("binary", "multiclass"),
    higher_is_better=True,
    needs="probabilities",
    fn=auc,
    bounds=(0.0, 1.0),
    reference="Hanley and McNeil (1982), "
    "The meaning and use of the area under a receiver operating characteristic (ROC) curve",
    accepts_scores=True,
)
