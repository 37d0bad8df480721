"""Penalties on weights, and the proximal steps that they share."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from losslab.core.errors import OptionError
from losslab.core.numbers import is_number
from losslab.training.kernel_math import Array
from losslab.training.parameterized import Parameterized

Number = Tensor | float


def apply_elastic_net_step(weights: Tensor, step_sizes: Number, l1: Number, l2: Number) -> None:
    r"""Shrink weights in place: soft-threshold by ``l1``, then scale by ``l2``.

    Formula:
        .. math:: w \leftarrow \frac{\mathrm{sign}(w) \max(|w| - s\,\alpha_1, 0)}{1 + s\,\alpha_2}
    References:
        Parikh and Boyd, "Proximal algorithms" (2014), section 6.5.

    Examples:
        >>> weights = torch.tensor([3.0, -0.5, float("nan")])
        >>> apply_elastic_net_step(weights, 1.0, 1.0, 1.0)
        >>> weights
        tensor([1., -0., nan])
    """
    magnitude = (weights.abs() - step_sizes * l1).clamp_(min=0.0)
    weights.copy_(torch.copysign(magnitude / (1.0 + step_sizes * l2), weights))


def check_alpha(penalty: str, alpha: object) -> None:
    """Refuse an alpha that is negative or not finite, or one without a penalty to scale.

    Examples:
        >>> check_alpha("l1", 0.01)
    """
    if not is_number(alpha) or not 0.0 <= float(alpha) < float("inf"):
        raise OptionError(
            "needed alpha as a number of at least 0", got=repr(alpha), fix="alpha=0.01"
        )
    if penalty == "none" and alpha:
        raise OptionError(
            "needed a penalty for alpha to scale",
            got=f"alpha={alpha!r} and penalty='none'",
            fix=f"penalty='l2', alpha={alpha!r}",
        )


@dataclass(frozen=True, kw_only=True)
class Penalty(Parameterized):
    r"""A cost of weights that is added to the mean loss; biases are not penalized.

    The loss alone goes through the optimizer. After each optimizer step comes a proximal step of
    the penalty, scaled by the optimizer's step sizes :math:`s_i` (the learning rate for SGD; the
    learning rate over the root of the mean square for Adam and other adaptive optimizers):

    .. math:: \arg\min_w \; \text{value}(w) + \sum_i \frac{(w_i - \tilde w_i)^2}{2 s_i}

    It has the same fixed points as a step along the gradient of both, is stable for any alpha,
    and makes weights exactly zero where the penalty calls for it, which gradient steps never do.

    Attributes:
        value: the cost of weights ``(inputs, outputs)``, from (weights, alpha, **settings).
        proximal_step: changes weights ``(..., inputs, outputs)`` in place after a step, from
            (weights, step sizes, learning rate, alpha, **settings); the last three may be tensors.
        kernel: the same in the compiled engine, for some rows of a layer's weights ``(rows,
            outputs)``: from (weights, state, settings, penalty, lr, count, first, layer), where
            ``penalty`` holds what ``compute_kernel_parameters`` returns, ``layer`` counts from 0,
            and the others are the arguments of an optimizer's kernel.
        l1_ratio: the share of alpha that is L1 in the kernel, where it isn't a setting.
        on: the layers whose weights are penalized.
        makes_zeros: whether weights become exactly zero.
        alphas: the candidates of ``--alpha auto``.
        formula: the value in LaTeX.
    """

    value: Callable[..., Tensor]
    proximal_step: Callable[..., None]
    kernel: Callable[..., None]
    l1_ratio: float | None = None
    on: Literal["all layers", "the first layer"] = "all layers"
    makes_zeros: bool = False
    alphas: tuple[float, ...] = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
    formula: str

    def applies_to(self, layer: int) -> bool:
        """Return whether the weights of a layer, counted from 0, are penalized."""
        return self.on == "all layers" or layer == 0

    def compute_kernel_parameters(
        self, alpha: float, settings: Mapping[str, float]
    ) -> tuple[float, float]:
        """Compute what the kernel reads: alpha, and the share of it that is L1.

        Examples:
            >>> from losslab.training.catalog import PENALTIES
            >>> PENALTIES["l1"].compute_kernel_parameters(0.5, {})
            (0.5, 1.0)
        """
        ratio = settings.get("l1_ratio", 0.0) if self.l1_ratio is None else self.l1_ratio
        return float(alpha), float(ratio)


def elastic_net_kernel(
    weights: Array,
    state: Array,
    settings: Array,
    penalty: Array,
    lr: float,
    count: int,
    first: int,
    layer: int,
) -> None:
    """Step as ``apply_elastic_net_step`` does, in the compiled engine."""
    real = weights.dtype.type
    l1, l2 = real(penalty[0] * penalty[1]), real(penalty[0] * (1.0 - penalty[1]))
    flat = weights.reshape(-1)
    step_sizes = np.empty(len(flat), weights.dtype)
    fill_step_sizes(step_sizes, state, settings, lr, count, first)
    none, one = real(0.0), real(1.0)
    for i in range(len(flat)):
        magnitude = (abs(flat[i]) - step_sizes[i] * l1) / (one + step_sizes[i] * l2)
        # Not max(), which may lose a NaN.
        flat[i] = none if magnitude <= none else math.copysign(magnitude, flat[i])


def fill_step_sizes(
    step_sizes: Array, state: Array, settings: Array, lr: float, count: int, first: int
) -> None:
    """Placeholder that the compiled engine replaces by an optimizer's ``step_size_kernel``."""
    raise NotImplementedError
