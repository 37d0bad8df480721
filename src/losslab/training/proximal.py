"""Proximal steps in closed form, for weights of one model or of many."""

import torch
from torch import Tensor

Number = Tensor | float
_STEPS = 12  # of Newton's method, which needs about five


def shrink_elastic(weights: Tensor, sizes: Number, l1: Number, l2: Number) -> None:
    r"""Shrink towards zero in place, and to zero exactly whatever ``l1`` reaches.

    Formula
        .. math:: w \leftarrow \frac{\mathrm{sign}(w) \max(|w| - s\,\alpha_1, 0)}{1 + s\,\alpha_2}
    Reference
        Parikh and Boyd, "Proximal algorithms" (2014), section 6.5.

    >>> weights = torch.tensor([3.0, -0.5, float("nan")])
    >>> shrink_elastic(weights, 1.0, 1.0, 1.0)
    >>> weights
    tensor([1., -0., nan])
    """
    magnitude = (weights.abs() - sizes * l1).clamp_(min=0.0)
    weights.copy_(torch.copysign(magnitude / (1.0 + sizes * l2), weights))


def shrink_groups(weights: Tensor, sizes: Number, alpha: Number) -> None:
    r"""Shrink each row of weights ``(..., groups, members)`` as one, in place; short ones to zero.

    Formula
        With :math:`\theta` the length of the row afterwards,

        .. math:: w_i \leftarrow w_i \frac{\theta}{\theta + s_i \alpha}, \qquad
            \sum_i \left( \frac{w_i}{\theta + s_i \alpha} \right)^2 = 1

        and zero where no :math:`\theta > 0` does so. One step size for all makes it the block
        soft threshold. The equation is solved by Newton's method for the reciprocal of the root
        of its left side, which is nearly a straight line.
    Reference
        Yuan and Lin, "Model selection and estimation in regression with grouped variables"
        (2006); Moré and Sorensen (1983) for the equation.

    >>> weights = torch.tensor([[3.0, 4.0], [0.3, 0.4]])
    >>> shrink_groups(weights, 1.0, 1.0)
    >>> weights
    tensor([[2.4000, 3.2000],
            [0.0000, 0.0000]])
    """
    # In float64, since step sizes of one row may be many decades apart.
    rows = weights.double()
    pull = torch.as_tensor(sizes * alpha, device=weights.device).double().expand_as(rows)
    length = rows.norm(dim=-1, keepdim=True) - pull.amax(-1, keepdim=True)
    length.clamp_(min=0.0)  # no longer than it will be, from where the method never overshoots
    for _ in range(_STEPS):
        room = length + pull
        squares = (rows / room).square()
        total = squares.sum(-1, keepdim=True)
        step = (total.sqrt() - 1.0) * total / (squares / room).sum(-1, keepdim=True)
        length = torch.where(step.isfinite(), (length + step).clamp_(min=0.0), length)
    weights.copy_(torch.where(pull > 0.0, rows * (length / (length + pull)), rows))
