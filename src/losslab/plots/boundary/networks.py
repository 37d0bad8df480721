"""What networks answer: results of losslab by their objective, modules by how they end."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from losslab.contracts.domain import Kind
from losslab.core.errors import DataError, OptionError
from losslab.objectives.objective import Objective
from losslab.plots.boundary.answer import Answer, Array, in_columns
from losslab.training.plain.forward import evaluating
from losslab.training.plain.origin import Origin, origin_of
from losslab.training.result import Result


def is_network(model: object) -> bool:
    """Whether a model is a result of losslab or a module of PyTorch."""
    return isinstance(model, Result | nn.Module)


def network_answer(model: Result | nn.Module, X: Array) -> Answer:
    """Compute a network's outputs for points and read them as its objective or its end says.

    A module that ends in a sigmoid or a softmax gives probabilities, and one that ends in a linear
    layer the logits of one. Whatever else it ends in gives scores, a single one with its boundary
    at zero.

    Args:
        model: a result, whose objective is of classes, or a module of two inputs.
        X: the points ``(N, 2)``.
    """
    if isinstance(model, Result):
        if not model.best_epoch:
            raise OptionError(
                "needed a run that was trained for an epoch or more",
                got="one that diverged in its first",
                fix="a smaller learning rate, or a smaller alpha",
            )
        z = _output(model.model(), X)
        return _by_objective(model.objective, z)
    return _by_origin(model, X)


def _by_objective(objective: Objective, z: Tensor) -> Answer:
    if objective.codec.reads != "classes":
        raise OptionError(
            "needed a result of a task with classes",
            got=f"the task {objective.task}",
            fix="losslab.Run(loss='bce_with_logits', task='binary')",
        )
    if objective.gives_probabilities:
        return _answer("probability", objective.predict_proba(z))
    if objective.width == 1:
        return _answer("score", torch.from_numpy(in_columns(_array(objective.decision(z)))))
    return _answer("score", objective.head(z))


def _by_origin(model: nn.Module, X: Array) -> Answer:
    z = _output(model, X)
    origin = _origin(model, X[:2])
    emits = () if origin is None else origin.head.emits
    if origin is not None and origin.head.name == "identity":
        z = z.sigmoid() if z.shape[1] == 1 else z.softmax(1)
    elif Kind.LOG_PROBABILITY in emits:
        z = z.exp()
    elif Kind.PROBABILITY not in emits:
        return _answer("score", _two_columns(z, -z) / 2)
    return _answer("probability", _two_columns(z, 1 - z))


def _origin(model: nn.Module, X: Array) -> Origin | None:
    inputs = _tensor(model, X).requires_grad_()
    with evaluating(model), torch.enable_grad():
        z = model(inputs)
    return origin_of(z) if isinstance(z, Tensor) else None


def _two_columns(second: Tensor, first: Tensor) -> Tensor:
    """One output stands for the second of two classes."""
    return torch.cat([first, second], dim=1) if second.shape[1] == 1 else second


def _output(model: nn.Module, X: Array) -> Tensor:
    inputs = _tensor(model, X)
    try:
        with evaluating(model):
            z = model(inputs)
    except RuntimeError as error:
        raise DataError(
            "needed a network of two inputs",
            got=f"{type(model).__name__}, which refuses them: {str(error).splitlines()[0]}",
            fix="train it on the two columns that are to be drawn",
        ) from error
    z = z.unsqueeze(1) if isinstance(z, Tensor) and z.ndim == 1 else z
    if not isinstance(z, Tensor) or z.ndim != 2 or len(z) != len(X):
        raise DataError(
            "needed a network that returns one row of outputs per point",
            got=f"shape {tuple(z.shape)}" if isinstance(z, Tensor) else type(z).__name__,
            fix=f"return a tensor of shape ({len(X)}, K)",
        )
    # In float64, so that a softmax sums to one as closely as anyone asks.
    return z.double().cpu()


def _tensor(model: nn.Module, X: Array) -> Tensor:
    like = next(model.parameters(), torch.zeros(()))
    return torch.from_numpy(np.array(X)).to(like.device, like.dtype)


def _array(z: Tensor) -> Array:
    array: Array = z.detach().double().cpu().numpy()
    return array


def _answer(kind: Any, values: Tensor) -> Answer:
    return Answer(kind=kind, values=_array(values), labels=tuple(range(values.shape[1])))
