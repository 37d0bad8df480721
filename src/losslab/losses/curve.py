"""A loss's value and gradient along the one axis that shows it best."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import UNIT
from losslab.core.errors import ContractError
from losslab.losses.reduction import reduce_outputs
from losslab.losses.spec import Loss

Numbers = NDArray[np.float64]

POINTS = 121
# At the ends of probabilities and cosines, logarithms and angles have no gradient.
_GAP = 0.01
_REACH = 3.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """One loss for one row, as plain numbers that any figure or page can draw.

    Args:
        loss: what the loss is called.
        axis: what runs along ``x``, in words; curves with the same axis can share a picture.
        case: what tells this curve of the loss from its others; empty if it has one.
        span: the ends of the axis.
        x: points along the axis, in order.
        value: what a row costs there.
        gradient: how fast that changes along the axis.
    """

    loss: str
    axis: str
    case: str = ""
    span: tuple[float, float]
    x: Numbers
    value: Numbers
    gradient: Numbers


@dataclass(frozen=True, kw_only=True)
class _Axis:
    """A line through the predictions of a row, and the target that they meet."""

    name: str
    span: tuple[float, float]
    row: Callable[[Tensor], tuple[Tensor, ...]]
    target: float = 1.0


_ERROR = _Axis(
    name="error: prediction minus target", span=(-_REACH, _REACH), row=lambda x: (x,), target=0.0
)
_SCORE = _Axis(name="score, for y = 1", span=(-_REACH, _REACH), row=lambda x: (x,))
_LEAD = _Axis(
    name="lead of the true class's score",
    span=(-_REACH, _REACH),
    row=lambda x: (torch.zeros_like(x), x),
)
_PROBABILITY = _Axis(name="probability, for y = 1", span=(0.0, 1.0), row=lambda x: (x,))
_PROBABILITIES = _Axis(
    name="probability of the true class", span=(0.0, 1.0), row=lambda x: (1.0 - x, x)
)
_LOG_PROBABILITIES = _Axis(
    name="log-probability of the true class",
    span=(-_REACH, 0.0),
    row=lambda x: ((-x.expm1()).log(), x),
)
_COSINE = _Axis(
    name="cosine of the two vectors",
    span=(-1.0, 1.0),
    row=lambda x: ((1.0 - x * x).sqrt(), x),
)
_LOG_RATE = _Axis(
    name="log rate, for a count of 3", span=(-_REACH, _REACH), row=lambda x: (x,), target=3.0
)


def compute_curves(loss: Loss) -> tuple[Curve, ...]:
    """Follow a loss along its axis, in each of its forms: usual, pairs not alike, by class.

    The axis follows from what the loss reads: the error for values, the score or probability of
    the true class, the lead of its score where there is one for each of two classes, the cosine
    for vectors, the log rate for counts.

    Examples:
        >>> from losslab.losses.catalog import LOSSES
        >>> (hinge,) = compute_curves(LOSSES["hinge"])
        >>> hinge.axis, float(hinge.x[60]), float(hinge.value[60]), float(hinge.gradient[60])
        ('score, for y = 1', 0.0, 1.0, -1.0)
    """
    usual = _compute_curve(loss)
    forms = [usual]
    if loss.pair_label is not None:
        forms = [replace(usual, case="y = 1"), _compute_curve(loss, pair_label=-1.0)]
    return (*forms, *(compute_curves(loss.by_class) if loss.by_class is not None else ()))


def group_coinciding(curves: Iterable[Curve]) -> list[tuple[Curve, ...]]:
    """Put curves together that lie on each other all along, such as those of one loss's names."""
    groups: list[list[Curve]] = []
    for curve in curves:
        twins = next((group for group in groups if _coincide(group[0], curve)), None)
        if twins is None:
            groups.append([curve])
        else:
            twins.append(curve)
    return [tuple(group) for group in groups]


def _coincide(one: Curve, other: Curve) -> bool:
    return one.axis == other.axis and bool(
        np.allclose(one.value, other.value, equal_nan=True)
        and np.allclose(one.gradient, other.gradient, equal_nan=True)
    )


def _compute_curve(loss: Loss, pair_label: float | None = None) -> Curve:
    axis = _choose_axis(loss)
    x = _place_points(axis)
    value, gradient = _evaluate_along(loss, axis, x, pair_label)
    return Curve(
        loss=loss.label,
        axis=axis.name,
        case="" if pair_label is None else f"y = {pair_label:g}",
        span=axis.span,
        x=x,
        value=value.double().numpy(),
        gradient=gradient.double().numpy() + 0.0,  # no -0.0
    )


def _evaluate_along(
    loss: Loss, axis: _Axis, x: Numbers, pair_label: float | None
) -> tuple[Tensor, Tensor]:
    # A user's own loss may hold weights, which are float32.
    along = torch.from_numpy(x).to(torch.float32 if loss.kernel is None else torch.float64)
    with torch.enable_grad():
        along.requires_grad_()
        rows = torch.stack(axis.row(along), -1)
        try:
            values = _compute_values(loss, rows, axis.target, pair_label)
        except Exception as error:  # whatever a user's function raises, it can't be drawn
            raise ContractError(
                f"loss {loss.label!r} needs to take rows of {rows.shape[-1]} outputs to be drawn",
                got=f"{type(error).__name__}: {error}",
                fix="draw it without settings for other data, such as weights of classes",
            ) from error
        if not values.requires_grad:
            return values, torch.full_like(values, math.nan)
        (gradients,) = torch.autograd.grad(values.sum(), along)
    return values.detach(), gradients


def _choose_axis(loss: Loss) -> _Axis:
    domain, reads = loss.prediction, loss.prediction.kinds[0]
    by_kind = {
        Kind.UNIT_VECTOR: _COSINE,
        Kind.LOG_PROBABILITY: _LOG_PROBABILITIES,
        Kind.LOG_RATE: _LOG_RATE,
    }
    if reads in by_kind:
        return by_kind[reads]
    if UNIT.covers(domain.within):
        return _PROBABILITIES if domain.over_outputs else _PROBABILITY
    if domain.over_outputs:
        return _LEAD
    if reads is Kind.SCORES:
        return _SCORE
    return _ERROR if math.isinf(domain.within.low) else _shift_error_axis(domain.within.low)


def _shift_error_axis(start: float) -> _Axis:
    """Where predictions start at a number, the target lies as far above it as errors are shown."""
    target = start + _REACH
    return replace(_ERROR, row=lambda x: (x + target,), target=target)


def _place_points(axis: _Axis) -> Numbers:
    low, high = axis.span
    # Both ends of (-3, 3) are ordinary numbers; the others are ends of what there is.
    inner_low = low if low == -_REACH else low + _GAP
    inner_high = high if high == _REACH else high - _GAP
    return np.linspace(inner_low, inner_high, POINTS).round(9)


def _compute_values(loss: Loss, rows: Tensor, aim: float, pair_label: float | None) -> Tensor:
    target = _make_targets(loss, rows, aim)
    label = None if pair_label is None else rows.new_full(rows.shape[:-1], pair_label)
    if loss.reduces == "rows":
        each = zip(rows.unsqueeze(1), target.unsqueeze(1), strict=True)
        return torch.stack([loss.compute(row, wanted) for row, wanted in each])
    return reduce_outputs(loss.compute(rows, target, label), loss.over_outputs)


def _make_targets(loss: Loss, rows: Tensor, aim: float) -> Tensor:
    """The second of two classes is the true one, as its index or as one number per class."""
    points, outputs = rows.shape
    if loss.target.integer:
        return torch.full((points,), outputs - 1)
    if outputs == 1:
        return torch.full_like(rows, aim, requires_grad=False)
    one_hot = torch.zeros_like(rows, requires_grad=False)
    one_hot[:, -1] = 1.0
    return one_hot
