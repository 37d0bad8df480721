"""The state of a watch, which rules may query."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from losslab.doctor.evidence.provenance import Origin, Provenance
from losslab.doctor.evidence.records import WeakMap
from losslab.doctor.location import NOWHERE, Place

if TYPE_CHECKING:
    from torch.optim import Optimizer


@dataclass
class Pass:
    """A forward pass in progress: its first input, and what the input was passed to unchanged."""

    given: Any
    takers: list[str] = field(default_factory=list)

    def observe(self, taker: str, given: Any) -> None:
        """Note what a tensor was passed to."""
        if given is self.given:
            self.takers.append(taker)


class WatchState:
    """The state of a watch.

    Attributes:
        provenance: Origins of tensors.
        steps: Number of finished optimizer steps.
        ended: None while the code runs, then "finished", "raised", "stopped" or "exit".
        under_way: The user's call of a module while it lasts.
    """

    def __init__(self, *, keep_sources: bool = False) -> None:
        self.provenance = Provenance(keep_sources=keep_sources)
        self.steps = 0
        self.ended: str | None = None
        self.under_way: Pass | None = None
        self._optimizers: WeakMap[tuple[int, Place]] = WeakMap()
        self._numbers = 0

    def find_origin(self, tensor: Any, *names: str) -> Origin | None:
        """Return the origin of a tensor, if known and, where names are given, one of these."""
        origin = self.provenance.get(tensor)
        return origin if origin is None or not names or origin.name in names else None

    def note_optimizer(self, optimizer: "Optimizer", place: Place) -> None:
        """Remember an optimizer, weakly."""
        self._numbers += 1
        self._optimizers[optimizer] = (self._numbers, place)

    def has_optimizer(self, optimizer: "Optimizer") -> bool:
        """Tell whether an optimizer made a step or was constructed during the watch."""
        return optimizer in self._optimizers

    def get_number(self, optimizer: "Optimizer") -> int:
        """Return the optimizer's number, which no other has.

        Keep what you know of an optimizer under it: when the watch ends, the optimizer itself
        and its model may be gone.
        """
        entry = self._optimizers.get(optimizer)
        if entry is None:
            raise LookupError("needed an optimizer that made a step or was constructed")
        return entry[0]

    def get_place(self, optimizer: "Optimizer") -> Place:
        """Return where an optimizer was constructed; NOWHERE if that was before the watch."""
        entry = self._optimizers.get(optimizer)
        return NOWHERE if entry is None else entry[1]

    @property
    def optimizers(self) -> "Iterator[Optimizer]":
        """The optimizers that are alive."""
        return self._optimizers.keys()
