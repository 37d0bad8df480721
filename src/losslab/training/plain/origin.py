"""Where a model's output comes from: the last function that autograd remembers."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor

from losslab.objectives.catalog import HEADS
from losslab.objectives.head import Head

# These rearrange numbers and change none.
_REARRANGING = frozenset(
    f"{name}Backward{variant}"
    for name in (
        *("Alias", "Clone", "Expand", "Permute", "ReshapeAlias", "Select", "Slice", "Split"),
        *("Squeeze", "T", "ToCopy", "Transpose", "Unbind", "UnsafeView", "Unsqueeze", "View"),
    )
    for variant in range(4)
)
_LINEAR = ("AddmmBackward0", "ConvolutionBackward0")


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The head that a model's output has been through, whether it meant to or not.

    Args:
        head: the head of the catalogue; the identity where the output is a linear layer's own.
        name: what made the output, in words.
        width: how many outputs share a sum of one; None where none do.
    """

    head: Head
    name: str
    width: int | None = None


def origin_of(z: Tensor) -> Origin | None:
    """Return what an output has been through last, or None if that can't be told.

    Functions that only rearrange numbers are looked through. Whatever else was done after a head,
    and whatever autograd has not recorded, makes the origin unknown.

    Example
        >>> z = torch.zeros(4, 1, requires_grad=True)
        >>> origin_of(z.sigmoid().squeeze(1)).name
        'sigmoid'
        >>> origin_of(2 * z.sigmoid()) is None
        True
    """
    node: Any = _look_through(z.grad_fn)
    if node is None:
        return None
    if node.name() in _LINEAR:
        return Origin(head=HEADS["identity"], name="a linear layer")
    head = _heads_by_node().get(node.name())
    if head is None or (head.name == "exp" and not _is_linear(_input_of(node))):
        # The exponential of a difference of logarithms may well be a probability.
        return None
    return Origin(head=head, name=head.name, width=_width(node))


def _look_through(node: Any) -> Any:
    while node is not None and node.name() in _REARRANGING:
        node = _input_of(node)
    return node


def _input_of(node: Any) -> Any:
    return node.next_functions[0][0] if node.next_functions else None


def _is_linear(node: Any) -> bool:
    node = _look_through(node)
    return node is not None and node.name() in _LINEAR


@cache
def _heads_by_node() -> dict[str, Head]:
    """The heads that are one function to autograd, by the name it gives that function."""
    found = {}
    for head in HEADS.values():
        leaf = torch.zeros(1, 2, requires_grad=True)
        with torch.enable_grad():
            node: Any = head(leaf).grad_fn
        inputs = [] if node is None else [source for source, _ in node.next_functions]
        if len(inputs) == 1 and "AccumulateGrad" in inputs[0].name():
            found[node.name()] = head
    return found


def _width(node: Any) -> int | None:
    """How many outputs a softmax is over; it may have been cut into since."""
    if not hasattr(node, "_saved_dim"):
        return None
    result: Tensor = node._saved_result
    # Counted from the end, autograd keeps the axis as an unsigned number.
    dim = node._saved_dim - 2**64 if node._saved_dim >= 2**63 else node._saved_dim
    return int(result.shape[dim])
