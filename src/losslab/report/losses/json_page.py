"""Losses and curves as JSON data."""

from typing import Any

from losslab.core.json_values import to_json_value
from losslab.losses.curve import Curve
from losslab.losses.spec import Loss
from losslab.objectives.catalog import format_width, list_pairings


def to_dict(loss: Loss, task: str | None = None) -> dict[str, Any]:
    """Convert a loss with its pairings for ``task``, or for all tasks, defaults first.

    Functions become qualified names, and infinite numbers ``"inf"`` or ``"-inf"``, which ``float``
    parses.

    Examples:
        >>> from losslab.losses.catalog import LOSSES
        >>> mse = to_dict(LOSSES["mse"])
        >>> mse["fn"], mse["gradient_bound"]
        ('losslab.losses.regression.mse.mse', 'inf')
    """
    tasks = loss.tasks if task is None else (task,)
    return {
        **to_json_value(loss, non_finite=str),
        "pairings": [
            {
                "task": pair.task,
                "head": pair.head,
                "target_encoding": pair.codec,
                "width": format_width(pair),
            }
            for name in tasks
            for pair in list_pairings(name, loss.name)
        ],
    }


def curve_to_dict(curve: Curve) -> dict[str, Any]:
    """Convert a curve.

    Examples:
        >>> from losslab.losses.catalog import LOSSES
        >>> from losslab.losses.curve import compute_curves
        >>> (mse,) = map(curve_to_dict, compute_curves(LOSSES["mse"]))
        >>> mse["axis"], mse["x"][0], mse["value"][0], mse["gradient"][0]
        ('error: prediction minus target', -3.0, 9.0, -6.0)
    """
    content: dict[str, Any] = to_json_value(curve, non_finite=str)
    return content
