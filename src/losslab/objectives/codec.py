"""What a codec (target encoding) promises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import Interval
from losslab.core.errors import DataError, OptionError
from losslab.core.numbers import is_number
from losslab.objectives.words import in_words

Labels = np.ndarray[tuple[int], np.dtype[np.int64 | np.float64]]
Weight = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, kw_only=True)
class Codec:
    """How labels become targets: class codes 0..K-1, or values in the target's own units.

    Args:
        name: the encoding's name.
        encode_as: ``(labels, codec) -> targets``, the function of the entry's file.
        emits: what a target stands for.
        within: the interval every target lies in.
        reads: whether the labels are class codes or values.
        per_class: whether a row's target, or the prediction it meets, has one entry per class.
        midpoint: the value halfway between the encodings of two classes; None without classes.
        fits_scale: whether ``fit`` learns a location and a scale from the labels.
        params: settings with their values; ``param_ranges`` says where they may lie.
        usual: the settings' values before others were bound.
        n_classes: the number of classes; None for values.
        location, scale: target = (value - location) / scale.
        fitted: whether ``fit`` has learned them.
        summary: what it is for, in a line.
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
        return f"Codec({self.name}: {in_words(self.emits)}{settings})"

    @property
    def changed(self) -> dict[str, float]:
        """The settings that are not the usual ones."""
        return {name: v for name, v in self.params.items() if v != self.usual[name]}

    def bind(self, **params: float) -> "Codec":
        """Return this encoding with other settings, all of which it must have."""
        for name, value in params.items():
            if not is_number(value) or value not in self.param_ranges[name]:
                raise OptionError(
                    f"target encoding {self.name!r} needs {name} in {self.param_ranges[name]}",
                    got=f"{value!r}",
                    fix=f"{name}={self.usual[name]:g} is the default",
                )
        return replace(self, params={**self.params, **params}) if params else self

    def check(self, labels: Labels) -> None:
        """Refuse values that would be no target of this encoding, such as negative counts."""
        # A copy, since tables are read-only and tensors must not be.
        if self.reads != "values" or torch.tensor(labels) in self.within:
            return
        raise DataError(
            f"target encoding {self.name!r} needs labels in {self.within}",
            got=f"values from {labels.min():g} to {labels.max():g}",
            fix="counts start at 0: drop or mend the negative ones, or use task 'regression'",
        )

    def fit(self, labels: Labels, weight: Weight | None = None) -> "Codec":
        """Learn location and scale from training labels, if the encoding has them.

        Args:
            labels: ``(N,)``.
            weight: how much each of them counts ``(N,)``; None: all alike.
        """
        if not self.fits_scale:
            return self
        if weight is not None:  # a label of weight zero may be of any size
            labels, weight = labels[weight > 0], weight[weight > 0]
        location = float(np.average(labels, weights=weight))
        spread = float(np.sqrt(np.average((labels - location) ** 2, weights=weight)))
        scale = spread if spread > 0 else 1.0
        return replace(self, location=location, scale=scale, fitted=True)

    def encode(self, labels: Labels | Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
        """Turn labels ``(N,)`` into targets: ``(N,)`` indices, or ``(N, 1)`` or ``(N, K)``."""
        # A copy, since tables are read-only and tensors must not be.
        codes = labels if isinstance(labels, Tensor) else torch.tensor(labels)
        target = self.encode_as(codes, self)
        return target.to(dtype) if target.is_floating_point() else target
