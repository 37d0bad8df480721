"""Optimizers for one model or a whole fleet, and the moments that Adam and AdamW share."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from losslab.contracts.interval import NON_NEGATIVE, POSITIVE, Interval
from losslab.core.errors import OptionError
from losslab.training.kernel_math import Array, fma, power
from losslab.training.parameterized import Parameterized


@dataclass
class FleetState:
    """The parameters and the optimizer state of ``M`` models, one row per model.

    Args:
        weights, gradient: ``(M, P)``; an update may overwrite the gradient.
        state: the optimizer state, ``(M, P)`` each.
        lr: ``(M, 1)``.
        settings_by_model: the optimizer's settings, one mapping per model; ``settings`` holds them
            as ``(M, 1)``.
        count: the number of the present step, counted from 1, ``(M, 1)`` in float64.
    """

    weights: Tensor
    gradient: Tensor
    state: tuple[Tensor, ...]
    lr: Tensor
    settings_by_model: Sequence[Mapping[str, float]]
    count: Tensor
    settings: Mapping[str, Tensor] = field(init=False)

    def __post_init__(self) -> None:
        self.settings = {
            name: self.weights.new_tensor(
                [[float(model[name])] for model in self.settings_by_model]
            )
            for name in self.settings_by_model[0]
        }
        self.scratch = torch.empty_like(self.weights)
        self.models = list(zip(self.weights, self.gradient, *self.state, strict=True))

    def is_set(self, setting: str) -> bool:
        """Return whether a setting is other than zero for any model."""
        return any(settings[setting] for settings in self.settings_by_model)

    def apply_weight_decay(self) -> Tensor:
        """Add ``weight_decay`` times the weights to the gradient, and return it."""
        if self.is_set("weight_decay"):
            self.gradient.addcmul_(self.settings["weight_decay"], self.weights)
        return self.gradient


@dataclass(frozen=True, kw_only=True)
class Optimizer(Parameterized):
    """An update rule, for one model through ``torch.optim`` and for a fleet at once.

    Attributes:
        torch_type: the ``torch.optim`` class, which is the oracle of ``update``.
        update: makes one step of every model of a fleet, in place, on any device.
        fused: the same on a CPU, where PyTorch has a faster way.
        kernel: the same for a part of one model's weights, in the compiled engine: from (weights,
            gradient, state, settings, lr, count, first), where ``state`` ``(S, P)`` is that of the
            whole model, the given weights begin at ``first``, ``settings`` are in the order of the
            entry, and ``count`` counts the steps from 1.
        step_sizes: the step of each weight per unit of a steady gradient, which is the metric of a
            penalty's proximal step: from (state, settings, lr, count).
        step_size_kernel: the same for the compiled engine: fills its first argument, the others
            are (state, settings, lr, count, first).
        torch_state: the names in ``torch.optim`` of the state that ``step_sizes`` reads; None for
            state that it doesn't read.
        n_state: the number of ``(M, P)`` tensors of state.
        needs: settings that mean nothing unless another one is above 0.
        learning_rates: the candidates of ``--lr auto``.
    """

    torch_type: Callable[..., torch.optim.Optimizer]
    update: Callable[[FleetState], None]
    fused: Callable[[FleetState], None] | None = None
    kernel: Callable[..., None]
    step_sizes: Callable[..., Tensor]
    step_size_kernel: Callable[..., None]
    torch_state: tuple[str | None, ...]
    n_state: int
    needs: Mapping[str, str] = field(default_factory=dict)
    learning_rates: tuple[float, ...]

    def bind(self, settings: Mapping[str, float]) -> dict[str, float]:
        """Complete settings by the defaults; refuse unknown names and values out of range."""
        bound = super().bind(settings)
        for name, other in self.needs.items():
            if bound[name] and not bound[other]:
                raise OptionError(
                    f"optimizer {self.name!r} needs {other} above 0 for {name}",
                    got=f"{other}={bound[other]:g}",
                    fix=f"{other}=0.9, or leave {name} out",
                )
        return bound

    def build(
        self, parameters: Iterable[Tensor], lr: float, settings: Mapping[str, float]
    ) -> torch.optim.Optimizer:
        """Build the ``torch.optim`` optimizer of one model."""
        arguments: dict[str, Any] = self.bind(settings)
        if "beta1" in arguments:
            arguments["betas"] = (arguments.pop("beta1"), arguments.pop("beta2"))
        if "nesterov" in arguments:
            arguments["nesterov"] = bool(arguments["nesterov"])
        return self.torch_type(list(parameters), lr=lr, **arguments)

    def compute_step_sizes(self, optimizer: torch.optim.Optimizer, parameter: Tensor) -> Tensor:
        """Compute the step sizes of a ``torch.optim`` optimizer's last step.

        Shape:
            ``()``, or that of the parameter
        """
        group = next(
            group
            for group in optimizer.param_groups
            if any(member is parameter for member in group["params"])
        )
        saved = optimizer.state[parameter]
        settings = {
            name: value for name, value in group.items() if isinstance(value, int | float)
        } | dict(zip(("beta1", "beta2"), group.get("betas", ()), strict=False))
        state = tuple(None if name is None else saved[name] for name in self.torch_state)
        lr = torch.as_tensor(group["lr"], dtype=parameter.dtype)
        count = torch.as_tensor(saved.get("step", 1), dtype=torch.float64)
        return self.step_sizes(state, settings, lr, count)


_BELOW_ONE = Interval(0.0, 1.0, open_high=True)
RANGES = {"beta1": _BELOW_ONE, "beta2": _BELOW_ONE, "eps": POSITIVE, "weight_decay": NON_NEGATIVE}


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
    r"""Compute the step of each weight per unit of a steady gradient.

    Formula:
        .. math:: s = \frac{\eta}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}
    """
    correction = _compute_bias_correction(settings["beta2"], count)
    scale = state[1].sqrt().div_(correction.to(state[1].dtype).sqrt())
    return lr / scale.add_(settings["eps"])


def step_model_by_model(fleet: FleetState, kernel: Callable[..., None]) -> None:
    """Step by one of PyTorch's fused kernels, which take one set of settings at a time.

    They pass over a model's weights once instead of ten times, and their square root, unlike that
    of whole tensors, does not slow down tenfold on denormal numbers.
    """
    rates, counts = fleet.lr.flatten().tolist(), fleet.count.flatten().unbind()
    for lr, count, settings, model in zip(
        rates, counts, fleet.settings_by_model, fleet.models, strict=True
    ):
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
    """Compute ``1 - beta^t``, in float64 since it starts close to zero."""
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
    """Step as ``step_by_moments`` does, in the compiled engine."""
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
    """Fill in the step sizes of ``compute_moment_step_sizes``, in the compiled engine."""
    real = step_sizes.dtype.type
    rate, eps = real(lr), real(settings[2])
    correction = real(1.0 / math.sqrt(1.0 - power(settings[1], count)))
    square = state[1, first : first + len(step_sizes)]
    for i in range(len(step_sizes)):
        step_sizes[i] = rate / fma(real(math.sqrt(square[i])), correction, eps)
