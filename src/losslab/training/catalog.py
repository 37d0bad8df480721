"""Optimizers, schedules, penalties and activations: one line each, in reading order."""

from losslab.core.registry import Registry
from losslab.training.activations import ACTIVATION_SPECS
from losslab.training.optimizers import adam, adamw, rmsprop, sgd
from losslab.training.penalties import elastic_net, group_lasso, l1, l2, none, weight_decay
from losslab.training.schedules import SCHEDULE_SPECS

OPTIMIZERS = Registry("optimizer", [sgd.SPEC, adam.SPEC, adamw.SPEC, rmsprop.SPEC])

SCHEDULES = Registry("schedule", SCHEDULE_SPECS)

PENALTIES = Registry(
    "penalty",
    [none.SPEC, l1.SPEC, l2.SPEC, elastic_net.SPEC, group_lasso.SPEC, weight_decay.SPEC],
    other_names={
        "lasso": "l1",
        "ridge": "l2",
        "tikhonov": "l2",
        "elasticnet": "elastic_net",
        "l1_l2": "elastic_net",
        "grouplasso": "group_lasso",
        "l21": "group_lasso",
        "decay": "weight_decay",
        "no": "none",
    },
)

ACTIVATIONS = Registry("activation", ACTIVATION_SPECS)
