"""The catalogue of losses, one line each, in the order of the documentation."""

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
    other_names={
        # Names of PyTorch classes and functions need no entry: L1Loss, nll_loss, SmoothL1Loss.
        "mae": "l1",
        "absolute_error": "l1",
        "mean_absolute_error": "l1",
        "l2": "mse",
        "rmse": "mse",
        "brier": "mse",
        "quadratic": "mse",
        "squared_error": "mse",
        "mean_squared_error": "mse",
        "binary_cross_entropy": "bce",
        "binary_cross_entropy_with_logits": "bce_with_logits",
        "bce_logits": "bce_with_logits",
        "logistic": "bce_with_logits",
        "sigmoid_cross_entropy": "bce_with_logits",
        "svm": "hinge",
        "ce": "cross_entropy",
        "xent": "cross_entropy",
        "softmax": "cross_entropy",
        "log_loss": "cross_entropy",
        "categorical_cross_entropy": "cross_entropy",
        "sparse_categorical_cross_entropy": "cross_entropy",
        "softmax_cross_entropy": "cross_entropy",
        "negative_log_likelihood": "nll",
        "kl": "kl_div",
        "kl_divergence": "kl_div",
        "kullback_leibler": "kl_div",
        "cosine": "cosine_embedding",
        "cosine_similarity": "cosine_embedding",
        "multiclass_hinge": "multi_margin",
        "poisson": "poisson_nll",
        "sigmoid_focal": "focal",
    },
)
