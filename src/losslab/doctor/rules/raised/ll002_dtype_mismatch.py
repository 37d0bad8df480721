"""Two tensors that meet in a layer or a loss have different dtypes.

What it finds
    A run that ended because a layer's input has another dtype than its weight, two factors of a
    product differ, class indices are of a short integer type, or prediction and target are
    float and double.

Why it hurts
    Nothing is trained. PyTorch says which dtypes met and not which tensor should change. NumPy
    and pandas make double, a layer is float.

Bad
    net = nn.Linear(4, 3)
    net(x.double())

Good
    net = nn.Linear(4, 3)
    net(x.float())

Blind spots
    Recurrent layers, which compare dtypes before any call of PyTorch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import Failed, LossCall
from losslab.doctor.evidence.graph import reach, stamp
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState

if TYPE_CHECKING:
    from torch import Tensor

PRODUCTS = ("linear", "bilinear", "matmul", "__matmul__", "mm", "bmm", "addmm", "mv", "dot")
OF_CLASSES = ("cross_entropy", "nll")


@dataclass(frozen=True)
class Mixed:
    """A loss that PyTorch took although prediction and target are float and double."""

    place: Place
    name: str
    dtypes: tuple[str, str]
    made: tuple[str, int]


@dataclass
class Memory:
    """The last loss of that kind: its backward raises."""

    mixed: Mixed | None = None


def on_loss(call: LossCall, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Remember a loss of float and double."""
    made = stamp(call.output)
    if call.target is not None and made is not None and _both_real(call.prediction, call.target):
        dtypes = _name(call.prediction), _name(call.target)
        memory.mixed = Mixed(call.place, call.name, dtypes, made)
    return iter(())


def on_failed(event: Failed, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare dtypes."""
    arguments = event.arguments
    first, second = _tensor(arguments.get("0")), _tensor(arguments.get("1"))
    if event.loss is not None:
        yield from _in_loss(event)
    elif event.function == "backward" and first is not None and memory.mixed is not None:
        mixed = memory.mixed
        if mixed.made in reach([first]).nodes:
            yield _of_values(mixed.place, mixed.name, *mixed.dtypes)
    elif event.function in ("embedding", "one_hot") and first is not None:
        if first.is_floating_point():
            yield Diagnostic(
                place=event.place,
                message=f"{event.function} takes whole numbers and got dtype {_name(first)}",
                fix="index.long()",
            )
    elif (event.function in PRODUCTS or event.function.startswith("conv")) and (
        first is not None and second is not None and first.dtype != second.dtype
    ):
        layer = event.function not in PRODUCTS[2:]
        yield Diagnostic(
            place=event.place,
            message=f"{'the input' if layer else 'left'} has dtype {_name(first)}, "
            f"{'the layer' if layer else 'right'} {_name(second)}",
            fix=f"x.to({second.dtype}), where the data is loaded",
        )


def _in_loss(event: Failed) -> Iterator[Diagnostic]:
    prediction = _tensor(event.arguments.get("input"))
    target = _tensor(event.arguments.get("target"))
    if prediction is None or target is None:
        return
    if event.loss in OF_CLASSES:
        indices = target.ndim == prediction.ndim - 1
        # Floats are values where an index is due, which is LL104.
        if indices and not target.is_floating_point() and _name(target) not in ("int64", "uint8"):
            yield Diagnostic(
                place=event.place,
                message=f"class indices of dtype {_name(target)}, shape {tuple(target.shape)}, "
                f"for {event.loss}, which takes long",
                fix="target.long()",
            )
    elif _both_real(prediction, target):
        yield _of_values(event.place, str(event.loss), _name(prediction), _name(target))


def _of_values(place: Place, loss: str, prediction: str, target: str) -> Diagnostic:
    return Diagnostic(
        place=place,
        message=f"{loss} got a prediction of dtype {prediction} and a target of dtype {target}",
        fix="target.to(prediction.dtype)",
    )


def _both_real(prediction: "Tensor", target: Any) -> bool:
    return (
        prediction.is_floating_point()
        and target.is_floating_point()
        and prediction.dtype != target.dtype
    )


def _tensor(value: Any) -> "Tensor | None":
    return value if hasattr(value, "dtype") and hasattr(value, "is_floating_point") else None


def _name(tensor: "Tensor") -> str:
    return str(tensor.dtype).removeprefix("torch.")


RULE = Rule(
    code="LL002",
    name="dtype-mismatch",
    severity="error",
    page=__doc__,
    handlers={Failed: on_failed, LossCall: on_loss},
    memory=Memory,
)
