"""What a head promises."""

from collections.abc import Callable, MutableSequence, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from losslab.contracts.domain import Kind
from losslab.contracts.interval import Interval
from losslab.objectives.words import told

# One row: (z, prediction to fill).
Forward = Callable[[Sequence[float], MutableSequence[float]], None]
# One row: (z, prediction, gradient): turns d loss / d prediction into d loss / d z in place.
Backward = Callable[[Sequence[float], Sequence[float], MutableSequence[float]], None]


@dataclass(frozen=True, kw_only=True)
class Head:
    """What turns the last linear layer's output ``z`` into the loss's prediction.

    Args:
        name: the field's name for it (output activation, inverse link).
        fn: the torch function on ``(..., K)``, which keeps the shape.
        forward: the same for one row in plain Python.
        backward: the chain rule for one row.
        emits: what its output can stand for.
        reaches: the interval its outputs cover.
        sums_to_one: whether a row's probabilities, or those its logarithms stand for, sum to one.
        min_width: the fewest outputs for which it makes sense.
        summary: what it is for, in a line.
        torch_class: the module it equals, as an expression on the last axis.
        defined: that module's class where PyTorch has none.
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
        return f"Head({self.name}: {told(self.emits, self.reaches)})"

    def __call__(self, z: Tensor) -> Tensor:
        """Apply the head to ``(..., K)``."""
        return self.fn(z)
