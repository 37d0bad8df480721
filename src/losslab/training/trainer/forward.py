"""Forward passes of a model: on its device, in its dtype, and in the right mode."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from losslab.core.errors import ContractError
from losslab.training.trainer.batches import Input
from losslab.training.trainer.optimization import list_trainable


def forward(model: nn.Module, x: Input) -> Tensor:
    """Return the model's output for inputs of any device and dtype.

    Shape:
        x ``(B, ...)`` -> z ``(B, ...)``; a pair of such inputs -> z ``(B, 2, ...)``
    """
    if isinstance(x, tuple):
        return _stack_pair([forward(model, part) for part in x])
    like = list_trainable(model)[0]
    # Integers are features like any others, unless they index an embedding.
    has_embedding = any(isinstance(m, nn.Embedding | nn.EmbeddingBag) for m in model.modules())
    if x.is_floating_point() or not has_embedding:
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
    """Evaluate without gradients, then restore the mode of every module."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


def _stack_pair(outputs: list[Tensor]) -> Tensor:
    shapes = {tuple(output.shape) for output in outputs}
    if len(shapes) == 1 and outputs[0].ndim > 1:
        return torch.stack(outputs, dim=1)
    raise ContractError(
        "needed a model that gives both inputs of a pair a vector of the same length",
        got=f"outputs of shape {' and '.join(map(str, sorted(shapes)))}",
        fix="end the model in a layer of fixed width, without a squeeze: shape (N, K)",
    )
