"""The index of losses: one line each, in reading order."""

from losslab.core.registry import Registry
from losslab.losses.binary import bce_with_logits, hinge
from losslab.losses.multiclass import cross_entropy
from losslab.losses.regression import l1, mse

LOSSES = Registry(
    "loss",
    [
        l1.SPEC,
        mse.SPEC,
        bce_with_logits.SPEC,
        cross_entropy.SPEC,
        hinge.SPEC,
    ],
)
