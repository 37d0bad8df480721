"""The index of metrics: one line each, in reading order."""

from losslab.core.registry import Registry
from losslab.metrics.classification import accuracy, auc, balanced_accuracy, brier, ece, log_loss
from losslab.metrics.regression import mae, r2, rmse

METRICS = Registry(
    "metric",
    [
        accuracy.SPEC,
        balanced_accuracy.SPEC,
        log_loss.SPEC,
        brier.SPEC,
        ece.SPEC,
        auc.SPEC,
        rmse.SPEC,
        mae.SPEC,
        r2.SPEC,
    ],
)
