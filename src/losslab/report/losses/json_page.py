"""A loss's contract as plain data, ready for JSON."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from losslab.losses.curve import Curve
from losslab.losses.spec import Loss
from losslab.objectives.catalog import pairings, written_width


def to_dict(loss: Loss, task: str | None = None) -> dict[str, Any]:
    """Every field of the loss, and its pairings for ``task`` or for all, the usual ones first.

    A function is its qualified name, and an infinite number the text ``inf`` or ``-inf``, which
    ``float`` reads back.

    Example
        >>> from losslab.losses.catalog import LOSSES
        >>> mse = to_dict(LOSSES["mse"])
        >>> mse["fn"], mse["gradient_bound"]
        ('losslab.losses.regression.mse.mse', 'inf')
    """
    tasks = loss.tasks if task is None else (task,)
    listed = [pair for name in tasks for pair in pairings(name, loss.name)]
    return {
        **_plain_fields(loss),
        "pairings": [
            {
                "task": pair.task,
                "head": pair.head,
                "target_encoding": pair.codec,
                "width": written_width(pair),
            }
            for pair in listed
        ],
    }


def curve_to_dict(curve: Curve) -> dict[str, Any]:
    """A curve's numbers as lists, with what runs along ``x``.

    Example
        >>> from losslab.losses.catalog import LOSSES
        >>> from losslab.losses.curve import compute_curves
        >>> (mse,) = map(curve_to_dict, compute_curves(LOSSES["mse"]))
        >>> mse["axis"], mse["x"][0], mse["value"][0], mse["gradient"][0]
        ('error: prediction minus target', -3.0, 9.0, -6.0)
    """
    return _plain_fields(curve)


def _plain_fields(value: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def _plain(value: Any) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case str():
            return str(value)
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case np.ndarray():
            return _plain(value.tolist())
        case tuple() | list():
            return [_plain(item) for item in value]
    if is_dataclass(value):
        return _plain_fields(value)
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"
