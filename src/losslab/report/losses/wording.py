"""Properties of losses in words."""

import math
from itertools import groupby

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import REALS
from losslab.core.tasks import CLASS_TASKS
from losslab.losses.spec import Loss
from losslab.objectives.spec import format_kinds

_MAX_KINDS = 4

# Explanations of functionals, by name.
_FUNCTIONALS = {
    "mean": "the mean of the target",
    "median": "the median of the target",
    "log-odds": "the log-odds of the second class",
    "log-probabilities": "the log-probabilities of the classes{constant}",
    "majority sign": "the sign of the more frequent class",
    "Huber location": "where the errors, each cut at plus and minus {cut}, average to zero",
    "tanh location": "where the tanh of the errors averages to zero",
    "log-mean": "the log of the mean of the target",
    "mean direction": "the direction of the mean of the targets, each of length one",
}


def describe_domain(domain: Domain) -> str:
    """Describe the values, dtype and shape of a prediction or target."""
    dtype = "int64" if domain.integer else "float"
    if domain.kinds == (Kind.UNIT_VECTOR,):
        return f"vector, whose length does not count; {dtype} {domain.shape}"
    if domain.points:
        values = " or ".join(f"{point:g}" for point in domain.points)
    elif domain.integer:
        values = "0 to K - 1"
    else:
        values = "any real number" if domain.within == REALS else f"in {domain.within}"
    # A user's function takes any kind.
    kinds = "of any kind" if len(domain.kinds) > _MAX_KINDS else format_kinds(domain.kinds)
    rule = f", {domain.rule}" if domain.rule else ""
    return f"{kinds}, {values}{rule}; {dtype} {domain.shape}"


def describe_parameters(loss: Loss) -> str:
    """List the parameters with their values and ranges."""
    ranges = loss.param_ranges
    return ", ".join(f"{name}={loss.params[name]:g} in {ranges[name]}" for name in ranges) or "none"


def describe_elicited(loss: Loss) -> str:
    """Describe the best constant prediction."""
    if loss.elicits is None:
        return "no functional that has a name"
    cut = next(iter(loss.params), "a bound")
    # All scores may be shifted by one number; numbers that sum to one may not.
    constant = "" if loss.prediction.sums_to_one else ", up to a constant"
    functional = _FUNCTIONALS.get(loss.elicits, loss.elicits).format(cut=cut, constant=constant)
    link = "; exp turns it into the mean" if loss.inverse_link == "exp" else ""
    return f"{functional} (elicits: {loss.elicits}){link}"


def describe_probabilities(loss: Loss) -> str:
    """Describe whether the loss is proper; empty for losses that are never used for classes."""
    if not set(CLASS_TASKS).intersection(loss.tasks):
        return ""
    forms = (loss, loss.by_class) if loss.by_class else (loss,)
    link = " or ".join(form.inverse_link for form in forms if form.inverse_link)
    if loss.proper:
        how = f"; {link} turns its scores into them" if link else ""
        return f"proper: minimized by the true class probabilities{how}"
    if loss.prediction.kinds == (Kind.SCORES,) and not link:
        return "none: its scores are no probabilities"
    estimate = f"; {link} of its scores is a rough estimate of them" if link else ""
    return f"not proper: not minimized by the true class probabilities{estimate}"


def describe_shape(loss: Loss) -> str:
    """Describe convexity, minimum and the bound of the gradient."""
    parts = ["convex" if loss.convex else "not convex"]
    if loss.minimum is not None:
        unbounded = math.isinf(loss.minimum)
        parts.append("unbounded below" if unbounded else f"lowest value {loss.minimum:g}")
    if loss.gradient_bound is not None and math.isinf(loss.gradient_bound):
        parts.append("gradients unbounded")
    elif loss.gradient_bound is not None:
        values = ", ".join(f"{name}={value:g}" for name, value in loss.usual.items())
        condition = f" for {values}" if values else ""
        parts.append(f"gradients at most {loss.gradient_bound:.3g}{condition}")
    return ", ".join(parts)


def describe_equivalents(loss: Loss, task: str | None = None) -> str:
    """List the losses that train alike, and for which tasks.

    Examples:
        >>> from losslab.losses.catalog import LOSSES
        >>> describe_equivalents(LOSSES["nll"])
        'cross_entropy, kl_div (binary, multiclass), each with its default head'
    """
    by_task = [(name, losses) for name, losses in loss.same_as.items() if task in (None, name)]
    parts = [
        f"{', '.join(losses)} ({', '.join(name for name, _ in group)})"
        for losses, group in groupby(by_task, key=lambda item: item[1])
    ]
    return f"{'; '.join(parts)}, each with its default head" if parts else ""
