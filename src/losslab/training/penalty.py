"""What a penalty promises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor

from losslab.contracts.interval import Interval
from losslab.training.bound import bound

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
