"""Reach: what the graph behind a loss leads to.

A walk costs as much as the graph is large, so do it at events that are ``due``, or while a
question is open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

MOST_NODES = 100_000


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What lies behind some losses.

    Args:
        leaves: the leaf tensors that a backward would give a gradient. Do not keep them: take
            ``id(leaf)`` for as long as an optimizer or module holds the tensor.
        nodes: the stamps of the operations passed, to compare with :func:`stamp`.
        complete: whether the walk saw all of it; a graph of over 100,000 nodes is cut short.
    """

    leaves: "tuple[Tensor, ...]"
    nodes: frozenset[tuple[str, int]]
    complete: bool


def stamp(tensor: "Tensor") -> tuple[str, int] | None:
    """Name the operation that made a tensor, so that it is known again in a walk."""
    node = tensor.grad_fn
    return None if node is None else _stamp(node)


def reach(losses: "Iterable[Tensor]") -> Reach:
    """Walk from losses to the leaves.

    >>> import torch
    >>> weight = torch.ones(2, requires_grad=True)
    >>> doubled = weight * 2
    >>> seen = reach([doubled.sum()])
    >>> seen.leaves[0] is weight, stamp(doubled) in seen.nodes
    (True, True)
    """
    leaves: dict[int, Tensor] = {}
    open_nodes: list[Any] = []
    for loss in losses:
        if loss.grad_fn is not None:
            open_nodes.append(loss.grad_fn)
        elif loss.requires_grad:
            leaves[id(loss)] = loss
    seen = set(open_nodes)
    while open_nodes and len(seen) <= MOST_NODES:
        node = open_nodes.pop()
        variable = getattr(node, "variable", None)
        if variable is not None:
            leaves[id(variable)] = variable
        for following, _ in node.next_functions:
            if following is not None and following not in seen:
                seen.add(following)
                open_nodes.append(following)
    return Reach(
        leaves=tuple(leaves.values()),
        nodes=frozenset(_stamp(node) for node in seen),
        complete=not open_nodes,
    )


def _stamp(node: Any) -> tuple[str, int]:
    return node.name(), node._sequence_nr()
