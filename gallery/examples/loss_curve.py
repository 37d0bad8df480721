"""Regression losses along the error, and binary losses along the score."""

from losslab import LOSSES
from losslab.losses.curve import compute_curves
from losslab.plots.figures import loss_curve


def example() -> loss_curve.LossCurves:
    names = ["mse", "l1", "huber", "log_cosh", "bce_with_logits", "hinge", "squared_hinge"]
    return loss_curve.prepare(curve for name in names for curve in compute_curves(LOSSES[name]))
