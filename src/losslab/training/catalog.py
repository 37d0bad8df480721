"""The indices of optimizers, schedules and activations: one line each, in reading order."""

from losslab.core.registry import Registry
from losslab.training.activation import ACTIVATION_SPECS
from losslab.training.optimizers import adam, adamw, rmsprop, sgd
from losslab.training.schedules import constant, cosine, exponential, linear, step, warmup_cosine

OPTIMIZERS = Registry("optimizer", [sgd.SPEC, adam.SPEC, adamw.SPEC, rmsprop.SPEC])

SCHEDULES = Registry(
    "schedule",
    [
        constant.SPEC,
        linear.SPEC,
        cosine.SPEC,
        warmup_cosine.SPEC,
        exponential.SPEC,
        step.SPEC,
    ],
)

ACTIVATIONS = Registry("activation", ACTIVATION_SPECS)
