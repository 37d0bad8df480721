"""The results of a penalty path, and the alpha that the one-standard-error rule chooses."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from losslab.experiment.comparison.findings import DataSummary
from losslab.experiment.formatting import format_count, format_number
from losslab.metrics.spec import Metric
from losslab.statistics.resampling import summarize_scores


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A mean with its standard error; both are NaN if a repetition diverged.

    Attributes:
        mean: over the repetitions.
        error: the standard error of the mean; NaN for a single repetition.
        values: one per repetition.
    """

    mean: float
    error: float
    values: tuple[float, ...]


def estimate(values: Sequence[float], test_to_train: float) -> Estimate:
    """Estimate a mean and its standard error from one value per repetition.

    Formula:
        error = sqrt((1 / n + n_test / n_train) * s^2); repetitions share training rows, so the
        usual s^2 / n is too small.

    References:
        Nadeau and Bengio (2003), Inference for the generalization error.

    Examples:
        >>> accuracy = estimate([0.7, 0.8, 0.9], test_to_train=0.25)
        >>> round(accuracy.mean, 4), round(accuracy.error, 4)
        (0.8, 0.0764)
    """
    summary = summarize_scores(values, test_to_train)
    return Estimate(mean=summary.mean, error=summary.error, values=tuple(map(float, values)))


@dataclass(frozen=True, kw_only=True)
class Point:
    """One alpha, over all repetitions.

    Attributes:
        alpha: the strength of the penalty.
        train, test: each metric on the training and the held-out rows, by name.
        nonzero: the number of weights that are not exactly zero, without biases.
        features: the number of inputs with a non-zero weight in the first layer.
        l1, l2: the norms of all weights, without biases.
        layers: the L2 norm of each layer's weights, from the first.
        coefficients: one for each of ``PathFindings.coefficients``.
        diverged: the number of diverged repetitions; if there are any, the estimates are NaN.
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
    """A weight of a linear model; ``output`` is a class, or the target."""

    feature: str
    output: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The largest alpha whose mean is within one standard error of the best mean.

    Attributes:
        alpha: the choice.
        best: the alpha with the best mean on the held-out rows; the largest one if means are equal.
        mean, error: of the metric at the best alpha.
        bound: the worst mean within one standard error of the best.
        reason: the choice in words.
    """

    alpha: float
    best: float
    mean: float
    error: float
    bound: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class HoldoutSummary:
    """The repetitions, each with its own split and initial weights, and the rows of the first."""

    repetitions: int
    train_rows: int
    test_rows: int


@dataclass(frozen=True, kw_only=True)
class PenaltySummary:
    """The penalty, its settings besides alpha, and whether it makes weights exactly zero."""

    kind: str
    params: Mapping[str, float]
    makes_zeros: bool


@dataclass(frozen=True, kw_only=True)
class NetworkSummary:
    """The networks of a path.

    Attributes:
        features: the inputs.
        hidden: widths of the hidden layers.
        loss, head: of the objective.
        n_weights: the number of weights, without biases.
    """

    features: tuple[str, ...]
    hidden: tuple[int, ...]
    loss: str
    head: str
    n_weights: int


@dataclass(frozen=True, kw_only=True)
class PathFindings:
    """All results of a penalty path.

    Attributes:
        data: the table.
        holdouts: how it was split.
        penalty: whose strength varies.
        network: what was trained.
        metric: the metric to choose by, for ``reason``.
        metrics: the names of all metrics shown, the one to choose by first.
        points: by rising alpha.
        coefficients: the names of the points' coefficients; empty unless the model is linear.
        unit: of the coefficients.
        choice: by the one-standard-error rule; None if every alpha had runs that diverged.
        settings: of the training, as text.
        notes: about the table.
        seconds: the duration.
        versions: of the libraries.
    """

    data: DataSummary
    holdouts: HoldoutSummary
    penalty: PenaltySummary
    network: NetworkSummary
    metric: Metric
    reason: str
    metrics: tuple[str, ...]
    points: tuple[Point, ...]
    coefficients: tuple[Coefficient, ...]
    unit: str
    choice: Choice | None
    settings: Mapping[str, str]
    notes: tuple[str, ...]
    seconds: float
    versions: Mapping[str, str]

    @property
    def runs(self) -> int:
        """The number of runs."""
        return len(self.points) * self.holdouts.repetitions

    @property
    def diverged(self) -> int:
        """The number of runs that diverged."""
        return sum(point.diverged for point in self.points)


INTERVAL = "corrected standard error, Nadeau and Bengio 2003"


def choose_alpha(
    alphas: Sequence[float], scores: Sequence[Estimate], metric: Metric
) -> Choice | None:
    """Choose the largest alpha whose mean is within one standard error of the best mean.

    Args:
        alphas: rising.
        scores: the metric on held-out rows, one for each alpha; NaN means are left out.
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
    known = [index for index, score in enumerate(scores) if math.isfinite(score.mean)]
    if not known:
        return None
    sign = 1.0 if metric.higher_is_better else -1.0
    best = max(known, key=lambda index: (sign * scores[index].mean, alphas[index]))
    mean, error = scores[best].mean, scores[best].error
    # A single repetition has no standard error: only an equal mean is then as good as the best.
    bound = mean - sign * error if math.isfinite(error) else mean
    chosen = max(index for index in known if sign * scores[index].mean >= sign * bound)
    return Choice(
        alpha=alphas[chosen],
        best=alphas[best],
        mean=mean,
        error=error,
        bound=bound,
        reason=_explain_choice(alphas[chosen], alphas[best], scores[chosen], scores[best], metric),
    )


def _explain_choice(
    alpha: float, best: float, chosen: Estimate, top: Estimate, metric: Metric
) -> str:
    repetitions = format_count(len(top.values), "repetition")
    mean = f"mean {metric.label} on held-out rows"
    highest = format_number(top.mean)
    if not math.isfinite(top.error):
        return (
            f"alpha {alpha:.3g} has the best {mean}, {highest}; "
            f"N = {repetitions} gives no standard error"
        )
    highest = f"{highest} \N{PLUS-MINUS SIGN} {format_number(top.error, 2)}"
    interval = f"({INTERVAL}; N = {repetitions})"
    if alpha == best:
        return (
            f"alpha {alpha:.3g} has the best {mean}, {highest}, and no larger alpha comes within "
            f"one standard error of it {interval}"
        )
    return (
        f"alpha {alpha:.3g} is the largest whose {mean}, {format_number(chosen.mean)}, is within "
        f"one standard error of the best, {highest} at alpha {best:.3g} {interval}"
    )
