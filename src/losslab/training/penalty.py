"""What a penalty promises, and the proximal steps that penalties share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from losslab.contracts.interval import Interval
from losslab.core.errors import OptionError
from losslab.core.numbers import is_number
from losslab.training.settings import bound

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


def check_alpha(penalty: str, alpha: object) -> None:
    """Refuse an alpha that is no finite number from 0, or one without a penalty to scale.

    >>> check_alpha("l1", 0.01)
    """
    if not is_number(alpha) or not 0.0 <= float(alpha) < float("inf"):
        raise OptionError("needed alpha as a number from 0", got=repr(alpha), fix="alpha=0.01")
    if penalty == "none" and alpha:
        raise OptionError(
            "needed a penalty for alpha to scale",
            got=f"alpha={alpha!r} and penalty='none'",
            fix=f"penalty='l2', alpha={alpha!r}",
        )


Shrink = Callable[..., None]


@dataclass(frozen=True, kw_only=True)
class Penalty:
    r"""What weights cost beside the loss: mean loss + value. Biases cost nothing.

    The loss alone goes through the optimizer. After each of its steps ``shrink`` takes the
    proximal step of the penalty, in the metric of the optimizer's own step: with step sizes
    :math:`s_i` (the learning rate for plain descent, the learning rate over the root of the mean
    square for Adam and its kin), weights become

    .. math:: \arg\min_w \; \text{value}(w) + \sum_i \frac{(w_i - \tilde w_i)^2}{2 s_i}

    which has the same fixed points as a step along the gradient of both, is stable for any alpha,
    and makes weights exactly zero where the penalty asks for it, as a gradient never does.

    Args:
        name: the field's name.
        value: what weights ``(inputs, outputs)`` cost, from (weights, alpha, **settings).
        shrink: changes weights ``(..., inputs, outputs)`` in place after a step, from (weights,
            step sizes, learning rate, alpha, **settings); the last three may be tensors.
        kernel: the compiled engine's function for it, and its settings in that function's order.
        on: the layers whose weights it takes.
        makes_zeros: whether weights become exactly zero.
        settings: settings beside alpha with their defaults; ``ranges`` says where they may lie.
        alphas: what ``--alpha auto`` tries.
        formula: LaTeX.
        summary, reference: what it is for and where it comes from.
    """

    name: str
    value: Callable[..., Tensor]
    shrink: Shrink
    kernel: "Kernel"
    on: Literal["all layers", "the first layer"] = "all layers"
    makes_zeros: bool = False
    settings: Mapping[str, float] = field(default_factory=dict)
    ranges: Mapping[str, Interval] = field(default_factory=dict)
    alphas: tuple[float, ...] = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
    formula: str
    summary: str
    reference: str

    def bind(self, settings: Mapping[str, float]) -> dict[str, float]:
        """Complete settings by the defaults; refuse unknown names and values out of range."""
        return bound(f"penalty {self.name!r}", settings, self.settings, self.ranges)

    def takes(self, layer: int) -> bool:
        """Whether the weights of a layer, counted from 0, are among those it takes."""
        return self.on == "all layers" or layer == 0


@dataclass(frozen=True)
class Kernel:
    """A function of ``compiled/shrinking.py``, and the numbers it wants for given settings.

    >>> Kernel("elastic", l1_ratio=1.0).numbers(0.5, {})
    (0.5, 1.0)
    """

    function: str
    l1_ratio: float | None = None

    def numbers(self, alpha: float, settings: Mapping[str, float]) -> tuple[float, float]:
        """What the function reads: alpha, and the share of it that is L1."""
        ratio = settings.get("l1_ratio", 0.0) if self.l1_ratio is None else self.l1_ratio
        return float(alpha), float(ratio)
