"""The indices of optimizers and activations: one line each, in reading order."""

from losslab.core.registry import Registry
from losslab.training.activation import ACTIVATION_SPECS
from losslab.training.optimizers import adam, adamw, rmsprop, sgd

OPTIMIZERS = Registry("optimizer", [sgd.SPEC, adam.SPEC, adamw.SPEC, rmsprop.SPEC])

ACTIVATIONS = Registry("activation", ACTIVATION_SPECS)
