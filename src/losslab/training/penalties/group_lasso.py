"""The group lasso on input features: all weights of a feature become zero, or none."""

import math

import numpy as np
import torch
from torch import Tensor

from losslab.training.kernel_math import Array
from losslab.training.penalty import Number, Penalty, fill_step_sizes

_STEPS = 12  # of Newton's method, which needs about five


def compute_value(weights: Tensor, alpha: Number) -> Tensor:
    r"""Sum the norms of each feature's weights; weights ``(inputs, outputs)``.

    Formula:
        .. math:: \alpha \sum_f \sqrt{\textstyle\sum_k w_{fk}^2}
    """
    lengths: Tensor = weights.norm(dim=-1)
    return alpha * lengths.sum()


def apply_proximal_step(weights: Tensor, step_sizes: Number, lr: Number, alpha: Number) -> None:
    r"""Shrink the norm of each row of weights ``(..., groups, members)`` in place.

    Formula:
        With :math:`\theta` the norm of the row afterwards,

        .. math:: w_i \leftarrow w_i \frac{\theta}{\theta + s_i \alpha}, \qquad
            \sum_i \left( \frac{w_i}{\theta + s_i \alpha} \right)^2 = 1

        and zero where no :math:`\theta > 0` does so. With equal step sizes it is the block soft
        threshold. The equation is solved by Newton's method for the reciprocal of the square root
        of its left side, which is nearly linear.
    References:
        Yuan and Lin, "Model selection and estimation in regression with grouped variables"
        (2006); Moré and Sorensen (1983) for the equation.

    Examples:
        >>> weights = torch.tensor([[3.0, 4.0], [0.3, 0.4]])
        >>> apply_proximal_step(weights, 1.0, 0.0, 1.0)
        >>> weights
        tensor([[2.4000, 3.2000],
                [0.0000, 0.0000]])
    """
    # In float64, since step sizes of one row may be many decades apart.
    rows = weights.double()
    thresholds = torch.as_tensor(step_sizes * alpha, device=weights.device).double().expand_as(rows)
    length = rows.norm(dim=-1, keepdim=True) - thresholds.amax(-1, keepdim=True)
    length.clamp_(min=0.0)  # a lower bound, from which Newton's method never overshoots
    for _ in range(_STEPS):
        denominator = length + thresholds
        squares = (rows / denominator).square()
        total = squares.sum(-1, keepdim=True)
        step = (total.sqrt() - 1.0) * total / (squares / denominator).sum(-1, keepdim=True)
        length = torch.where(step.isfinite(), (length + step).clamp_(min=0.0), length)
    weights.copy_(torch.where(thresholds > 0.0, rows * (length / (length + thresholds)), rows))


def group_lasso_kernel(
    weights: Array,
    state: Array,
    settings: Array,
    penalty: Array,
    lr: float,
    count: int,
    first: int,
    layer: int,
) -> None:
    """Step as ``apply_proximal_step`` does, in the compiled engine."""
    if layer or penalty[0] == 0.0:
        return
    rows, outputs = weights.shape
    step_sizes = np.empty(rows * outputs, weights.dtype)
    fill_step_sizes(step_sizes, state, settings, lr, count, first)
    row, thresholds = np.empty(outputs), np.empty(outputs)
    for r in range(rows):
        for k in range(outputs):
            row[k] = weights[r, k]
            thresholds[k] = step_sizes[r * outputs + k] * penalty[0]
        length = _solve_length(row, thresholds)
        for k in range(outputs):
            if thresholds[k] > 0.0:
                weights[r, k] = row[k] * (length / (length + thresholds[k]))


def _solve_length(row: Array, thresholds: Array) -> float:
    """Solve for the norm of a row after the step, by Newton's method."""
    squares, largest = 0.0, 0.0
    for k in range(len(row)):
        squares += row[k] * row[k]
        largest = max(largest, thresholds[k])
    length = max(math.sqrt(squares) - largest, 0.0)
    for _ in range(_STEPS):
        total, gradient = 0.0, 0.0
        for k in range(len(row)):
            denominator = length + thresholds[k]
            part = row[k] / denominator
            total += part * part
            gradient += part * part / denominator
        step = (math.sqrt(total) - 1.0) * total / gradient
        before = length
        if math.isfinite(step):
            length = max(length + step, 0.0)
        if length == before:  # converged
            break
    return length


SPEC = Penalty(
    name="group_lasso",
    value=compute_value,
    proximal_step=apply_proximal_step,
    kernel=group_lasso_kernel,
    on="the first layer",
    makes_zeros=True,
    formula=r"\alpha \sum_f \sqrt{\textstyle\sum_k w_{fk}^2}",
    summary="drops whole input features: all first-layer weights of one are zero, or none",
    reference="Yuan and Lin (2006); Scardapane and others (2017) for networks",
)
