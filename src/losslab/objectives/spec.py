"""The specifications of heads and target encodings (codecs)."""

import math
from collections.abc import Callable, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from losslab.contracts.domain import Kind
from losslab.contracts.interval import REALS, UNIT, Interval
from losslab.contracts.parameters import check_parameters
from losslab.core.errors import DataError

# For one row: (z, prediction to fill).
Forward = Callable[[Sequence[float], MutableSequence[float]], None]
# For one row: (z, prediction, gradient): turns d loss / d prediction into d loss / d z in place.
Backward = Callable[[Sequence[float], Sequence[float], MutableSequence[float]], None]


@dataclass(frozen=True, kw_only=True)
class Head:
    """The function from the output ``z`` of the last layer to the prediction of the loss.

    Attributes:
        name: the name of the output activation (inverse link).
        fn: the torch function on ``(..., K)``, which keeps the shape.
        forward: the same for one row in plain Python.
        backward: the chain rule for one row.
        emits: the kinds its outputs can have.
        reaches: the interval its outputs cover.
        sums_to_one: whether the probabilities of a row, or the exponentials of its
            log-probabilities, sum to one.
        min_width: the smallest sensible number of outputs.
        summary: its purpose in one line.
        torch_class: the PyTorch module it equals, as an expression on the last axis.
        defined: the class of that module if PyTorch has none.
    """

    name: str
    fn: Callable[[Tensor], Tensor]
    forward: Forward
    backward: Backward
    emits: tuple[Kind, ...]
    reaches: Interval
    sums_to_one: bool = False
    min_width: int = 1
    summary: str
    torch_class: str
    defined: type[nn.Module] | None = None

    def __repr__(self) -> str:
        return f"Head({self.name}: {describe_numbers(self.emits, self.reaches)})"

    def __call__(self, z: Tensor) -> Tensor:
        """Apply the head to ``(..., K)``."""
        return self.fn(z)


Labels = np.ndarray[tuple[int], np.dtype[np.int64 | np.float64]]
Weight = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, kw_only=True)
class Codec:
    """The encoding of labels as targets.

    Labels are class codes 0..K-1, or values in the units of the target column.

    Attributes:
        name: the name of the encoding.
        encode_as: the function ``(labels, codec) -> targets``.
        emits: the kinds of targets.
        within: the interval of targets.
        reads: whether labels are class codes or values.
        per_class: whether the target of a row, or its prediction, has one entry per class.
        midpoint: the value halfway between the encodings of two classes; None without classes.
        fits_scale: whether ``fit`` learns a location and a scale from the labels.
        params: parameters with their values.
        param_ranges: the valid values of each parameter.
        usual: the default of each parameter.
        n_classes: the number of classes; None for values.
        location: target = (value - location) / scale.
        scale: see ``location``.
        fitted: whether ``fit`` has learned location and scale.
        summary: its purpose in one line.
    """

    name: str
    encode_as: Callable[[Tensor, "Codec"], Tensor]
    emits: tuple[Kind, ...]
    within: Interval
    reads: Literal["classes", "values"]
    per_class: bool = False
    midpoint: float | None = None
    fits_scale: bool = False
    params: Mapping[str, float] = field(default_factory=dict)
    param_ranges: Mapping[str, Interval] = field(default_factory=dict)
    usual: Mapping[str, float] = field(default_factory=dict)
    n_classes: int | None = None
    location: float = 0.0
    scale: float = 1.0
    fitted: bool = False
    summary: str

    def __post_init__(self) -> None:
        if not self.usual:
            object.__setattr__(self, "usual", dict(self.params))

    def __repr__(self) -> str:
        settings = "".join(f", {name}={value:g}" for name, value in self.params.items())
        return f"Codec({self.name}: {format_kinds(self.emits)}{settings})"

    @property
    def changed(self) -> dict[str, float]:
        """The parameters that are not the default."""
        return {name: v for name, v in self.params.items() if v != self.usual[name]}

    @property
    def width(self) -> int:
        """How many outputs the last layer must have."""
        return (self.n_classes or 1) if self.per_class else 1

    def bind(self, **params: float) -> "Codec":
        """Return this encoding with other parameters; refuse values out of range."""
        check_parameters(f"target encoding {self.name!r}", params, self.usual, self.param_ranges)
        return replace(self, params={**self.params, **params}) if params else self

    def check(self, labels: Labels) -> None:
        """Refuse values that are not targets of this encoding, such as negative counts."""
        # A copy, since tables are read-only and tensors are not.
        if self.reads != "values" or torch.tensor(labels) in self.within:
            return
        raise DataError(
            f"target encoding {self.name!r} needs labels in {self.within}",
            got=f"values from {labels.min():g} to {labels.max():g}",
            fix="counts start at 0: drop or fix negative ones, or use task 'regression'",
        )

    def fit(self, labels: Labels, weight: Weight | None = None) -> "Codec":
        """Learn location and scale from training labels, if the encoding has them.

        Args:
            labels: ``(N,)``.
            weight: the weight of each label, ``(N,)``; None for equal weights.
        """
        if not self.fits_scale:
            return self
        if weight is not None:  # a label of weight zero may even be infinite
            labels, weight = labels[weight > 0], weight[weight > 0]
        location = float(np.average(labels, weights=weight))
        spread = float(np.sqrt(np.average((labels - location) ** 2, weights=weight)))
        scale = spread if spread > 0 else 1.0
        return replace(self, location=location, scale=scale, fitted=True)

    def encode(self, labels: Labels | Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
        """Turn labels ``(N,)`` into targets: ``(N,)`` indices, or ``(N, 1)`` or ``(N, K)``."""
        # A copy, since tables are read-only and tensors are not.
        codes = labels if isinstance(labels, Tensor) else torch.tensor(labels)
        target = self.encode_as(codes, self)
        return target.to(dtype) if target.is_floating_point() else target


_PLURALS = {
    Kind.SCORES: "scores",
    Kind.PROBABILITY: "probabilities",
    Kind.LOG_PROBABILITY: "log-probabilities",
    Kind.VALUE: "values",
    Kind.LOG_RATE: "log-rates",
    Kind.UNIT_VECTOR: "unit vectors",
    Kind.SIGNS: "signs",
    Kind.CLASS_INDEX: "class indices",
}


# The intervals of kinds whose name implies one.
_IMPLIED = {
    Kind.PROBABILITY: UNIT,
    Kind.LOG_PROBABILITY: Interval(high=0.0),
    Kind.UNIT_VECTOR: Interval(-1.0, 1.0),
    Kind.SIGNS: Interval(-1.0, 1.0),
    Kind.CLASS_INDEX: Interval(0.0),
}


def format_kinds(kinds: tuple[Kind, ...]) -> str:
    """List kinds in plain English.

    Examples:
        >>> format_kinds((Kind.SCORES, Kind.VALUE, Kind.LOG_RATE))
        'scores, values or log-rates'
    """
    named = [_PLURALS[kind] for kind in kinds]
    return " or ".join(part for part in (", ".join(named[:-1]), named[-1]) if part)


def describe_numbers(kinds: tuple[Kind, ...], within: Interval) -> str:
    """List kinds with their interval, unless the names imply it.

    Examples:
        >>> describe_numbers((Kind.VALUE,), Interval(0.0))
        'values of 0 and more'
        >>> describe_numbers((Kind.PROBABILITY,), UNIT)
        'probabilities'
    """
    if all(_IMPLIED.get(kind, REALS) == within for kind in kinds):
        return format_kinds(kinds)
    return f"{format_kinds(kinds)} {describe_interval(within)}"


def describe_interval(within: Interval) -> str:
    """Describe an interval in plain English.

    Examples:
        >>> describe_interval(Interval(-1.0, 1.0)), describe_interval(Interval(0.0, open_low=True))
        ('between -1 and 1', 'above 0')
        >>> describe_interval(Interval())
        'of any size'
    """
    low, high = f"{within.low:g}", f"{within.high:g}"
    if math.isinf(within.low) and math.isinf(within.high):
        return "of any size"
    if math.isinf(within.high):
        return f"above {low}" if within.open_low else f"of {low} and more"
    if math.isinf(within.low):
        return f"below {high}" if within.open_high else f"of {high} and less"
    return f"between {low} and {high}"
