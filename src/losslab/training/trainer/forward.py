"""Run a model on data: on its device, in its dtype, and in the right mode."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from losslab.core.errors import ContractError
from losslab.training.trainer.arrays import Input
from losslab.training.trainer.ownership import list_trainable


def find_parameter(model: nn.Module) -> Tensor:
    """A parameter, whose device and dtype the data follows."""
    return list_trainable(model)[0]


def forward(model: nn.Module, x: Input) -> Tensor:
    """Return the model's output for inputs of any device and dtype.

    Shape:
        x ``(B, ...)`` -> z ``(B, ...)``; a pair of such inputs -> z ``(B, 2, ...)``
    """
    if isinstance(x, tuple):
        return _stack_pair([forward(model, part) for part in x])
    like = find_parameter(model)
    # Whole numbers are features as any others, unless they look up rows of an embedding.
    if x.is_floating_point() or not _has_embedding(model):
        x = x.to(like.dtype)
    z = model(x.to(like.device))
    if not isinstance(z, Tensor):
        raise ContractError(
            "needed a model that returns one tensor",
            got=type(z).__name__,
            fix="wrap it in a module that returns only what the loss reads",
        )
    return z


@contextmanager
def use_eval_mode(model: nn.Module) -> Iterator[None]:
    """Evaluate without gradients, then put every part back into the mode it was in."""
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for part, training in modes:
            part.training = training


def _stack_pair(vectors: list[Tensor]) -> Tensor:
    shapes = {tuple(vector.shape) for vector in vectors}
    if len(shapes) == 1 and vectors[0].ndim > 1:
        return torch.stack(vectors, dim=1)
    raise ContractError(
        "needed a model that gives both inputs of a pair a vector of the same length",
        got=f"outputs of shape {' and '.join(map(str, sorted(shapes)))}",
        fix="end the model in a layer of fixed width, without a squeeze: shape (N, K)",
    )


def _has_embedding(model: nn.Module) -> bool:
    return any(isinstance(part, nn.Embedding | nn.EmbeddingBag) for part in model.modules())
