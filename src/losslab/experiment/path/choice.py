"""The rule of one standard error: the strongest penalty that costs nothing that can be told."""

import math
from collections.abc import Sequence

from losslab.experiment.amounts import amount, counted
from losslab.experiment.path.estimate import Estimate
from losslab.experiment.path.findings import Choice
from losslab.metrics.spec import Metric

INTERVAL = "corrected standard error, Nadeau and Bengio 2003"


def choose_alpha(
    alphas: Sequence[float], scores: Sequence[Estimate], metric: Metric
) -> Choice | None:
    """Choose the largest alpha whose mean is within one standard error of the best mean.

    Args:
        alphas: rising.
        scores: the metric on held-out rows, one for each alpha; those with a NaN take no part.
        metric: says whether higher is better.

    Reference
        Breiman, Friedman, Olshen and Stone (1984), Classification and Regression Trees, 3.4.3.
    Example
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
    repetitions = counted(n, "repetition")
    if not math.isfinite(top.error):
        return (
            f"alpha {alpha:.3g} has the best mean {metric.label} on held-out rows, "
            f"{amount(top.mean)}; N = {repetitions} gives no standard error"
        )
    around = f"{INTERVAL}; N = {repetitions}"
    if alpha == best:
        return (
            f"alpha {alpha:.3g} has the best mean {metric.label} on held-out rows, "
            f"{amount(top.mean)} ± {amount(top.error, 2)}, and no larger alpha comes within one "
            f"standard error of it ({around})"
        )
    return (
        f"alpha {alpha:.3g} is the largest whose mean {metric.label} on held-out rows, "
        f"{amount(chosen.mean)}, is within one standard error of the best, {amount(top.mean)} ± "
        f"{amount(top.error, 2)} at alpha {best:.3g} ({around})"
    )
