"""What a plain function of two parameters promises."""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from losslab.core.errors import OptionError
from losslab.core.numbers import is_number

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Function:
    """A loss of two parameters, to watch optimizers on.

    Args:
        name: the field's name.
        fn: of ``x`` and ``y``, tensors of one shape, element by element.
        formula: LaTeX.
        start: where descents begin.
        minima: all its lowest points; empty where none are known.
        view: the ends of the picture in ``x`` and in ``y``.
        steps: how many steps show what there is to see.
        learning_rates: of an optimizer by name: too small, about right, too large.
        summary: what it teaches, in a line.
        reference: where it comes from.

    Example
        >>> bowl = Function(name="bowl", fn=lambda x, y: x**2 + y**2, start=(1.0, 1.0))
        >>> bowl.at(np.array([[3.0, 4.0]]))
        array([25.])
    """

    name: str
    fn: Callable[[Tensor, Tensor], Tensor]
    formula: str = ""
    start: Point
    minima: tuple[Point, ...] = ()
    view: tuple[Point, Point] = ((-2.0, 2.0), (-2.0, 2.0))
    steps: int = 100
    learning_rates: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    summary: str = ""
    reference: str = ""

    def __post_init__(self) -> None:
        self._check_count(_parameters(self.fn), "parameters")
        for name, point in (("start", self.start), *(("minima", one) for one in self.minima)):
            self._check_count(len(point), f"numbers in {name}")
            if not all(is_number(value) and math.isfinite(value) for value in point):
                raise OptionError(
                    f"function {self.name!r} needs finite numbers in {name}",
                    got=repr(point),
                    fix="start=(1.0, 1.0)",
                )
        if any(not low < high for low, high in self.view):
            raise OptionError(
                f"function {self.name!r} needs each end of its view above the other",
                got=repr(self.view),
                fix="view=((-2.0, 2.0), (-2.0, 2.0))",
            )

    def _check_count(self, count: int | None, what: str) -> None:
        if count not in (2, None):
            raise OptionError(
                f"a plain function needs two {what}, since a picture has two axes",
                got=f"{count} for {self.name!r}",
                fix="fix the others in a function of two: lambda x, y: f(x, y, 0.0)",
            )

    @property
    def lowest(self) -> float:
        """Its value at the minima; NaN where they are not known."""
        known = self.at(np.array(self.minima, dtype=np.float64).reshape(-1, 2))
        return float(known.min()) if len(known) else float("nan")

    def at(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Its values at points ``(N, 2)``, ``(N,)``."""
        x, y = torch.tensor(points, dtype=torch.float64).unbind(-1)
        with torch.no_grad():
            values: NDArray[np.float64] = self.fn(x, y).numpy()
        return values


def _parameters(fn: Callable[..., Any]) -> int | None:
    """How many parameters a function has to be given; None where Python can't tell."""
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(one.kind is one.VAR_POSITIONAL for one in parameters):
        return None
    by_place = [one for one in parameters if one.kind in (0, 1)]
    needed = [one for one in by_place if one.default is one.empty]
    return max(len(needed), min(len(by_place), 2))
