"""Forward passes: at which places of the code they are trained, and at which only looked at."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import Backward, Forward
from losslab.doctor.evidence.graph import get_stamp, reach
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
            output = find_tensor(event.output)
            made = None if output is None else get_stamp(output)
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


def find_tensor(value: Any) -> "Tensor | None":
    """Give the first floating-point tensor in an output: a tensor, or a list, tuple or dict.

    Examples:
        >>> import torch
        >>> find_tensor((torch.ones(2).long(), {"scores": torch.zeros(3)}))
        tensor([0., 0., 0.])
    """
    import torch

    if isinstance(value, torch.Tensor):
        return value if value.is_floating_point() else None
    parts = value.values() if isinstance(value, dict) else value
    if isinstance(parts, list | tuple | type({}.values())):
        for part in parts:
            found = find_tensor(part)
            if found is not None:
                return found
    return None


def keeps_statistics(module: "nn.Module") -> bool:
    """Tell whether a batch norm in training mode with running statistics is in a module."""
    return any(
        part.training and getattr(part, "running_mean", None) is not None
        for part in module.modules()
    )
