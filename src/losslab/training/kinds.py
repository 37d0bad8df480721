"""Runs that differ in learning rate, alpha and seed alone, which are checked and planned as one."""

from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter

from losslab.losses.catalog import LOSSES
from losslab.training.run import Run

_PARAMS = ("loss_params", "optimizer_params", "schedule_params", "penalty_params")
_OTHERS = {"loss", "lr", "alpha", "seed", *_PARAMS}
_deciding = attrgetter(*(field.name for field in fields(Run) if field.name not in _OTHERS))


def by_kind(runs: Iterable[Run]) -> list[list[Run]]:
    """Sort runs by all that may decide which of them train together, in a few microseconds each.

    >>> few = [Run(loss="mse", task="binary", lr=lr, hidden=(8,)) for lr in (0.1, 0.01)]
    >>> [len(kind) for kind in by_kind([*few, Run(loss="hinge", task="binary")])]
    [2, 1]
    """
    kinds: dict[str, list[Run]] = {}
    for run in runs:
        kinds.setdefault(_kind(run), []).append(run)
    return list(kinds.values())


def _kind(run: Run) -> str:
    # Equal texts mean equal values, which equal numbers such as 1, 1.0 and True do not.
    params = [tuple(getattr(run, name).items()) for name in _PARAMS]
    return repr((_loss(run), params, _deciding(run)))


def _loss(run: Run) -> object:
    """What tells losses apart while the runs are held, and without reading a user's code."""
    if isinstance(run.loss, str) and run.loss in LOSSES:
        return run.loss
    return id(run.loss), id(run.objective.loss.fn)
