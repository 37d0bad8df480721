"""Domains of predictions and targets: kind, range, dtype and shape."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor

from losslab.contracts.interval import REALS, Interval


class Kind(StrEnum):
    """The meaning of a number. A prediction fits a domain only if they share a kind."""

    SCORES = "scores"
    PROBABILITY = "probability"
    LOG_PROBABILITY = "log_probability"
    VALUE = "value"
    LOG_RATE = "log_rate"
    UNIT_VECTOR = "unit_vector"
    SIGNS = "signs"
    CLASS_INDEX = "class_index"


ALL_KINDS = tuple(Kind)
_INTEGER_DTYPES = (torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8)
# Probabilities stored as bfloat16 or written with two digits sum to 1 within this.
SUM_TOLERANCE = 1e-2


def get_sum_tolerance(dtype: torch.dtype) -> float:
    """Return how far a sum of probabilities may be from 1 by rounding: 0.03 for bfloat16."""
    return max(SUM_TOLERANCE, 4 * torch.finfo(dtype).eps)


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A set of numbers and what they mean.

    Attributes:
        kinds: what a number may mean; the first is the default.
        within: the interval of every number.
        points: the only values allowed, if they are few, such as -1 and 1.
        over_outputs: whether the last axis, of length ``K``, is one row.
        sums_to_one: whether the probabilities of a row, or the exponentials of its
            log-probabilities, sum to one.
        integer: whether the dtype is int64, as for class indices, rather than floating-point.
        whole: whether integers of any dtype are accepted beside floats, as for counts.

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
            errors = (self.sum_rows(x) - 1.0).abs()
            if not bool((errors < get_sum_tolerance(x.dtype)).all()):
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
        """Return whether the domain accepts numbers of this dtype."""
        if self.integer:
            return dtype == torch.int64
        return dtype.is_floating_point or (self.whole and dtype in _INTEGER_DTYPES)

    @property
    def shape(self) -> str:
        """The shape as text: ``(..., K)`` where the last axis is one row."""
        return "(..., K)" if self.over_outputs else "(...)"

    @property
    def rule(self) -> str:
        """The constraint on the sum of a row as text; empty without one."""
        if not self.sums_to_one:
            return ""
        return "exponentials summing to 1" if self._is_logarithmic else "summing to 1"

    @property
    def _is_logarithmic(self) -> bool:
        return Kind.LOG_PROBABILITY in self.kinds

    def sum_rows(self, x: Tensor) -> Tensor:
        """Compute the total probability of each row.

        Shape:
            x ``(..., K)`` -> ``(...)``
        """
        return x.double().exp().sum(-1) if self._is_logarithmic else x.double().sum(-1)

    def shares_kind(self, kinds: Iterable[Kind]) -> bool:
        """Return whether the domain has any of ``kinds``."""
        return not set(self.kinds).isdisjoint(kinds)

    def sample(self, *shape: int, generator: torch.Generator, n_classes: int = 3) -> Tensor:
        """Sample valid numbers: float64, or int64 class indices below ``n_classes``."""
        if self.integer:
            return torch.randint(0, n_classes, shape, generator=generator)
        if self.points:
            choices = torch.tensor(self.points, dtype=torch.float64)
            return choices[torch.randint(0, len(self.points), shape, generator=generator)]
        if self.sums_to_one:
            scores = REALS.sample(*shape, generator=generator)
            return scores.log_softmax(-1) if self._is_logarithmic else scores.softmax(-1)
        return self.within.sample(*shape, generator=generator)
