"""Curves of a loss: its value and gradient along an axis."""

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
# The distance to the ends of probabilities and cosines, where gradients are infinite.
_GAP = 0.01
_REACH = 3.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """The loss of one row along an axis.

    Attributes:
        loss: the label of the loss.
        axis: the meaning of ``x``; curves with the same axis can share a figure.
        case: what distinguishes this curve from others of the loss; empty if it has one.
        span: the ends of the axis.
        x: points along the axis, in order.
        value: the loss at each point.
        gradient: its derivative along the axis.
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
    """A line through the predictions of a row, with their target."""

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
    """Compute the curves of a loss: of its default form, of pairs with label -1, and by class.

    The axis depends on the predictions: the error of values, the score or probability of the true
    class, the lead of its score if each of two classes has one, the cosine of vectors, the log rate
    of counts.

    Examples:
        >>> from losslab.losses.catalog import LOSSES
        >>> (hinge,) = compute_curves(LOSSES["hinge"])
        >>> hinge.axis, float(hinge.x[60]), float(hinge.value[60]), float(hinge.gradient[60])
        ('score, for y = 1', 0.0, 1.0, -1.0)
    """
    curves = [_compute_curve(loss)]
    if loss.pair_label is not None:
        curves = [replace(curves[0], case="y = 1"), _compute_curve(loss, pair_label=-1.0)]
    return (*curves, *(compute_curves(loss.by_class) if loss.by_class is not None else ()))


def group_coinciding(curves: Iterable[Curve]) -> list[tuple[Curve, ...]]:
    """Group curves that are equal, such as those of losses that differ by name only."""
    groups: list[list[Curve]] = []
    for curve in curves:
        for group in groups:
            if _coincide(group[0], curve):
                group.append(curve)
                break
        else:
            groups.append([curve])
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
    # Custom losses may hold weights, which are float32.
    along = torch.from_numpy(x).to(torch.float32 if loss.kernel is None else torch.float64)
    with torch.enable_grad():
        along.requires_grad_()
        rows = torch.stack(axis.row(along), -1)
        try:
            values = _compute_values(loss, rows, axis.target, pair_label)
        except Exception as error:  # a user's function may raise anything
            raise ContractError(
                f"loss {loss.label!r} needs to take rows of {rows.shape[-1]} outputs to be drawn",
                got=f"{type(error).__name__}: {error}",
                fix="draw it without settings for other data, such as class weights",
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
    """Return the error axis with a target so far above ``start`` that all errors fit."""
    target = start + _REACH
    return replace(_ERROR, row=lambda x: (x + target,), target=target)


def _place_points(axis: _Axis) -> Numbers:
    low, high = axis.span
    # The ends of (-3, 3) are ordinary numbers; all others bound the domain.
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
    """Make targets: the second of two classes as index or one-hot, or the target of the axis."""
    points, outputs = rows.shape
    if loss.target.integer:
        return torch.full((points,), outputs - 1)
    if outputs == 1:
        return torch.full_like(rows, aim, requires_grad=False)
    one_hot = torch.zeros_like(rows, requires_grad=False)
    one_hot[:, -1] = 1.0
    return one_hot
