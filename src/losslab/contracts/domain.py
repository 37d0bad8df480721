"""Domains: the set, the kind, the dtype and the shape a loss asks of each side."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor

from losslab.contracts.interval import REALS, Interval


class Kind(StrEnum):
    """What a number stands for. Two domains fit only if they share a kind."""

    SCORES = "scores"
    PROBABILITY = "probability"
    LOG_PROBABILITY = "log_probability"
    VALUE = "value"
    LOG_RATE = "log_rate"
    UNIT_VECTOR = "unit_vector"
    SIGNS = "signs"
    CLASS_INDEX = "class_index"


EVERY_KIND = tuple(Kind)
_WHOLE = (torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8)
# Probabilities that were stored as bfloat16, or written with two digits, miss 1 by less than this.
SUM_TOLERANCE = 1e-2


def sum_tolerance(dtype: torch.dtype) -> float:
    """How far probabilities of a dtype may miss 1 by rounding: 0.03 for bfloat16."""
    return max(SUM_TOLERANCE, 4 * torch.finfo(dtype).eps)


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A set of numbers together with what they stand for.

    Args:
        kinds: what a number may stand for; the first is the usual reading.
        within: the interval every number lies in.
        points: the only values allowed, if they are few, such as -1 and 1.
        over_outputs: whether the last axis, of length ``K``, belongs together as one row.
        sums_to_one: whether a row's probabilities, or those its logarithms stand for, sum to one.
        integer: whether the dtype is int64, as PyTorch wants indices, rather than a float.
        whole: whether whole numbers of any dtype will do beside floats, as for counts.

    Examples:
        >>> str(Domain(kinds=(Kind.SIGNS,), within=Interval(-1, 1), points=(-1.0, 1.0)))
        'float signs in {-1, 1}, shape (...)'
    """

    kinds: tuple[Kind, ...]
    within: Interval
    points: tuple[float, ...] = ()
    over_outputs: bool = False
    sums_to_one: bool = False
    integer: bool = False
    whole: bool = False

    def __contains__(self, x: Tensor) -> bool:
        if not self.accepts_dtype(x.dtype):
            return False
        if self.points:
            allowed = torch.tensor(self.points, dtype=x.dtype, device=x.device)
            return bool(torch.isin(x, allowed).all())
        if self.sums_to_one:
            missed = (self.sums(x) - 1.0).abs()
            if not bool((missed < sum_tolerance(x.dtype)).all()):
                return False
        return x in self.within

    def __str__(self) -> str:
        kind = " or ".join(kind.replace("_", " ") for kind in self.kinds)
        points = "{" + ", ".join(f"{point:g}" for point in self.points) + "}"
        numbers = points if self.points else str(self.within)
        dtype = "integer" if self.integer else "float"
        sums = f", {self.rule}" if self.sums_to_one else ""
        return f"{dtype} {kind} in {numbers}{sums}, shape {self.shape}"

    def accepts_dtype(self, dtype: torch.dtype) -> bool:
        """Whether numbers of this dtype can lie in the domain."""
        if self.integer:
            return dtype == torch.int64
        return dtype.is_floating_point or (self.whole and dtype in _WHOLE)

    @property
    def shape(self) -> str:
        """The shape in words: ``(..., K)`` where the last axis is one row's outputs."""
        return "(..., K)" if self.over_outputs else "(...)"

    @property
    def rule(self) -> str:
        """What the numbers of a row add up to, in words; empty without such a rule."""
        if not self.sums_to_one:
            return ""
        return "exponentials summing to 1" if self._logarithmic else "summing to 1"

    @property
    def _logarithmic(self) -> bool:
        return Kind.LOG_PROBABILITY in self.kinds

    def sums(self, x: Tensor) -> Tensor:
        """The total probability of each row.

        Shape:
            x ``(..., K)`` -> ``(...)``
        """
        return x.double().exp().sum(-1) if self._logarithmic else x.double().sum(-1)

    def shares_kind(self, kinds: Iterable[Kind]) -> bool:
        """Whether any of ``kinds`` is one this domain reads."""
        return not set(self.kinds).isdisjoint(kinds)

    def sample(self, *shape: int, generator: torch.Generator, n_classes: int = 3) -> Tensor:
        """Draw valid numbers (float64, or int64 class indices below ``n_classes``)."""
        if self.integer:
            return torch.randint(0, n_classes, shape, generator=generator)
        if self.points:
            choices = torch.tensor(self.points, dtype=torch.float64)
            return choices[torch.randint(0, len(self.points), shape, generator=generator)]
        if self.sums_to_one:
            scores = REALS.sample(*shape, generator=generator)
            return scores.log_softmax(-1) if self._logarithmic else scores.softmax(-1)
        return self.within.sample(*shape, generator=generator)
