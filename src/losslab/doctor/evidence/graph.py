"""Reach: what the graph behind a loss leads to.

A walk costs as much as the graph is large, so do it at events that are ``due``, or while a
question is open.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
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
        nodes: the stamps of the operations passed, to compare with :func:`get_stamp`; at most
            ``MOST_NODES``.
    """

    leaves: "tuple[Tensor, ...]"
    nodes: frozenset[tuple[str, int]]


def get_stamp(tensor: "Tensor") -> tuple[str, int] | None:
    """Name the operation that made a tensor, so that it is known again in a walk."""
    node = tensor.grad_fn
    return None if node is None else _get_stamp(node)


def walk_graph(losses: "Iterable[Tensor]", *, nearest_first: bool = False) -> Iterator[Any]:
    """Yield the operations behind losses, each once."""
    waiting = deque(loss.grad_fn for loss in losses if loss.grad_fn is not None)
    known = set(waiting)
    while waiting:
        node = waiting.popleft() if nearest_first else waiting.pop()
        yield node
        for following, _ in node.next_functions:
            if following is not None and following not in known:
                known.add(following)
                waiting.append(following)


def reach(losses: "Iterable[Tensor]") -> Reach:
    """Walk from losses to the leaves.

    Examples:
        >>> import torch
        >>> weight = torch.ones(2, requires_grad=True)
        >>> doubled = weight * 2
        >>> reached = reach([doubled.sum()])
        >>> reached.leaves[0] is weight, get_stamp(doubled) in reached.nodes
        (True, True)
    """
    losses = list(losses)
    leaves = {id(loss): loss for loss in losses if loss.grad_fn is None and loss.requires_grad}
    stamps: set[tuple[str, int]] = set()
    for node in islice(walk_graph(losses), MOST_NODES):
        stamps.add(_get_stamp(node))
        variable = getattr(node, "variable", None)
        if variable is not None:
            leaves[id(variable)] = variable
    return Reach(leaves=tuple(leaves.values()), nodes=frozenset(stamps))


def _get_stamp(node: Any) -> tuple[str, int]:
    return node.name(), node._sequence_nr()
