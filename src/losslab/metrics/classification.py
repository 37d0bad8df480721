"""Metrics of classes: accuracies, areas, and scores of probabilities."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.elementary.array import log
from losslab.metrics.spec import Metric


def accuracy(y: NDArray[Any], classes: NDArray[Any]) -> float:
    """Compute the fraction of rows whose predicted class is the true one.

    Formula:
        mean(classes == y)

    Shape:
        y (N,), classes (N,): class codes 0..K-1.

    References:
        Provost, Fawcett and Kohavi (1998), The case against accuracy estimation.

    Examples:
        >>> import numpy as np
        >>> accuracy(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0]))
        0.75
    """
    return float(np.mean(classes == y))


ACCURACY = Metric(
    name="accuracy",
    label="accuracy",
    tasks=("binary", "multiclass"),
    higher_is_better=True,
    needs="classes",
    fn=accuracy,
    bounds=(0.0, 1.0),
    reference="Provost, Fawcett and Kohavi (1998), The case against accuracy estimation",
)


def balanced_accuracy(y: NDArray[Any], classes: NDArray[Any]) -> float:
    """Average the recall over the classes.

    Formula:
        mean over k of mean(classes == k on the rows with y == k). Classes without a row in ``y``
        are left out; guessing one class for every row gives 1 / (number of classes in ``y``).

    Shape:
        y (N,), classes (N,): class codes 0..K-1.

    References:
        Brodersen, Ong, Stephan and Buhmann (2010), The balanced accuracy and its posterior
        distribution.

    Examples:
        >>> import numpy as np
        >>> balanced_accuracy(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0]))
        0.5
    """
    rows = np.bincount(y)
    right = np.bincount(y[classes == y], minlength=len(rows))
    return float(np.mean(right[rows > 0] / rows[rows > 0]))


BALANCED_ACCURACY = Metric(
    name="balanced_accuracy",
    label="balanced accuracy",
    tasks=("binary", "multiclass"),
    higher_is_better=True,
    needs="classes",
    fn=balanced_accuracy,
    bounds=(0.0, 1.0),
    reference="Brodersen, Ong, Stephan and Buhmann (2010), "
    "The balanced accuracy and its posterior distribution",
)


def log_loss(y: NDArray[Any], probabilities: NDArray[Any]) -> float:
    """Average the negative log probability of the true class, in nats.

    Formula:
        -mean(log p[row, y[row]]). Each row is first divided by its sum, since float32 rows miss
        1 by rounding; then p is clipped to [2.2e-16, 1 - 2.2e-16] (the epsilon of float64), so
        that one sure mistake costs 36 nats and not infinity.

    Shape:
        y (N,): class codes 0..K-1, not every class needs a row; probabilities (N, K).

    References:
        Good (1952), Rational decisions.

    Examples:
        >>> import numpy as np
        >>> round(log_loss(np.array([0, 1]), np.array([[0.5, 0.5], [0.75, 0.25]])), 4)
        1.0397
    """
    p = np.asarray(probabilities, dtype=np.float64)
    p = p / p.sum(axis=1, keepdims=True)
    epsilon = np.finfo(np.float64).eps
    return float(-np.mean(log(np.clip(p[np.arange(len(y)), y], epsilon, 1 - epsilon))))


LOG_LOSS = Metric(
    name="log_loss",
    label="log loss",
    tasks=("binary", "multiclass"),
    higher_is_better=False,
    needs="probabilities",
    fn=log_loss,
    bounds=(0.0, float("inf")),
    reference="Good (1952), Rational decisions",
    favours=("bce_with_logits", "cross_entropy"),
)


def brier(y: NDArray[Any], probabilities: NDArray[Any]) -> float:
    """Average the squared distance between the probabilities and the true class.

    Formula:
        Two classes: mean((p[:, 1] - y)^2), from 0 to 1. More: mean over rows of the sum over
        classes of (p[row, k] - (y[row] == k))^2, from 0 to 2, as Brier defined it; by that
        formula two classes would score twice as much.

    Shape:
        y (N,): class codes 0..K-1; probabilities (N, K).

    References:
        Brier (1950), Verification of forecasts expressed in terms of probability.

    Examples:
        >>> import numpy as np
        >>> brier(np.array([1]), np.array([[0.5, 0.5]]))
        0.25
        >>> brier(np.array([1]), np.array([[0.0, 0.5, 0.5]]))
        0.5
    """
    p = np.asarray(probabilities, dtype=np.float64)
    n_classes = p.shape[1]
    if n_classes == 2:
        return float(np.mean((p[:, 1] - y) ** 2))
    one_hot = np.eye(n_classes)[y]
    return float(np.mean(np.sum((p - one_hot) ** 2, axis=1)))


BRIER = Metric(
    name="brier",
    label="Brier score",
    tasks=("binary", "multiclass"),
    higher_is_better=False,
    needs="probabilities",
    fn=brier,
    bounds=(0.0, 2.0),
    reference="Brier (1950), Verification of forecasts expressed in terms of probability",
    favours=("mse",),
)


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


ECE = Metric(
    name="ece",
    label="expected calibration error",
    tasks=("binary", "multiclass"),
    higher_is_better=False,
    needs="probabilities",
    fn=ece,
    bounds=(0.0, 1.0),
    reference="Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks",
)


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


AUC = Metric(
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
