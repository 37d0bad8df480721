"""Readers of losses, of backward, and of gradients set by hand."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from losslab.doctor.events import Backward, BackwardDone, Event, GradientSet, LossCall
from losslab.doctor.intercept.losses import LossFunction
from losslab.doctor.intercept.quiet import quiet
from losslab.doctor.intercept.reader import Reader
from losslab.doctor.place import users_place
from losslab.doctor.session import Session


def loss(function: LossFunction) -> Reader:
    """Read a call of one of PyTorch's losses."""

    def after(session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        arguments = function.named(args, kwargs)
        prediction, target = next(iter(arguments.values())), arguments.get("target")
        if isinstance(prediction, Tensor) and isinstance(output, Tensor):
            session.happened(
                LossCall,
                users_place(),
                name=function.name,
                prediction=prediction,
                target=target if isinstance(target, Tensor) else None,
                arguments=arguments,
                output=output,
            )

    return Reader(after)


def backward(name: str) -> Reader:
    """Read backward or grad, before and after."""

    def tell(kind: type[Event]) -> Callable[..., None]:
        def told(
            session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any = None
        ) -> None:
            given = args[0] if args else kwargs.get("tensors", kwargs.get("outputs"))
            losses = (given,) if isinstance(given, Tensor) else tuple(given or ())
            if all(isinstance(one, Tensor) for one in losses):
                accumulates = name != "grad"
                with quiet():
                    session.happened(
                        kind, users_place(), name=name, losses=losses, accumulates=accumulates
                    )

        return told

    return Reader(after=tell(BackwardDone), before=tell(Backward))


def set_gradient(
    session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
) -> None:
    """Read ``tensor.grad = value``, if the user wrote it."""
    place = users_place()
    if place.direct and len(args) == 2:
        session.happened(GradientSet, place, tensor=args[0], to_none=args[1] is None)


BACKWARDS: dict[Any, Reader] = {
    torch.Tensor.backward: backward("backward"),
    torch.autograd.backward: backward("backward"),
    torch.autograd.grad: backward("grad"),
}
