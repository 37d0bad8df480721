"""The optimizer of one model, and the proof that it trains that model and no other."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import torch
from torch import nn

from losslab.core.errors import OptimizerError, OptionError
from losslab.training.catalog import OPTIMIZERS

OptimizerLike = str | torch.optim.Optimizer | Callable[..., torch.optim.Optimizer]


def list_trainable(model: nn.Module) -> list[nn.Parameter]:
    """The parameters that training changes; refuse a model without any."""
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
            fix="thaw some: model.requires_grad_(True)",
        )
    return parameters


def build_optimizer(
    model: nn.Module, optimizer: OptimizerLike, lr: float, settings: Mapping[str, float] | None
) -> torch.optim.Optimizer:
    """Build the optimizer of ``model`` from a name, a class or a factory, or check an instance.

    Args:
        model: whose trainable parameters it gets.
        optimizer: a name of the catalogue, a class of ``torch.optim``, a callable that takes the
            parameters, or an instance that holds exactly these parameters.
        lr: the learning rate, for a name or a class; a factory or an instance has its own.
        settings: the optimizer's other settings, for a name or a class.
    """
    parameters = list_trainable(model)
    given: Any = optimizer
    if isinstance(given, str):
        built = OPTIMIZERS[given].build(parameters, lr, settings or {})
    elif isinstance(given, type) and issubclass(given, torch.optim.Optimizer):
        built = cast(Any, given)(parameters, lr=lr, **(settings or {}))
    else:
        _refuse_settings(settings)
        is_factory = callable(given) and not isinstance(given, torch.optim.Optimizer | type)
        built = given(parameters) if is_factory else given
    _check_optimizer(built)
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
    wanted = {id(parameter) for parameter in list_trainable(model)}
    missing, foreign = len(wanted - held), len(held - own)
    if not missing and not foreign:
        return
    # Frozen parameters of this model may be held too: without a gradient they never move.
    raise OptimizerError(
        "needed an optimizer that holds exactly this model's trainable parameters",
        got=f"one that misses {missing} of its {len(wanted)} and holds {foreign} of another model, "
        "whose weights it would train instead",
        fix=_remedy(foreign),
    )


def _remedy(foreign: int) -> str:
    if foreign:
        return (
            "the model was probably re-created after the optimizer: build the optimizer last, or "
            "pass a name such as 'adam' or a factory: functools.partial(torch.optim.SGD, lr=0.1)"
        )
    return "freeze what should stay: parameter.requires_grad_(False); or hand the optimizer all"


def _refuse_settings(settings: Mapping[str, float] | None) -> None:
    if settings:
        raise OptionError(
            "optimizer_params needs an optimizer given by name or class",
            got=f"{', '.join(settings)} beside a factory or an instance",
            fix="set them in it: functools.partial(torch.optim.SGD, lr=0.1, momentum=0.9)",
        )


def _check_optimizer(built: Any) -> None:
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
