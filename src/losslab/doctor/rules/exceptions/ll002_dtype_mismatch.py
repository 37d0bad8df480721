"""Two tensors in a layer or a loss have different dtypes.

What it finds:
    A run that ended because a layer's input has another dtype than its weight, the factors of a
    product differ, class indices have a short integer type, or prediction and target are float and
    double.

Why it hurts:
    Nothing is trained. PyTorch says which dtypes it found, but not which tensor to change. NumPy
    and pandas create double, layers are float.

Bad:
    net = nn.Linear(4, 3)
    net(x.double())

Good:
    net = nn.Linear(4, 3)
    net(x.float())

Blind spots:
    Recurrent layers, which compare dtypes before any call of PyTorch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from losslab.doctor.events import Failed, LossCall
from losslab.doctor.evidence.axes import OF_CLASSES
from losslab.doctor.evidence.graph import get_stamp, reach
from losslab.doctor.evidence.values import as_tensor, format_dtype
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

LAYERS = ("linear", "bilinear")
PRODUCTS = ("matmul", "__matmul__", "mm", "bmm", "addmm", "mv", "dot")


@dataclass
class Memory:
    """The last loss that PyTorch took although prediction and target are float and double.

    Its backward raises. It is known by its operation.
    """

    operation: tuple[str, int] | None = None
    mismatch: Diagnostic | None = None


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> None:
    """Remember a loss of float and double."""
    operation = get_stamp(call.output)
    if call.target is not None and operation is not None:
        mismatch = _compare_values(call.place, call.name, call.prediction, call.target)
        if mismatch is not None:
            memory.operation, memory.mismatch = operation, mismatch


def on_failed(event: Failed, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare dtypes."""
    function, arguments = event.function, event.arguments
    first, second = as_tensor(arguments.get("0")), as_tensor(arguments.get("1"))
    if event.loss is not None:
        yield from _check_loss(event, event.loss)
    elif first is None:
        return
    elif function == "backward":
        if memory.mismatch is not None and memory.operation in reach([first]).nodes:
            yield memory.mismatch
    elif function in ("embedding", "one_hot") and first.is_floating_point():
        yield Diagnostic(
            place=event.place,
            message=f"{function} takes whole numbers and got dtype {format_dtype(first)}",
            fix="index.long()",
        )
    elif second is not None and first.dtype != second.dtype:
        yield from _compare_factors(event, first, second)


def _compare_factors(event: Failed, first: "Tensor", second: "Tensor") -> Iterator[Diagnostic]:
    left, right = "left", "right"
    if event.function in LAYERS or event.function.startswith("conv"):
        left, right = "the input", "the layer"
    elif event.function not in PRODUCTS:
        return
    yield Diagnostic(
        place=event.place,
        message=f"{left} has dtype {format_dtype(first)}, {right} {format_dtype(second)}",
        fix=f"x.to({second.dtype}), where the data is loaded",
    )


def _check_loss(event: Failed, loss: str) -> Iterator[Diagnostic]:
    prediction = as_tensor(event.arguments.get("input"))
    target = as_tensor(event.arguments.get("target"))
    if prediction is None or target is None:
        return
    if loss in OF_CLASSES:
        dtype, indices = format_dtype(target), target.ndim == prediction.ndim - 1
        # Floats are values where an index is due, which is LL104.
        if indices and not target.is_floating_point() and dtype not in ("int64", "uint8"):
            yield Diagnostic(
                place=event.place,
                message=f"class indices of dtype {dtype}, shape {tuple(target.shape)}, for {loss}, "
                "which takes long",
                fix="target.long()",
            )
        return
    mismatch = _compare_values(event.place, loss, prediction, target)
    if mismatch is not None:
        yield mismatch


def _compare_values(
    place: Place, loss: str, prediction: "Tensor", target: "Tensor"
) -> Diagnostic | None:
    if not (prediction.is_floating_point() and target.is_floating_point()):
        return None
    if prediction.dtype == target.dtype:
        return None
    return Diagnostic(
        place=place,
        message=f"{loss} got a prediction of dtype {format_dtype(prediction)} and a target of "
        f"dtype {format_dtype(target)}",
        fix="target.to(prediction.dtype)",
    )


RULE = Rule(
    code="LL002",
    name="dtype-mismatch",
    severity="error",
    page=__doc__,
    handlers={Failed: on_failed, LossCall: on_loss},
    memory=Memory,
)
