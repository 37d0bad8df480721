"""The index of losses: one line each, in reading order."""

from losslab.core.registry import Registry
from losslab.losses.binary import bce, bce_with_logits, focal, hinge, squared_hinge
from losslab.losses.count import poisson_nll
from losslab.losses.multiclass import cross_entropy, kl_div, multi_margin, nll
from losslab.losses.regression import huber, l1, log_cosh, mse, smooth_l1
from losslab.losses.similarity import cosine_embedding

LOSSES = Registry(
    "loss",
    [
        l1.SPEC,
        mse.SPEC,
        huber.SPEC,
        smooth_l1.SPEC,
        log_cosh.SPEC,
        bce.SPEC,
        bce_with_logits.SPEC,
        hinge.SPEC,
        squared_hinge.SPEC,
        focal.SPEC,
        cross_entropy.SPEC,
        nll.SPEC,
        kl_div.SPEC,
        cosine_embedding.SPEC,
        multi_margin.SPEC,
        poisson_nll.SPEC,
    ],
)
