"""What a loss claims, in words."""

import math
from itertools import groupby

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import REALS
from losslab.core.tasks import CLASS_TASKS
from losslab.losses.spec import Loss
from losslab.objectives.spec import format_kinds

_NAMED = 4

# What a functional is to somebody who has not met its name.
_ELICITED = {
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


def domain(asked: Domain) -> str:
    """What a prediction or target has to be."""
    dtype = "int64" if asked.integer else "float"
    if asked.kinds == (Kind.UNIT_VECTOR,):
        return f"vector, whose length does not count; {dtype} {asked.shape}"
    numbers = ", ".join(part for part in (_numbers(asked), asked.rule) if part)
    # A user's own function reads whatever it is given.
    kinds = "of any kind" if len(asked.kinds) > _NAMED else format_kinds(asked.kinds)
    return f"{kinds}, {numbers}; {dtype} {asked.shape}"


def _numbers(asked: Domain) -> str:
    if asked.points:
        return " or ".join(f"{point:g}" for point in asked.points)
    if asked.integer:
        return "0 to K - 1"
    return "any real number" if asked.within == REALS else f"in {asked.within}"


def parameters(loss: Loss) -> str:
    """The parameters with their values and where they may lie."""
    ranges = loss.param_ranges
    return ", ".join(f"{name}={loss.params[name]:g} in {ranges[name]}" for name in ranges) or "none"


def elicited(loss: Loss) -> str:
    """What the best constant prediction is."""
    if loss.elicits is None:
        return "no functional that has a name"
    cut = next(iter(loss.params), "a bound")
    # Scores may all be larger by the same number; numbers that sum to one may not.
    constant = "" if loss.prediction.sums_to_one else ", up to a constant"
    said = _ELICITED.get(loss.elicits, loss.elicits).format(cut=cut, constant=constant)
    link = "; exp turns it into the mean" if loss.inverse_link == "exp" else ""
    return f"{said} (elicits: {loss.elicits}){link}"


def probabilities(loss: Loss) -> str:
    """Whether the true class probabilities cost least; empty for losses that never meet classes."""
    if not set(CLASS_TASKS).intersection(loss.tasks):
        return ""
    forms = (loss, loss.by_class) if loss.by_class else (loss,)
    link = " or ".join(form.inverse_link for form in forms if form.inverse_link)
    if loss.proper:
        turned = f"; {link} turns its scores into them" if link else ""
        return f"proper: the true class probabilities cost least{turned}"
    if loss.prediction.kinds == (Kind.SCORES,) and not link:
        return "none: its scores are no probabilities"
    rough = f"; {link} of its scores is a rough guess at them" if link else ""
    return f"{proper(loss)}: the true class probabilities do not cost least{rough}"


def proper(loss: Loss) -> str:
    """Whether the loss is proper, in a word or two."""
    return "proper" if loss.proper else "not proper"


def shape(loss: Loss) -> str:
    """Whether it is convex, how low it goes and how steep it gets."""
    convex = "convex" if loss.convex else "not convex"
    return ", ".join(part for part in (convex, _lowest(loss), _steepest(loss)) if part)


def _lowest(loss: Loss) -> str:
    if loss.minimum is None:
        return ""
    return "no lowest value" if math.isinf(loss.minimum) else f"lowest value {loss.minimum:g}"


def _steepest(loss: Loss) -> str:
    if loss.gradient_bound is None:
        return ""
    if math.isinf(loss.gradient_bound):
        return "gradients unbounded"
    usual = ", ".join(f"{name}={value:g}" for name, value in loss.usual.items())
    return f"gradients at most {loss.gradient_bound:.3g}" + (f" for {usual}" if usual else "")


def twins(loss: Loss, task: str | None = None) -> str:
    """Which losses train alike, and for which tasks.

    Example
        >>> from losslab.losses.catalog import LOSSES
        >>> twins(LOSSES["nll"])
        'cross_entropy, kl_div (binary, multiclass), each with its usual head'
    """
    meant = [(name, alike) for name, alike in loss.same_as.items() if task in (None, name)]
    said = [
        f"{', '.join(alike)} ({', '.join(name for name, _ in pairs)})"
        for alike, pairs in groupby(meant, key=lambda pair: pair[1])
    ]
    return f"{'; '.join(said)}, each with its usual head" if said else ""
