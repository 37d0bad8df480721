"""What an optimizer promises, and the running moments that Adam and its kin share."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from losslab.contracts.interval import NON_NEGATIVE, POSITIVE, Interval
from losslab.core.errors import OptionError
from losslab.training.kernel_math import Array, fma, power
from losslab.training.settings import complete_settings


@dataclass
class FleetState:
    """The parameters of ``M`` models and what their optimizer remembers, a row a model.

    Args:
        weights, gradient: ``(M, P)``.
        state: the optimizer's running averages, ``(M, P)`` each.
        lr: ``(M, 1)``.
        chosen: the optimizer's settings, a mapping a model; ``settings`` holds them as ``(M, 1)``.
        count: steps made so far, ``(M, 1)`` in float64, already including the present one.

    ``gradient`` is there to be overwritten by an update.
    """

    weights: Tensor
    gradient: Tensor
    state: tuple[Tensor, ...]
    lr: Tensor
    chosen: Sequence[Mapping[str, float]]
    count: Tensor
    settings: Mapping[str, Tensor] = field(init=False)

    def __post_init__(self) -> None:
        self.settings = {
            name: self.weights.new_tensor([[float(own[name])] for own in self.chosen])
            for name in self.chosen[0]
        }
        self.scratch = torch.empty_like(self.weights)
        self.models = list(zip(self.weights, self.gradient, *self.state, strict=True))

    def uses(self, setting: str) -> bool:
        """Whether any model has a setting other than zero."""
        return any(own[setting] for own in self.chosen)

    def apply_weight_decay(self) -> Tensor:
        """The gradient, with the weights pulled towards zero by ``weight_decay``."""
        if self.uses("weight_decay"):
            self.gradient.addcmul_(self.settings["weight_decay"], self.weights)
        return self.gradient


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """An update rule, for one model through ``torch.optim`` and for a fleet at once.

    Args:
        name: the field's name.
        torch_type: the ``torch.optim`` class, which is the oracle of ``update``.
        update: makes one step of every model of a fleet, in place, on any device.
        fused: the same on a CPU, where PyTorch has a faster way.
        kernel: the same for some numbers of one model, for the compiled engine: from (weights,
            gradient, state, settings, lr, count, first), where ``state`` ``(S, P)`` is that of all
            numbers, of which the given ones begin at ``first``, ``settings`` are in the order of
            the spec, and ``count`` counts the steps from 1.
        step_sizes: how far a unit of a steady gradient moves each number at the present step,
            which is the metric of a penalty's proximal step: from (state, settings, lr, count).
        step_size_kernel: the same for the compiled engine: fills its first argument, the others
            are (state, settings, lr, count, first).
        torch_state: what ``torch.optim`` calls the state that ``step_sizes`` reads; None for what
            it does not read.
        n_state: how many ``(M, P)`` tensors it remembers.
        settings: settings with their defaults; ``ranges`` says where they may lie.
        needs: settings that mean nothing unless another one is above 0.
        learning_rates: what ``--lr auto`` tries.
        summary, reference: what it is for and where it comes from.
    """

    name: str
    torch_type: Callable[..., torch.optim.Optimizer]
    update: Callable[[FleetState], None]
    fused: Callable[[FleetState], None] | None = None
    kernel: Callable[..., None]
    step_sizes: Callable[..., Tensor]
    step_size_kernel: Callable[..., None]
    torch_state: tuple[str | None, ...]
    n_state: int
    settings: Mapping[str, float] = field(default_factory=dict)
    ranges: Mapping[str, Interval] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    learning_rates: tuple[float, ...]
    summary: str
    reference: str

    def bind(self, settings: Mapping[str, float]) -> dict[str, float]:
        """Complete settings by the defaults; refuse unknown names and values out of range."""
        chosen = complete_settings(f"optimizer {self.name!r}", settings, self.settings, self.ranges)
        for name, other in self.needs.items():
            if chosen[name] and not chosen[other]:
                raise OptionError(
                    f"optimizer {self.name!r} needs {other} above 0 for {name}",
                    got=f"{other}={chosen[other]:g}",
                    fix=f"{other}=0.9, or leave {name} out",
                )
        return chosen

    def build(
        self, parameters: Iterable[Tensor], lr: float, settings: Mapping[str, float]
    ) -> torch.optim.Optimizer:
        """Build the ``torch.optim`` optimizer of one model."""
        chosen: dict[str, Any] = self.bind(settings)
        if "beta1" in chosen:  # torch takes the two as one pair
            chosen["betas"] = (chosen.pop("beta1"), chosen.pop("beta2"))
        if "nesterov" in chosen:
            chosen["nesterov"] = bool(chosen["nesterov"])
        return self.torch_type(list(parameters), lr=lr, **chosen)

    def compute_step_sizes(self, optimizer: torch.optim.Optimizer, parameter: Tensor) -> Tensor:
        """The step sizes after a step of a ``torch.optim`` optimizer, ``()`` or the parameter's."""
        group = next(
            group
            for group in optimizer.param_groups
            if any(own is parameter for own in group["params"])
        )
        known = optimizer.state[parameter]
        settings = {
            name: value for name, value in group.items() if isinstance(value, int | float)
        } | dict(zip(("beta1", "beta2"), group.get("betas", ()), strict=False))
        state = tuple(None if name is None else known[name] for name in self.torch_state)
        lr = torch.as_tensor(group["lr"], dtype=parameter.dtype)
        count = torch.as_tensor(known.get("step", 1), dtype=torch.float64)
        return self.step_sizes(state, settings, lr, count)


_SHARE = Interval(0.0, 1.0, open_high=True)
RANGES = {"beta1": _SHARE, "beta2": _SHARE, "eps": POSITIVE, "weight_decay": NON_NEGATIVE}


def step_by_moments(fleet: FleetState, gradient: Tensor) -> None:
    """Update both moments by ``gradient`` and step by their bias-corrected ratio."""
    mean, square = fleet.state
    beta1, beta2 = fleet.settings["beta1"], fleet.settings["beta2"]
    mean.lerp_(gradient, 1 - beta1)
    scratch = torch.mul(gradient, gradient, out=fleet.scratch)
    square.mul_(beta2).addcmul_(scratch, 1 - beta2)
    torch.sqrt(square, out=scratch)
    scratch.div_(_compute_bias_correction(beta2, fleet.count).sqrt()).add_(fleet.settings["eps"])
    torch.div(mean, scratch, out=scratch)
    step_size = fleet.lr / _compute_bias_correction(beta1, fleet.count)
    fleet.weights.addcmul_(scratch, step_size, value=-1)


def compute_moment_step_sizes(
    state: tuple[Tensor, ...], settings: Mapping[str, Tensor], lr: Tensor, count: Tensor
) -> Tensor:
    r"""How far a unit of a steady gradient moves each number.

    Formula:
        .. math:: s = \frac{\eta}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}
    """
    scale = (
        state[1]
        .sqrt()
        .div_(_compute_bias_correction(settings["beta2"], count).to(state[1].dtype).sqrt())
    )
    return lr / scale.add_(settings["eps"])


def step_model_by_model(fleet: FleetState, kernel: Callable[..., None]) -> None:
    """Step by one of PyTorch's fused kernels, which takes one set of settings at a time.

    It makes one pass over a model's numbers instead of ten, and its square root, unlike that of
    whole tensors, does not slow down tenfold where averages have become tiny.
    """
    rates, counts = fleet.lr.flatten().tolist(), fleet.count.flatten().unbind()
    for lr, count, settings, model in zip(rates, counts, fleet.chosen, fleet.models, strict=True):
        weights, gradient, mean, square = model
        kernel(
            [weights],
            [gradient],
            [mean],
            [square],
            [],
            [count],
            lr=lr,
            **settings,
            amsgrad=False,
            maximize=False,
        )


def _compute_bias_correction(beta: Tensor | float, count: Tensor) -> Tensor:
    """``1 - beta^t``, in float64 since it starts close to zero."""
    if isinstance(beta, Tensor):
        return (1 - beta.double() ** count).to(beta.dtype)
    return 1.0 - beta**count


def moments_kernel(
    weights: Array,
    gradient: Array,
    state: Array,
    settings: Array,
    lr: float,
    count: int,
    first: int,
    decay: float,
) -> None:
    """Step as ``step_by_moments`` does, for the compiled engine."""
    real = weights.dtype.type
    beta1, beta2, eps = real(settings[0]), real(settings[1]), real(settings[2])
    # In float64, since 1 - beta^t starts close to zero.
    step = real(lr / (1.0 - power(settings[0], count)))
    correction = real(1.0 / math.sqrt(1.0 - power(settings[1], count)))
    rest1, rest2 = real(1.0) - beta1, real(1.0) - beta2
    last = first + len(weights)
    mean, square = state[0, first:last], state[1, first:last]
    for i in range(len(weights)):
        g = fma(decay, weights[i], gradient[i])
        m = fma(rest1, g - mean[i], mean[i])
        v = fma(rest2 * g, g, beta2 * square[i])
        mean[i] = m
        square[i] = v
        weights[i] = fma(-step, m / fma(real(math.sqrt(v)), correction, eps), weights[i])


def moments_step_size_kernel(
    step_sizes: Array, state: Array, settings: Array, lr: float, count: int, first: int
) -> None:
    """Fill in what ``compute_moment_step_sizes`` gives, for the compiled engine."""
    real = step_sizes.dtype.type
    rate, eps = real(lr), real(settings[2])
    correction = real(1.0 / math.sqrt(1.0 - power(settings[1], count)))
    square = state[1, first : first + len(step_sizes)]
    for i in range(len(step_sizes)):
        step_sizes[i] = rate / fma(real(math.sqrt(square[i])), correction, eps)
