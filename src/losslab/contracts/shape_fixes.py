"""How to bring a target into the shape a loss needs: code that works on all targets at once."""

from torch import Tensor


def class_fix(prediction: Tensor, target: Tensor) -> str:
    """Say how targets become one class index per row."""
    if prediction.ndim and target.shape == (*prediction.shape[:-1], 1):
        cast = ".long()" if target.is_floating_point() else ""
        return f"target.squeeze(-1){cast}, one class index per row"
    if prediction.shape == target.shape:
        return "target.argmax(-1) turns one-hot rows into class indices"
    if prediction.ndim > 2 and target.shape == prediction.shape[:1] + prediction.shape[2:]:
        return "prediction.movedim(1, -1): the classes come last, unlike in PyTorch"
    return "pass one score per class and one class index per row: prediction (N, K), target (N,)"


def same_shape_fix(prediction: Tensor, target: Tensor) -> str:
    """Say how a target gets the shape of the prediction, as a float if it is none yet.

    >>> import torch
    >>> same_shape_fix(torch.zeros(32, 1), torch.zeros(32)), same_shape_fix(
    ...     torch.zeros(32, 1), torch.zeros(32).long()
    ... )
    ('target.reshape(-1, 1)', 'target.float().reshape(-1, 1)')
    """
    first = _first_class(prediction, target)
    if first is not None:
        codes = "target.long().flatten()" + (f" - {first}" if first else "")
        n_classes = prediction.shape[1]
        return f"torch.nn.functional.one_hot({codes}, {n_classes}).float(), one column per class"
    if prediction.numel() != target.numel():
        return "give both one entry per row and output; nothing is broadcast"
    if prediction.ndim == 0:
        return "squeeze(-1) instead of squeeze() in the model, which for one row drops every axis"
    cast = "" if target.is_floating_point() else ".float()"
    if target.ndim and len(target) == len(prediction):
        # The first axis stays open: a batch may be smaller, and all rows are more than a batch.
        sizes = ", ".join(map(str, (-1, *prediction.shape[1:])))
        return f"target{cast}.reshape({sizes})"
    return f"target{cast}.reshape({tuple(prediction.shape)}), or reshape the prediction likewise"


def _first_class(prediction: Tensor, target: Tensor) -> int | None:
    """The number of the first class, 0 or 1, where targets seem to be class codes."""
    rows, outputs = prediction.shape if prediction.ndim == 2 else (0, 0)
    if not rows or outputs < 2 or tuple(target.shape) not in ((rows,), (rows, 1)):
        return None
    codes = target.double()
    if not bool(((codes == codes.round()) & codes.isfinite()).all()):
        return None
    least, most = int(codes.min()), int(codes.max())
    if least >= 0 and most < outputs:
        return 0
    return 1 if least >= 1 and most == outputs else None
