"""What a penalty does to one model after each step of its optimizer."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from losslab.core.errors import OptionError
from losslab.training.catalog import OPTIMIZERS, PENALTIES
from losslab.training.penalty import Penalty, check_alpha


class PenaltyStep:
    """A penalty on the weights of a model: parameters of two axes or more, and no bias.

    Linear and convolutional layers have their outputs first; penalties see ``(inputs, outputs)``.
    Where inputs are grouped, those of a convolution are a channel at one place of the kernel.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        penalty: str,
        alpha: float,
        settings: Mapping[str, float] | None,
    ) -> None:
        check_alpha(penalty, alpha)
        self.penalty: Penalty = PENALTIES[penalty]
        self.alpha, self.settings = float(alpha), self.penalty.bind(settings or {})
        self.optimizer = optimizer
        known = [own for own in OPTIMIZERS.values() if type(optimizer) is own.torch_type]
        self.moving = penalty != "none"
        unlike = _list_unsupported_options(optimizer)
        if self.moving and (not known or unlike):
            raise OptionError(
                "a penalty needs an optimizer whose step sizes losslab knows: "
                + ", ".join(own.torch_type.__name__ for own in OPTIMIZERS.values()),
                got=" with ".join(filter(None, (type(optimizer).__name__, unlike))),
                fix="optimizer='adam', or add the penalty to the loss",
            )
        self.spec = known[0] if known else None
        weights = [own for own in model.parameters() if own.ndim > 1 and own.requires_grad]
        self.weights = [own for layer, own in enumerate(weights) if self.penalty.applies_to(layer)]

    @torch.no_grad()
    def proximal_step(self) -> None:
        """Take the proximal step that belongs to the optimizer's last one."""
        if not self.moving or self.spec is None:
            return
        rates = {
            id(own): group["lr"] for group in self.optimizer.param_groups for own in group["params"]
        }
        for weights in self.weights:
            if weights.grad is None:  # took no part in the step
                continue
            sizes = self.spec.compute_step_sizes(self.optimizer, weights)
            columns = _move_inputs_first(sizes) if sizes.ndim else sizes
            self.penalty.proximal_step(
                _move_inputs_first(weights),
                columns,
                rates[id(weights)],
                self.alpha,
                **self.settings,
            )


def _list_unsupported_options(optimizer: torch.optim.Optimizer) -> str:
    """The settings under which its steps are of other sizes than their formulas say."""
    names = ("dampening", "amsgrad", "centered", "maximize")
    return ", ".join(
        name for name in names if any(group.get(name) for group in optimizer.param_groups)
    )


def _move_inputs_first(weights: Tensor) -> Tensor:
    """A view with the inputs first and the outputs last."""
    return weights.detach().movedim(0, -1)
