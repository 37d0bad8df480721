"""The case: everything that rules may ask about the watch they take part in."""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from losslab.doctor.evidence.provenance import Origin, Provenance
from losslab.doctor.location import NOWHERE, Place

if TYPE_CHECKING:
    from torch.optim import Optimizer


class Known(NamedTuple):
    """What is remembered of an optimizer: its number in this watch and where it was made."""

    number: int
    place: Place


@dataclass
class Pass:
    """A forward pass under way: its first input, and what took it as it is."""

    given: Any
    takers: list[str] = field(default_factory=list)

    def observe(self, taker: str, given: Any) -> None:
        """Note that something was given a tensor."""
        if given is self.given:
            self.takers.append(taker)


class WatchState:
    """What is known so far.

    ``steps`` counts finished optimizer steps; ``ended`` is None while the code runs, then
    "finished", "raised", "steps reached" or "exit". ``under_way`` is the user's call of a module
    while it lasts.
    """

    def __init__(self, *, keep_sources: bool = False) -> None:
        self.provenance = Provenance(keep_sources=keep_sources)
        self.steps = 0
        self.ended: str | None = None
        self.under_way: Pass | None = None
        self._optimizers: dict[int, tuple[weakref.ref[Optimizer], Known]] = {}
        self._numbers = 0

    def origin(self, tensor: Any) -> Origin | None:
        """Tell what a tensor came from, or None if that is not known."""
        return self.provenance.of(tensor)

    def came_from(self, tensor: Any, *names: str) -> Origin | None:
        """Give a tensor's origin if it has one of these names."""
        origin = self.provenance.of(tensor)
        return origin if origin is not None and origin.name in names else None

    def note_optimizer(self, optimizer: "Optimizer", place: Place) -> None:
        """Remember an optimizer, weakly."""
        self._numbers += 1
        known, number, entries = Known(self._numbers, place), id(optimizer), self._optimizers

        def forget(dead: Any) -> None:
            # The id may belong to another optimizer by now.
            if number in entries and entries[number][0] is dead:
                del entries[number]

        entries[number] = (weakref.ref(optimizer, forget), known)

    def known(self, optimizer: "Optimizer") -> "Known | None":
        """Give an optimizer's number and place, if it was seen before."""
        entry = self._optimizers.get(id(optimizer))
        return entry[1] if entry is not None and entry[0]() is optimizer else None

    def number(self, optimizer: "Optimizer") -> int:
        """Give the optimizer's number, which no other has.

        Keep what you know of an optimizer under it: when the watch ends, the optimizer itself
        and its model may be gone.
        """
        known = self.known(optimizer)
        if known is None:
            raise LookupError("needed an optimizer that made a step or was constructed")
        return known.number

    def made_at(self, optimizer: "Optimizer") -> Place:
        """Tell where an optimizer was constructed; NOWHERE if that was before the watch."""
        known = self.known(optimizer)
        return NOWHERE if known is None else known.place

    @property
    def optimizers(self) -> "Iterator[Optimizer]":
        """The optimizers that are alive."""
        for reference, _ in list(self._optimizers.values()):
            optimizer = reference()
            if optimizer is not None:
                yield optimizer
