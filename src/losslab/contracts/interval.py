"""Real intervals and finite sets of values, for domains and parameters."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Interval:
    """The real interval from ``low`` to ``high``; an infinite end is always open.

    Examples:
        >>> str(Interval(0.0)), str(Interval(0.0, 1.0))
        ('[0, inf)', '[0, 1]')
        >>> Interval().covers(Interval(0.0, 1.0))
        True
    """

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False

    def __contains__(self, x: Tensor | float) -> bool:
        values = x if isinstance(x, Tensor) else torch.tensor(x, dtype=torch.float64)
        above = values > self.low if self.open_low else values >= self.low
        below = values < self.high if self.open_high else values <= self.high
        return bool((above & below & values.isfinite()).all())

    def __str__(self) -> str:
        left = "(" if self.open_low or math.isinf(self.low) else "["
        right = ")" if self.open_high or math.isinf(self.high) else "]"
        return f"{left}{self.low:g}, {self.high:g}{right}"

    def covers(self, other: "Interval") -> bool:
        """Return whether this interval contains all numbers of ``other``."""
        # No interval contains infinity, open or not.
        ends = not self.open_low or other.open_low or math.isinf(self.low)
        low = self.low < other.low or (self.low == other.low and ends)
        ends = not self.open_high or other.open_high or math.isinf(self.high)
        high = self.high > other.high or (self.high == other.high and ends)
        return low and high

    def sample(self, *shape: int, generator: torch.Generator) -> Tensor:
        """Sample float64 numbers strictly inside and at most 3 from zero, for checks."""
        low, high = max(self.low, -3.0), min(self.high, 3.0)
        unit = torch.rand(shape, dtype=torch.float64, generator=generator)
        return low + (high - low) * (0.01 + 0.98 * unit)


REALS = Interval()
UNIT = Interval(0.0, 1.0)
NON_NEGATIVE = Interval(0.0)
POSITIVE = Interval(0.0, open_low=True)


@dataclass(frozen=True)
class Choice:
    """A finite set of numbers.

    Examples:
        >>> str(Choice((1.0, 2.0))), 2 in Choice((1.0, 2.0)), 1.5 in Choice((1.0, 2.0))
        ('{1, 2}', True, False)
    """

    values: tuple[float, ...]

    def __contains__(self, x: Tensor | float) -> bool:
        return float(x) in self.values

    def __str__(self) -> str:
        return "{" + ", ".join(f"{value:g}" for value in self.values) + "}"

    def sample(self, *shape: int, generator: torch.Generator) -> Tensor:
        """Sample float64 numbers, for checks."""
        chosen = torch.randint(0, len(self.values), shape, generator=generator)
        return torch.tensor(self.values, dtype=torch.float64)[chosen]
