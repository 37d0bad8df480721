"""A few numbers to choose from: where a parameter may lie that is no matter of degree."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Choice:
    """One of a few numbers.

    >>> str(Choice((1.0, 2.0))), 2 in Choice((1.0, 2.0)), 1.5 in Choice((1.0, 2.0))
    ('{1, 2}', True, False)
    """

    values: tuple[float, ...]

    def __contains__(self, x: Tensor | float) -> bool:
        return float(x) in self.values

    def __str__(self) -> str:
        return "{" + ", ".join(f"{value:g}" for value in self.values) + "}"

    def sample(self, *shape: int, generator: torch.Generator) -> Tensor:
        """Draw float64 values, for checks."""
        chosen = torch.randint(0, len(self.values), shape, generator=generator)
        return torch.tensor(self.values, dtype=torch.float64)[chosen]
