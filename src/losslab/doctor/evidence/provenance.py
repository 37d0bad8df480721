"""Provenance: what a tensor came from, followed through everything that leaves it that.

Softmax, sigmoid, relu, a linear layer, arg-max ... leave an origin on their output. Views, casts,
indexing, detach and the like hand it on with its axis followed; anything else drops it, as does
any change in place. So an origin is proof, and having none is no proof of anything.
"""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Optional

from losslab.doctor.evidence.records import WeakMap
from losslab.doctor.location import Place

if TYPE_CHECKING:
    from torch import Tensor

LONGEST_CHAIN = 6


# Not frozen, like events: one is made for every layer of every pass.
@dataclass(kw_only=True, slots=True)
class Origin:
    """The function that computed a tensor's values.

    Attributes:
        name: "softmax", "log_softmax", "sigmoid", "log_sigmoid", "relu", "tanh", "linear" (raw
            scores of a linear or convolution layer), "argmax", "one_hot", "exp", "log",
            "round", "threshold" (a comparison with a number), ...
        axis: for softmax and its kin the axis of *this* tensor, counted from the end, along which
            rows are still whole; None if they were taken apart, as ``p[:, 1]`` does. For "linear"
            it is the axis of the layer's outputs.
        columns: how long that axis was when the values were made.
        along: where that axis was then, to compare with the axis of ``of``.
        place: the user's line.
        of: the origin of its input, if known: ``softmax`` of ``linear``. A layer begins anew: it
            has none.
        given: of a layer the name of its input's origin, if known.
        detached: whether the graph was cut since.
        mixed: whether the last view took the rows along the axis apart.
        source: its input; None if not kept.
        weight: of a linear layer or convolution its weight, weakly, which tells heads apart.
    """

    name: str
    axis: int | None
    columns: int | None
    place: Place
    along: int | None = None
    of: Optional["Origin"] = None
    given: str | None = None
    detached: bool = False
    mixed: bool = False
    source: "Tensor | None" = None
    weight: "weakref.ref[Tensor] | None" = None

    def chain(self) -> tuple[str, ...]:
        """List the names from this origin backwards.

        Examples:
            >>> from losslab.doctor.location import NOWHERE
            >>> scores = Origin(name="linear", axis=None, columns=None, place=NOWHERE)
            >>> Origin(name="relu", axis=None, columns=None, place=NOWHERE, of=scores).chain()
            ('relu', 'linear')
        """
        return (self.name, *(self.of.chain() if self.of else ()))


DESCRIPTIONS = {
    "softmax": "probabilities (softmax)",
    "softmin": "probabilities (softmin)",
    "sigmoid": "probabilities (sigmoid)",
    "hardsigmoid": "probabilities (hardsigmoid)",
    "log_softmax": "log-probabilities (log_softmax)",
    "log_sigmoid": "log-probabilities (log_sigmoid)",
    "relu": "the output of ReLU",
    "relu6": "the output of ReLU6",
    "softplus": "the output of softplus",
    "exp": "the output of exp",
    "tanh": "the output of tanh",
    "linear": "the raw scores of a layer",
}


NO_LOGARITHMS = tuple(name for name in DESCRIPTIONS if not name.startswith("log_"))


def describe_origin(origin: Origin) -> str:
    """Describe what made a tensor's values, and where."""
    return f"{DESCRIPTIONS[origin.name]}, made at line {origin.place.line}"


def find_layer_weight(origin: Origin | None) -> "Tensor | None":
    """Find the weight of the layer that a tensor's values go back to, if it is alive."""
    while origin is not None and origin.name != "linear":
        origin = origin.of
    return None if origin is None or origin.weight is None else origin.weight()


class Provenance:
    """The origins of the tensors that are alive.

    Args:
        keep_sources: hold the inputs of functions for as long as their outputs live, which costs
            memory; only fixes at the call need them.
    """

    def __init__(self, *, keep_sources: bool = False) -> None:
        self._entries: WeakMap[tuple[int, Origin]] = WeakMap()
        self._keep_sources = keep_sources

    def get(self, tensor: Any) -> Origin | None:
        """Return what a tensor came from, or None if that is not known."""
        entry = self._entries.get(tensor)
        return entry[1] if entry is not None and entry[0] == _get_version(tensor) else None

    def put(self, tensor: "Tensor", origin: Origin) -> None:
        """Record what a tensor came from."""
        self._entries[tensor] = (_get_version(tensor), origin)

    def record(  # noqa: PLR0913  (an origin's fields)
        self,
        name: str,
        source: "Tensor",
        output: "Tensor",
        axis: int | None,
        place: Place,
        weight: "Tensor | None" = None,
    ) -> None:
        """Record that a function computed ``output`` from ``source``."""
        earlier, layer = self.get(source), name == "linear"
        self.put(
            output,
            Origin(
                name=name,
                axis=axis,
                columns=None if axis is None or output.ndim == 0 else output.shape[axis],
                place=place,
                along=axis,
                of=None if layer else _shorten(earlier, LONGEST_CHAIN),
                given=earlier.name if layer and earlier is not None else None,
                source=source if self._keep_sources else None,
                weight=None if weight is None else weakref.ref(weight),
            ),
        )

    def propagate(self, origin: Origin, output: "Tensor", axis: int | None, cut: bool) -> None:
        """Give an origin to a tensor that holds the same values in another form."""
        if axis != origin.axis or (cut and not origin.detached):
            origin = replace(origin, axis=axis, detached=origin.detached or cut)
        self.put(output, origin)

    def find_common(self, tensors: Sequence[Any]) -> Origin | None:
        """Return what all of some tensors came from, if that is the same kind of thing."""
        origins = [self.get(tensor) for tensor in tensors]
        first = origins[0] if origins else None
        if first is None or any(
            one is None or (one.name, one.axis) != (first.name, first.axis) for one in origins
        ):
            return None
        return first

    def __len__(self) -> int:
        return len(self._entries)


def _shorten(origin: Origin | None, length: int) -> Origin | None:
    """Cut a chain of origins to a length, so that that of a recurrent state stays short."""
    if origin is None or length == 0:
        return None
    rest = _shorten(origin.of, length - 1)
    # A source that is held would keep every layer's input alive.
    if rest is origin.of and origin.source is None:
        return origin
    return replace(origin, of=rest, source=None)


def _get_version(tensor: Any) -> int:
    """Return how often a tensor was changed in place; inference tensors do not count that."""
    return -1 if tensor.is_inference() else int(tensor._version)
