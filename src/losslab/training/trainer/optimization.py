"""The optimizer of one model, and the proximal step of a penalty after each of its steps."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from losslab.core.errors import OptimizerError, OptionError
from losslab.training.catalog import OPTIMIZERS, PENALTIES
from losslab.training.parameterized import resolve_entry
from losslab.training.penalty import check_alpha

OptimizerLike = str | torch.optim.Optimizer | Callable[..., torch.optim.Optimizer]


def list_trainable(model: nn.Module) -> list[nn.Parameter]:
    """List the trainable parameters; refuse a model without any."""
    if not isinstance(model, nn.Module):
        raise OptionError(
            "needed a model that is an nn.Module",
            got=f"the class {model.__name__}" if isinstance(model, type) else repr(model),
            fix="build it first: model = MLP(n_features, (64, 64), n_outputs)",
        )
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not parameters:
        raise OptionError(
            "needed a model with parameters to train",
            got=f"{sum(1 for _ in model.parameters())} parameters, none of them trainable",
            fix="unfreeze some: model.requires_grad_(True)",
        )
    return parameters


def build_optimizer(
    model: nn.Module, optimizer: OptimizerLike, lr: float, settings: Mapping[str, float] | None
) -> torch.optim.Optimizer:
    """Build the optimizer of ``model`` from a name, a class or a factory, or check an instance.

    Args:
        model: the model whose trainable parameters it updates.
        optimizer: a name such as ``adam`` or ``sgd(momentum=0.9)``, a class of ``torch.optim``, a
            callable that takes the parameters, or an instance that holds exactly these parameters.
        lr: the learning rate, for a name or a class; a factory or an instance has its own.
        settings: the optimizer's other settings, for a name or a class.
    """
    parameters = list_trainable(model)
    given: Any = optimizer
    if isinstance(given, str):
        name, settings = resolve_entry(OPTIMIZERS, given, settings or {})
        built: Any = OPTIMIZERS[name].build(parameters, lr, settings)
    elif isinstance(given, type) and issubclass(given, torch.optim.Optimizer):
        built = cast(Any, given)(parameters, lr=lr, **(settings or {}))
    elif settings:
        raise OptionError(
            "optimizer_params needs an optimizer given by name or class",
            got=f"{', '.join(settings)} beside a factory or an instance",
            fix="set them in it: functools.partial(torch.optim.SGD, lr=0.1, momentum=0.9)",
        )
    else:
        is_factory = callable(given) and not isinstance(given, torch.optim.Optimizer | type)
        built = given(parameters) if is_factory else given
    if not isinstance(built, torch.optim.Optimizer):
        raise OptionError(
            "needed an optimizer: a name, a class of torch.optim or a factory of one",
            got=repr(built),
            fix=f"choose one of {', '.join(OPTIMIZERS)}",
        )
    if isinstance(built, torch.optim.LBFGS):
        raise OptimizerError(
            "needed an optimizer that makes one step per gradient",
            got="LBFGS, which evaluates a batch several times per step",
            fix="use 'adam' or 'sgd'",
        )
    check_ownership(model, built)
    return built


def check_ownership(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Refuse an optimizer that misses parameters of the model or holds those of another.

    Examples:
        >>> old, model = nn.Linear(2, 1), nn.Linear(2, 1)
        >>> check_ownership(model, torch.optim.SGD(old.parameters(), lr=0.1))
        Traceback (most recent call last):
        losslab.core.errors.OptimizerError: needed an optimizer that holds exactly this model's ...
    """
    held = {id(item) for group in optimizer.param_groups for item in group["params"]}
    own = {id(parameter) for parameter in model.parameters()}
    trainable = {id(parameter) for parameter in list_trainable(model)}
    # Frozen parameters of this model may be held too: without a gradient they never change.
    missing, foreign = len(trainable - held), len(held - own)
    if missing or foreign:
        raise OptimizerError(
            "needed an optimizer that holds exactly this model's trainable parameters",
            got=f"one that misses {missing} of its {len(trainable)} and holds {foreign} of another "
            "model, whose weights it would train instead",
            fix="the model was probably re-created after the optimizer: build the optimizer last, "
            "or pass a name such as 'adam' or a factory: functools.partial(torch.optim.SGD, lr=0.1)"
            if foreign
            else "freeze the others: parameter.requires_grad_(False); or pass all to the optimizer",
        )


class PenaltyStep:
    """A penalty on the weights of a model: parameters of two axes or more, so no biases.

    Linear and convolutional layers have their outputs first; penalties take ``(inputs, outputs)``.
    The groups of a convolution's inputs are one channel at one position of the kernel each.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        penalty: str,
        alpha: float,
        settings: Mapping[str, float] | None,
    ) -> None:
        name, settings = resolve_entry(PENALTIES, penalty, settings or {})
        check_alpha(name, alpha)
        self.penalty, self.alpha = PENALTIES[name], float(alpha)
        self.settings, self.optimizer = self.penalty.bind(settings), optimizer
        self.spec = next(
            (entry for entry in OPTIMIZERS.values() if type(optimizer) is entry.torch_type), None
        )
        self.is_active = name != "none"
        # Options under which the steps are of other sizes than the formulas say.
        unsupported = ", ".join(
            option
            for option in ("dampening", "amsgrad", "centered", "maximize")
            if any(group.get(option) for group in optimizer.param_groups)
        )
        if self.is_active and (self.spec is None or unsupported):
            raise OptionError(
                "a penalty needs an optimizer whose step sizes losslab knows: "
                + ", ".join(entry.torch_type.__name__ for entry in OPTIMIZERS.values()),
                got=" with ".join(filter(None, (type(optimizer).__name__, unsupported))),
                fix="optimizer='adam', or add the penalty to the loss",
            )
        weights = [item for item in model.parameters() if item.ndim > 1 and item.requires_grad]
        self.weights = [item for at, item in enumerate(weights) if self.penalty.applies_to(at)]

    @torch.no_grad()
    def apply(self) -> None:
        """Apply the proximal step after a step of the optimizer."""
        if not self.is_active or self.spec is None:
            return
        rates = {
            id(item): group["lr"]
            for group in self.optimizer.param_groups
            for item in group["params"]
        }
        for weights in self.weights:
            if weights.grad is None:  # not part of the step
                continue
            sizes = self.spec.compute_step_sizes(self.optimizer, weights)
            self.penalty.proximal_step(
                _move_outputs_last(weights),
                _move_outputs_last(sizes) if sizes.ndim else sizes,
                rates[id(weights)],
                self.alpha,
                **self.settings,
            )


def _move_outputs_last(weights: Tensor) -> Tensor:
    return weights.detach().movedim(0, -1)
