"""The one set-up to train with, and its reason."""

from collections.abc import Sequence

from losslab.experiment.findings import Recommendation, Row
from losslab.experiment.verdict import lr_sensitivity
from losslab.metrics.spec import Metric

_OUT = ("worse", "diverged")


def recommend(rows: Sequence[Row], metric: Metric) -> Recommendation | None:
    """Recommend among the candidates that are not shown worse than the best.

    With probabilities, the one with the best log loss; else the least sensitive to the learning
    rate; else the simplest, which comes first in the catalogue. Pairings that are wrong on purpose
    are never recommended.
    """
    sane = [row for row in rows if row.wrong is None and row.verdict != "diverged"]
    if not sane:
        return None
    fit = [row for row in sane if row.verdict not in _OUT] or sane[:1]
    row, reason = _choose(fit, metric)
    return Recommendation(
        name=row.name,
        loss=row.loss,
        head=row.head,
        optimizer=row.optimizer,
        lr=row.lr,
        reason=reason,
    )


def _choose(fit: Sequence[Row], metric: Metric) -> tuple[Row, str]:
    if len(fit) == 1:
        return fit[0], "the best, and every other candidate is shown worse"
    likely = [row for row in fit if "log_loss" in row.metrics]
    if likely:
        row = min(likely, key=lambda row: row.metrics["log_loss"])
        what = "the best log loss"
        detail = f"{row.metrics['log_loss']:.3f}"
        return row, f"{what} ({detail}) of the {len(fit)} not shown worse than the best"
    drops = {row.name: lr_sensitivity(row, metric.higher_is_better) for row in fit}
    row = min(fit, key=lambda row: drops[row.name])
    if len(set(drops.values())) == 1:
        return row, f"the simplest of the {len(fit)} not shown worse than the best"
    return row, (
        f"the least sensitive to the learning rate of the {len(fit)} not shown worse than the best"
    )
