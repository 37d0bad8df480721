"""Plain functions of two parameters."""

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

    Attributes:
        name: of the function.
        fn: takes ``x`` and ``y``, tensors of one shape, and works element by element.
        formula: LaTeX.
        start: where descents begin.
        minima: all global minima; empty if they are not known.
        view: the ends of the picture in ``x`` and in ``y``.
        steps: the number of steps to take by default.
        learning_rates: for each optimizer by name: too small, about right, too large.
        summary: what it teaches, in a line.
        reference: the paper or book it comes from.

    Examples:
        >>> bowl = Function(name="bowl", fn=lambda x, y: x**2 + y**2, start=(1.0, 1.0))
        >>> bowl.evaluate(np.array([[3.0, 4.0]]))
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
        self._check_count(_count_parameters(self.fn), "parameters")
        for name, point in (("start", self.start), *(("minima", point) for point in self.minima)):
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
        """The value at the minima; NaN if they are not known."""
        values = self.evaluate(np.array(self.minima, dtype=np.float64).reshape(-1, 2))
        return float(values.min()) if len(values) else float("nan")

    def evaluate(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute the values ``(N,)`` at points ``(N, 2)``."""
        x, y = torch.tensor(points, dtype=torch.float64).unbind(-1)
        with torch.no_grad():
            values: NDArray[np.float64] = self.fn(x, y).numpy()
        return values


def _count_parameters(fn: Callable[..., Any]) -> int | None:
    """Count the positional arguments a function needs, or two if it takes two; None if unknown."""
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    positional = [
        parameter
        for parameter in parameters
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    required = [parameter for parameter in positional if parameter.default is parameter.empty]
    return max(len(required), min(len(positional), 2))
