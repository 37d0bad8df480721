"""The one set-up to train with, and its reason."""

import math
from collections.abc import Sequence

import numpy as np

from losslab.experiment.amounts import amount
from losslab.experiment.findings import Recommendation, Row
from losslab.losses.catalog import LOSSES
from losslab.metrics.spec import Metric

_OUT = ("worse", "diverged")


def recommend(rows: Sequence[Row], metric: Metric) -> Recommendation | None:
    """Recommend among the candidates that are not shown worse than the best.

    Among proper losses, the one with the best log loss; among losses of values, the best of those
    that aim at what the metric rewards, such as the mean for RMSE; else the least sensitive to the
    learning rate; else the simplest, which comes first in the catalogue. Pairings that are wrong
    on purpose are never recommended, nor is what diverged.
    """
    sane = [row for row in rows if row.wrong is None and row.verdict != "diverged"]
    if not sane:
        return None
    fit = [row for row in sane if row.verdict not in _OUT]
    row, reason = _choose(fit, metric) if len(fit) > 1 else ((fit or sane)[0], _alone(rows, fit))
    return Recommendation(
        name=row.name,
        loss=row.loss,
        head=row.head,
        optimizer=row.optimizer,
        lr=row.lr,
        penalty=row.penalty,
        alpha=row.alpha,
        reason=reason,
    )


def _alone(rows: Sequence[Row], fit: Sequence[Row]) -> str:
    """Why there is no choice."""
    if not fit:
        return "the best of those that are not wrong on purpose"
    others = [row for row in rows if row is not fit[0]]
    if not others:
        return "the only candidate"
    fates = {
        "is shown worse": any(row.verdict == "worse" for row in others),
        "diverged": any(row.verdict == "diverged" for row in others),
        "is wrong on purpose": any(row.wrong and row.verdict not in _OUT for row in others),
    }
    every = "the other candidate" if len(others) == 1 else "every other candidate"
    first = "the best" if fit[0].verdict == "best" else "not shown worse than the best"
    return f"{first}, and {every} {' or '.join(fate for fate, holds in fates.items() if holds)}"


def _choose(fit: Sequence[Row], metric: Metric) -> tuple[Row, str]:
    among = f"the {len(fit)} not shown worse than the best"
    honest = [row for row in fit if _is_honest(row)]
    if honest:
        row = min(honest, key=lambda row: (row.metrics["log_loss"], *simplicity(row)))
        if len(honest) == 1 < len(fit):
            return row, f"the only one whose probabilities can be trusted, among {among}"
        trusted = f"the {len(honest)} whose probabilities can be trusted, among "
        some = "" if len(honest) == len(fit) else trusted
        return row, f"the best log loss ({row.metrics['log_loss']:.3f}) of {some}{among}"
    aimed = [row for row in fit if _elicits(row) in metric.rewards]
    if aimed and len(aimed) < len(fit):
        return _best_aimed(aimed, metric, among)
    drops = {row.name: lr_sensitivity(row) for row in fit}
    row = min(fit, key=lambda row: (drops[row.name], *simplicity(row)))
    if list(drops.values()).count(drops[row.name]) == len(fit):
        return row, f"the simplest of {among}"
    return row, (
        f"the least sensitive to the learning rate (its mean {metric.label} changes by "
        f"{amount(drops[row.name])}) of {among}"
    )


def _best_aimed(aimed: Sequence[Row], metric: Metric, among: str) -> tuple[Row, str]:
    sign = -1.0 if metric.higher_is_better else 1.0
    row = min(aimed, key=lambda row: (sign * row.mean, *simplicity(row)))
    which = "the only one" if len(aimed) == 1 else f"the best of the {len(aimed)}"
    # A log-mean is turned into the mean when it predicts.
    aim = (_elicits(row) or "").removeprefix("log-")
    return row, f"{which} whose loss aims at the {aim}, which {metric.label} rewards, among {among}"


def _elicits(row: Row) -> str | None:
    """What the best constant of its loss is; None for a user's own."""
    return None if row.catalogue is None else LOSSES[row.catalogue].elicits


def _is_honest(row: Row) -> bool:
    """Whether it has probabilities that its loss was trained to get right.

    Others may score well on one table by luck, with probabilities that mean something else.
    """
    return row.proper and math.isfinite(row.metrics.get("log_loss", math.nan))


def simplicity(row: Row) -> tuple[int, int, int]:
    """What sorts the simplest first: the loss's place in the catalogue, layers, hidden units."""
    known = list(LOSSES)
    place = len(known) if row.catalogue is None else known.index(row.catalogue)
    return place, len(row.hidden), sum(row.hidden)


def lr_sensitivity(row: Row) -> float:
    """How far the mean scores of the learning rates lie apart; inf if any run diverged.

    Only rates tried on every split count.
    """
    if row.diverged:
        return math.inf
    means = [float(rate.scores.mean()) for rate in row.rates if not np.isnan(rate.scores).any()]
    return max(means) - min(means) if means else math.inf
