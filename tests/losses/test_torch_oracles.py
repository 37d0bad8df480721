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

# One case: settings, and what the criterion is called with: prediction, target, perhaps a label.
Case = tuple[dict[str, Any], tuple[Tensor, ...]]


def module_cases(criterion: type[nn.Module]) -> Iterator[Case]:
    """PyTorch's inputs for the class, from a private module that may move."""
    from torch.testing._internal.common_modules import module_db

    (info,) = [info for info in module_db if info.module_cls is criterion]
    for case in info.module_inputs_func(
        info, device="cpu", dtype=torch.float64, requires_grad=False, training=False
    ):
        made, called = case.constructor_input, case.forward_input
        assert not made.args
        yield {**made.kwargs, **called.kwargs}, called.args


def function_cases(criterion: type[nn.Module]) -> Iterator[Case]:
    """PyTorch's inputs for the function that the class calls, from a private module too."""
    from torch.testing._internal.common_methods_invocations import op_db

    called = re.search(r"F\.(\w+)\(", inspect.getsource(criterion.forward))
    assert called is not None
    (info,) = [info for info in op_db if info.name == f"nn.functional.{called[1]}"]
    for case in info.sample_inputs("cpu", torch.float64):
        yield case.kwargs, (case.input, *case.args)


@pytest.mark.parametrize("cases", [module_cases, function_cases])
def test_a_loss_equals_its_torch_class_on_pytorchs_own_inputs(loss, cases):
    criterion = getattr(nn, loss.torch_class.removeprefix("torch.nn."))
    compared, finite = 0, 0
    for given, tensors in cases(criterion):
        settings = shared_settings(loss, criterion, given)
        if settings is None or reads_otherwise(loss, *tensors):
            continue
        theirs, their_gradient = with_gradient(criterion(**settings), *tensors)
        # Their inputs need not be what the loss asks for, such as log-probabilities.
        module = loss.module(**settings, unchecked=True)
        ours, our_gradient = with_gradient(
            lambda p, *others, module=module: module(classes_last(loss, p), *others), *tensors
        )
        for own, other in ((ours, theirs), (our_gradient, their_gradient)):
            torch.testing.assert_close(own, other, rtol=1e-12, atol=1e-12, equal_nan=True)
        compared += 1
        finite += int(theirs.isfinite().sum())
    # Of PyTorch's inputs for kl_div many are logarithms of negative numbers.
    assert compared >= 3
    assert finite >= 3


def shared_settings(
    loss: Loss, criterion: type[nn.Module], given: dict[str, Any]
) -> dict[str, Any] | None:
    """The settings of a case that both have; None if the criterion is set to something else."""
    usual = {name: item.default for name, item in inspect.signature(criterion).parameters.items()}
    # ``eps`` is for a mode of the Poisson loss that ours has not.
    settings = {
        name: value
        for name, value in given.items()
        if name != "eps" and (isinstance(value, Tensor) or value not in (None, usual[name]))
    }
    if not set(settings) <= {*loss.params, "reduction"}:
        return None
    if any(
        settings.get(name, value) not in loss.param_ranges[name]
        for name, value in loss.params.items()
    ):
        return None
    if loss.over_outputs == "sum" and settings.get("reduction", "mean") == "mean":
        settings["reduction"] = "batchmean"
    return settings


def reads_otherwise(loss: Loss, prediction: Tensor, target: Tensor, *label: Tensor) -> bool:
    """Whether a case is of a sort the loss has not, such as class probabilities for indices."""
    if not loss.target.accepts_dtype(target.dtype):
        return True
    if loss.prediction.over_outputs and prediction.ndim < 2:
        return True  # rows need an axis
    return target.ndim >= prediction.ndim and loss.target.integer


def classes_last(loss: Loss, prediction: Tensor) -> Tensor:
    """PyTorch keeps the classes on axis 1, losslab on the last."""
    one_target_a_row = loss.prediction.over_outputs and not loss.target.over_outputs
    return prediction.movedim(1, -1) if one_target_a_row and prediction.ndim > 1 else prediction


def with_gradient(criterion: Any, prediction: Tensor, *others: Tensor) -> tuple[Tensor, Tensor]:
    prediction = prediction.detach().clone().requires_grad_()
    value = criterion(prediction, *others)
    value.sum().backward()
    return value.detach(), prediction.grad
