"""Provenance: what a tensor came from, followed through everything that leaves it that.

Softmax, sigmoid, relu, a linear layer, arg-max ... leave an origin on their output. Views, casts,
indexing, detach and the like hand it on with its axis followed; anything else drops it, as does
any change in place. So an origin is proof, and having none is no proof of anything.
"""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Optional

from losslab.doctor.place import Place

if TYPE_CHECKING:
    from torch import Tensor

LONGEST_CHAIN = 6


# Not frozen, like events: one is made for every layer of every pass.
@dataclass(kw_only=True, slots=True)
class Origin:
    """What made a tensor's values.

    Args:
        name: "softmax", "log_softmax", "sigmoid", "log_sigmoid", "relu", "tanh", "linear" (raw
            scores of a linear or convolution layer), "argmax", "one_hot", "exp", "log",
            "round", "threshold" (a comparison with a number), ...
        axis: for softmax and its kin the axis of *this* tensor, counted from the end, along which
            rows are still whole; None if they were taken apart, as ``p[:, 1]`` does. For "linear"
            it is the axis of the layer's outputs.
        columns: how long that axis was when the values were made.
        place: the user's line.
        of: the origin of its input, if known: ``softmax`` of ``linear``.
        detached: whether the graph was cut since.
        mixed: whether the last view took the rows along the axis apart.
        source: its input, weakly; None if not kept.
        weight: of a linear layer or convolution its weight, weakly, which tells heads apart.
    """

    name: str
    axis: int | None
    columns: int | None
    place: Place
    of: Optional["Origin"] = None
    detached: bool = False
    mixed: bool = False
    source: Any = None
    weight: "weakref.ref[Tensor] | None" = None

    def chain(self) -> tuple[str, ...]:
        """Names from this origin backwards.

        >>> from losslab.doctor.place import NOWHERE
        >>> scores = Origin(name="linear", axis=None, columns=None, place=NOWHERE)
        >>> Origin(name="relu", axis=None, columns=None, place=NOWHERE, of=scores).chain()
        ('relu', 'linear')
        """
        return (self.name, *(self.of.chain() if self.of else ()))


class Provenance:
    """The origins of the tensors that are alive.

    Args:
        keep_sources: hold the inputs of functions for as long as their outputs live, which costs
            memory; only mending at the call needs them.
    """

    def __init__(self, *, keep_sources: bool = False) -> None:
        self._entries: dict[int, tuple[weakref.ref[Tensor], int, Origin]] = {}
        self._keep_sources = keep_sources

    def of(self, tensor: Any) -> Origin | None:
        """Tell what a tensor came from, or None if that is not known."""
        entry = self._entries.get(id(tensor))
        if entry is None:
            return None
        reference, version, origin = entry
        return origin if reference() is tensor and version == _version(tensor) else None

    def put(self, tensor: "Tensor", origin: Origin) -> None:
        """Note what a tensor came from."""
        number = id(tensor)
        entries = self._entries

        def forget(dead: Any) -> None:
            # The number may belong to another tensor by now.
            if number in entries and entries[number][0] is dead:
                del entries[number]

        entries[number] = (weakref.ref(tensor, forget), _version(tensor), origin)

    def made(  # noqa: PLR0913  (an origin's fields)
        self,
        name: str,
        source: "Tensor",
        output: "Tensor",
        axis: int | None,
        place: Place,
        weight: "Tensor | None" = None,
    ) -> None:
        """Note that a function made ``output`` of ``source``."""
        earlier = None if name == "linear" else self.of(source)
        self.put(
            output,
            Origin(
                name=name,
                axis=axis,
                columns=None if axis is None or output.ndim == 0 else output.shape[axis],
                place=place,
                of=_shortened(earlier, LONGEST_CHAIN),
                source=source if self._keep_sources else weakref.ref(source),
                weight=None if weight is None else weakref.ref(weight),
            ),
        )

    def handed_on(self, origin: Origin, output: "Tensor", axis: int | None, cut: bool) -> None:
        """Give an origin to a tensor that holds the same values in another form."""
        if axis != origin.axis or (cut and not origin.detached):
            origin = replace(origin, axis=axis, detached=origin.detached or cut)
        self.put(output, origin)

    def common(self, tensors: Sequence[Any]) -> Origin | None:
        """Tell what all of some tensors came from, if that is the same kind of thing."""
        origins = [self.of(tensor) for tensor in tensors]
        first = origins[0] if origins else None
        if first is None or any(
            one is None or (one.name, one.axis) != (first.name, first.axis) for one in origins
        ):
            return None
        return first

    def __len__(self) -> int:
        return len(self._entries)


def _shortened(origin: Origin | None, length: int) -> Origin | None:
    """An origin whose chain is at most ``length`` long, so that a recurrent state stays small."""
    if origin is None or length == 0:
        return None
    rest = _shortened(origin.of, length - 1)
    # A weak source costs nothing; a held one would keep every layer's input alive.
    if rest is origin.of and (origin.source is None or isinstance(origin.source, weakref.ref)):
        return origin
    return replace(origin, of=rest, source=None)


def _version(tensor: Any) -> int:
    """How often a tensor was changed in place; inference tensors do not count."""
    return -1 if tensor.is_inference() else int(tensor._version)
