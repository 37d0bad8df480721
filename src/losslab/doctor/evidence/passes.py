"""Forward passes: at which places of the code they are trained, and at which only looked at."""

import weakref
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import Backward, Forward
from losslab.doctor.evidence.graph import reach, stamp
from losslab.doctor.location import Place

if TYPE_CHECKING:
    from torch import Tensor, nn

# A place from which so many backwards were seen, none of them reaching it, is given up.
MOST_WALKS = 16


@dataclass
class Passes:
    """Tells the places whose forward passes a backward reaches from those where none does.

    Hand it every ``Forward`` and every ``Backward``. ``trained`` holds the places of the first
    kind; a place that is not in it may still be reached by a backward to come, so judge at the end.
    """

    trained: set[Place] = field(default_factory=set)
    _open: dict[Place, tuple[str, int]] = field(default_factory=dict)
    _walks: Counter[Place] = field(default_factory=Counter)

    def forward(self, event: Forward) -> None:
        """Remember which operation made the output."""
        if event.place not in self.trained and self._walks[event.place] < MOST_WALKS:
            output = first_tensor(event.output)
            made = None if output is None else stamp(output)
            if made is not None:
                self._open[event.place] = made

    def backward(self, event: Backward) -> None:
        """Look for outputs in the graph of the losses."""
        if not self._open:
            return
        nodes = reach(event.losses).nodes
        for place, made in list(self._open.items()):
            self._walks[place] += 1
            if made in nodes:
                self.trained.add(place)
            if made in nodes or self._walks[place] >= MOST_WALKS:
                del self._open[place]


def first_tensor(value: Any) -> "Tensor | None":
    """Give the first floating-point tensor in an output: a tensor, or a list, tuple or dict.

    >>> import torch
    >>> first_tensor((torch.ones(2).long(), {"scores": torch.zeros(3)}))
    tensor([0., 0., 0.])
    """
    import torch

    if isinstance(value, torch.Tensor):
        return value if value.is_floating_point() else None
    parts = value.values() if isinstance(value, dict) else value
    if isinstance(parts, list | tuple | type({}.values())):
        for part in parts:
            found = first_tensor(part)
            if found is not None:
                return found
    return None


class Seen:
    """A set of objects that does not keep them alive.

    >>> class Thing: ...
    >>> one, seen = Thing(), Seen()
    >>> seen.add(one)
    >>> one in seen, Thing() in seen
    (True, False)
    """

    def __init__(self) -> None:
        self._known: dict[int, weakref.ref[Any]] = {}

    def add(self, one: Any) -> None:
        """Remember an object for as long as it lives."""
        number, known = id(one), self._known

        def forget(dead: Any) -> None:
            if known.get(number) is dead:
                del known[number]

        known[number] = weakref.ref(one, forget)

    def __contains__(self, one: Any) -> bool:
        known = self._known.get(id(one))
        return known is not None and known() is one


def keeps_statistics(module: "nn.Module") -> bool:
    """Tell whether a batch norm in training mode with running statistics is in a module."""
    return any(
        part.training and getattr(part, "running_mean", None) is not None
        for part in module.modules()
    )
