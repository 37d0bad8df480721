"""PyTorch's own test inputs, put through every loss that names the PyTorch class it equals."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from losslab.losses.catalog import LOSSES
from losslab.losses.spec import Loss

WITH_A_CLASS = [loss for loss in LOSSES.values() if loss.torch_class]
pytestmark = [
    # PyTorch's private test modules may warn when imported; that is not ours to mend.
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.parametrize("loss", WITH_A_CLASS, ids=[loss.name for loss in WITH_A_CLASS]),
]

# One case: settings, prediction, target.
Case = tuple[dict[str, Any], Tensor, Tensor]


def module_cases(criterion: type[nn.Module]) -> Iterator[Case]:
    """PyTorch's inputs for the class, from a private module that may move."""
    from torch.testing._internal.common_modules import module_db

    (info,) = [info for info in module_db if info.module_cls is criterion]
    for case in info.module_inputs_func(
        info, device="cpu", dtype=torch.float64, requires_grad=False, training=False
    ):
        made, called = case.constructor_input, case.forward_input
        assert not made.args
        prediction, target = called.args
        yield {**made.kwargs, **called.kwargs}, prediction, target


def function_cases(criterion: type[nn.Module]) -> Iterator[Case]:
    """PyTorch's inputs for the function that the class calls, from a private module too."""
    from torch.testing._internal.common_methods_invocations import op_db

    called = re.search(r"F\.(\w+)\(", inspect.getsource(criterion.forward))
    assert called is not None
    (info,) = [info for info in op_db if info.name == f"nn.functional.{called[1]}"]
    for case in info.sample_inputs("cpu", torch.float64):
        (target,) = case.args
        yield case.kwargs, case.input, target


@pytest.mark.parametrize("cases", [module_cases, function_cases])
def test_a_loss_equals_its_torch_class_on_pytorchs_own_inputs(loss, cases):
    criterion = getattr(nn, loss.torch_class.removeprefix("torch.nn."))
    compared = 0
    for given, prediction, target in cases(criterion):
        settings = {name: value for name, value in given.items() if value is not None}
        if not set(settings) <= {*loss.params, "reduction"} or reads_otherwise(loss, target):
            continue
        theirs, their_slope = with_slope(criterion(**settings), prediction, target)
        ours, our_slope = with_slope(
            lambda p, y, settings=settings: loss.module(**settings)(classes_last(loss, p), y),
            prediction,
            target,
        )
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(our_slope, their_slope, rtol=1e-12, atol=1e-12)
        compared += 1
    assert compared >= 3


def reads_otherwise(loss: Loss, target: Tensor) -> bool:
    """Whether the target is of a sort the loss has not, such as class probabilities for indices."""
    return not loss.target.accepts_dtype(target.dtype)


def classes_last(loss: Loss, prediction: Tensor) -> Tensor:
    """PyTorch keeps the classes on axis 1, losslab on the last."""
    one_target_a_row = loss.prediction.over_outputs and not loss.target.over_outputs
    return prediction.movedim(1, -1) if one_target_a_row and prediction.ndim > 1 else prediction


def with_slope(criterion: Any, prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    prediction = prediction.detach().clone().requires_grad_()
    value = criterion(prediction, target)
    value.sum().backward()
    return value.detach(), prediction.grad
