"""Readers of the losses of PyTorch, of backward, and of gradients set by hand."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from losslab.doctor.events import Backward, BackwardDone, Event, GradientSet, LossCall
from losslab.doctor.intercept.reader import Reader, disable_interception
from losslab.doctor.location import find_users_place
from losslab.doctor.session import Session


@dataclass(frozen=True)
class LossFunction:
    """A loss function: its canonical name and its parameters in order."""

    name: str
    parameters: tuple[str, ...]

    def name_arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Map the arguments of a call to their names."""
        given = dict(zip(self.parameters, args, strict=False)) | dict(kwargs)
        # The old spelling of reduction; None stands for its default, True.
        if given.get("size_average") is not None or given.get("reduce") is not None:
            mean = given.get("size_average") is not False
            none = given.get("reduce") is False
            given["reduction"] = "none" if none else "mean" if mean else "sum"
        elif isinstance(given.get("reduction"), int):  # the torch.* forms number them
            numbered = {0: "none", 1: "mean", 2: "sum"}
            given["reduction"] = numbered.get(given["reduction"], given["reduction"])
        return given


_SHORT = {"binary_cross_entropy": "bce", "binary_cross_entropy_with_logits": "bce_with_logits"}
# Losses of torch.* are built-in functions without a signature.
_BUILTIN = {
    "binary_cross_entropy_with_logits": ("input", "target", "weight", "pos_weight", "reduction"),
    "cosine_embedding_loss": ("input1", "input2", "target", "margin", "reduction"),
    "hinge_embedding_loss": ("input", "target", "margin", "reduction"),
    "kl_div": ("input", "target", "reduction", "log_target"),
    "margin_ranking_loss": ("input1", "input2", "target", "margin", "reduction"),
    "poisson_nll_loss": ("input", "target", "log_input", "full", "eps", "reduction"),
}


@cache
def list_loss_functions() -> dict[Callable[..., Any], LossFunction]:
    """Map every loss function of PyTorch to its name and parameters."""
    found: dict[Callable[..., Any], LossFunction] = {}
    for name in dir(F):
        function = getattr(F, name)
        is_loss = name.endswith("_loss") or name in ("kl_div", "cross_entropy", *_SHORT)
        if is_loss and not name.startswith("_") and inspect.isfunction(function):
            parameters = tuple(inspect.signature(function).parameters)
            found[function] = LossFunction(shorten_name(name), parameters)
    for name, parameters in _BUILTIN.items():
        found[getattr(torch, name)] = LossFunction(shorten_name(name), parameters)
    return found


def shorten_name(name: str) -> str:
    """Return the canonical name of a functional loss.

    Examples:
        >>> shorten_name("mse_loss"), shorten_name("binary_cross_entropy")
        ('mse', 'bce')
    """
    return _SHORT.get(name, name.removesuffix("_loss"))


def read_loss(
    function: LossFunction,
    session: Session,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    output: Any,
) -> None:
    """Read a call of one of PyTorch's losses."""
    arguments = function.name_arguments(args, kwargs)
    prediction, target = next(iter(arguments.values())), arguments.get("target")
    if isinstance(prediction, Tensor) and isinstance(output, Tensor):
        session.emit(
            LossCall,
            find_users_place(),
            name=function.name,
            prediction=prediction,
            target=target if isinstance(target, Tensor) else None,
            arguments=arguments,
            output=output,
        )


def read_backward(name: str) -> Reader:
    """Read backward or grad, before and after the call."""

    def read(
        kind: type[Event],
        session: Session,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: Any = None,
    ) -> None:
        given = args[0] if args else kwargs.get("tensors", kwargs.get("outputs"))
        losses = (given,) if isinstance(given, Tensor) else tuple(given or ())
        if all(isinstance(one, Tensor) for one in losses):
            accumulates = name != "grad"
            with disable_interception():
                session.emit(
                    kind, find_users_place(), name=name, losses=losses, accumulates=accumulates
                )

    return Reader(after=partial(read, BackwardDone), before=partial(read, Backward))


def read_gradient_set(
    session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
) -> None:
    """Read ``tensor.grad = value``, if the user wrote it."""
    place = find_users_place()
    if place.direct and len(args) == 2:
        session.emit(GradientSet, place, tensor=args[0], to_none=args[1] is None)


BACKWARDS: dict[Any, Reader] = {
    torch.Tensor.backward: read_backward("backward"),
    torch.autograd.backward: read_backward("backward"),
    torch.autograd.grad: read_backward("grad"),
}
