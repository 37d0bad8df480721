"""Which axis of a loss's input holds the classes, and whether its target holds their numbers."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

OF_CLASSES = ("cross_entropy", "nll")


def class_axis(scores: "Tensor") -> int:
    """Give the axis that cross_entropy and nll take for the classes, counted from the end.

    >>> import torch
    >>> class_axis(torch.ones(8, 3)), class_axis(torch.ones(8, 3, 5)), class_axis(torch.ones(3))
    (-1, -2, -1)
    """
    return -1 if scores.ndim < 2 else 1 - scores.ndim


def is_whole(target: "Tensor") -> bool:
    """Tell whether a target's dtype is one of integers.

    >>> import torch
    >>> is_whole(torch.tensor([1])), is_whole(torch.tensor([1.0]))
    (True, False)
    """
    return not target.is_floating_point() and not target.is_complex()


def one_index_each(scores: "Tensor", target: "Tensor") -> bool:
    """Tell whether a target has the scores' shape without the class axis.

    >>> import torch
    >>> one_index_each(torch.ones(8, 3, 5), torch.ones(8, 5))
    True
    """
    shape = list(scores.shape)
    if shape:
        del shape[class_axis(scores)]
    return tuple(shape) == tuple(target.shape)
