"""What a path found, and the alpha that the rule of one standard error chooses."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from losslab.experiment.formatting import format_count, format_number
from losslab.metrics.spec import Metric
from losslab.statistics.resampling import summarize_scores


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A mean with its standard error, both NaN where a repetition has no value.

    Args:
        mean: over the repetitions.
        error: the standard error of the mean; NaN for a single repetition.
        values: one a repetition.
    """

    mean: float
    error: float
    values: tuple[float, ...]


def estimate(values: Sequence[float], test_to_train: float) -> Estimate:
    """Summarise one value a repetition.

    Formula:
        error = sqrt((1 / n + n_test / n_train) * s^2), since repetitions share training rows and
        the usual s^2 / n is too small.
    References:
        Nadeau and Bengio (2003), Inference for the generalization error.
    Examples:
        >>> found = estimate([0.7, 0.8, 0.9], test_to_train=0.25)
        >>> round(found.mean, 4), round(found.error, 4)
        (0.8, 0.0764)
    """
    found = summarize_scores(values, test_to_train)
    return Estimate(mean=found.mean, error=found.error, values=tuple(map(float, values)))


@dataclass(frozen=True, kw_only=True)
class Point:
    """One alpha, over all repetitions.

    Args:
        alpha: the strength of the penalty.
        train, test: each shown metric on the training and the held-out rows, by its name.
        nonzero: how many weights are not exactly zero, biases left aside.
        features: how many inputs have a first-layer weight that is not zero.
        l1, l2: the sum of all weights' magnitudes, and the root of the sum of their squares.
        layers: the same root for each layer, from the first.
        coefficients: of a linear model: one for each of ``PathFindings.coefficients``.
        diverged: how many repetitions diverged, which leaves the numbers above NaN.
    """

    alpha: float
    train: Mapping[str, Estimate]
    test: Mapping[str, Estimate]
    nonzero: Estimate
    features: Estimate
    l1: Estimate
    l2: Estimate
    layers: tuple[Estimate, ...]
    coefficients: tuple[Estimate, ...]
    diverged: int


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """Which weight of a linear model it is; ``output`` is a class, or the target."""

    feature: str
    output: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The largest alpha that is as good as the best one, as far as can be told.

    Args:
        alpha: the one chosen.
        best: the alpha with the best mean on the held-out rows, the largest of equals.
        mean, error: of the best one.
        bound: the worst mean that is within one standard error of it.
        reason: the choice in words.
    """

    alpha: float
    best: float
    mean: float
    error: float
    bound: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class PathFindings:
    """Everything a path found.

    Args:
        data: the name of the table; ``target`` its target; ``task`` what is predicted.
        n_rows: the number of rows, of which ``train_rows`` train and ``test_rows`` are held out.
        features: the inputs of the networks; ``classes`` the labels, if there are any.
        kind: the penalty, with ``penalty_params`` beside alpha; ``makes_zeros`` says whether it
            asks for weights of exactly zero.
        loss: what was trained for, as a reader writes it; ``head`` on what.
        hidden: widths of the hidden layers.
        metric: the ranking metric, with its ``label``, ``higher_is_better`` and ``reason``.
        metrics: the names of all shown metrics, the ranking one first.
        repetitions: how many splits, each with its own initial weights.
        n_weights: of a network, biases left aside.
        points: by rising alpha.
        coefficients: what the points' coefficients are of; none unless the model is linear.
        unit: what a coefficient of 1 means.
        choice: by the rule of one standard error; None if every alpha had runs that diverged.
        settings: of the training, as readers see them.
        notes: what was said about the table.
        runs, diverged: how many were trained, and how many of them diverged.
    """

    data: str
    target: str
    task: str
    n_rows: int
    train_rows: int
    test_rows: int
    features: tuple[str, ...]
    classes: tuple[str, ...]
    kind: str
    penalty_params: Mapping[str, float]
    makes_zeros: bool
    loss: str
    head: str
    hidden: tuple[int, ...]
    metric: str
    label: str
    higher_is_better: bool
    reason: str
    metrics: tuple[str, ...]
    repetitions: int
    n_weights: int
    points: tuple[Point, ...]
    coefficients: tuple[Coefficient, ...]
    unit: str
    choice: Choice | None
    settings: Mapping[str, str]
    notes: tuple[str, ...]
    runs: int
    diverged: int
    seconds: float
    versions: Mapping[str, str]


INTERVAL = "corrected standard error, Nadeau and Bengio 2003"


def choose_alpha(
    alphas: Sequence[float], scores: Sequence[Estimate], metric: Metric
) -> Choice | None:
    """Choose the largest alpha whose mean is within one standard error of the best mean.

    Args:
        alphas: rising.
        scores: the metric on held-out rows, one for each alpha; those with a NaN take no part.
        metric: says whether higher is better.

    References:
        Breiman, Friedman, Olshen and Stone (1984), Classification and Regression Trees, 3.4.3.
    Examples:
        >>> from losslab.metrics.catalog import METRICS
        >>> means = [0.90, 0.96, 0.95, 0.70]
        >>> scores = [Estimate(mean=mean, error=0.02, values=(mean,) * 5) for mean in means]
        >>> choice = choose_alpha([0.0, 0.01, 0.1, 1.0], scores, METRICS["accuracy"])
        >>> choice.alpha, choice.best, round(choice.bound, 2)
        (0.1, 0.01, 0.94)
    """
    known = [at for at, score in enumerate(scores) if math.isfinite(score.mean)]
    if not known:
        return None
    sign = 1.0 if metric.higher_is_better else -1.0
    best = max(known, key=lambda at: (sign * scores[at].mean, alphas[at]))
    mean, error = scores[best].mean, scores[best].error
    # A single repetition has no standard error: then only what is as good as the best will do.
    bound = mean - sign * error if math.isfinite(error) else mean
    chosen = max(at for at in known if sign * scores[at].mean >= sign * bound)
    choice = (alphas[chosen], alphas[best], mean, error, bound)
    return Choice(
        **dict(zip(("alpha", "best", "mean", "error", "bound"), choice, strict=True)),
        reason=_reason(alphas[chosen], alphas[best], scores[chosen], scores[best], metric),
    )


def _reason(alpha: float, best: float, chosen: Estimate, top: Estimate, metric: Metric) -> str:
    n = len(top.values)
    repetitions = format_count(n, "repetition")
    if not math.isfinite(top.error):
        return (
            f"alpha {alpha:.3g} has the best mean {metric.label} on held-out rows, "
            f"{format_number(top.mean)}; N = {repetitions} gives no standard error"
        )
    around = f"{INTERVAL}; N = {repetitions}"
    if alpha == best:
        return (
            f"alpha {alpha:.3g} has the best mean {metric.label} on held-out rows, "
            f"{format_number(top.mean)} ± {format_number(top.error, 2)}, and no larger alpha comes "
            f"within one standard error of it ({around})"
        )
    return (
        f"alpha {alpha:.3g} is the largest whose mean {metric.label} on held-out rows, "
        f"{format_number(chosen.mean)}, is within one standard error of the best, "
        f"{format_number(top.mean)} ± {format_number(top.error, 2)} at alpha {best:.3g} ({around})"
    )
