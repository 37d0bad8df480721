"""Losses with a fault each, which the battery must catch, and their sound twin."""

import math
from dataclasses import replace

import pytest
import torch

import loss_battery as battery
from loss_samples import edge_batches
from losslab.contracts.interval import Interval
from losslab.losses import rowmath
from losslab.losses.catalog import LOSSES

HUBER = LOSSES["huber"]


def naive_bce(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    chance = prediction.sigmoid()
    return -(target * chance.log() + (1 - target) * (1 - chance).log())


def uphill_mse_kernel(prediction, target, gradient, params) -> float:
    value = LOSSES["mse"].kernel(prediction, target, gradient, params)
    for k in range(len(gradient)):
        gradient[k] = -gradient[k]
    return value


def deaf_huber(prediction: torch.Tensor, target: torch.Tensor, *, delta: float) -> torch.Tensor:
    size = (prediction - target).abs()
    return torch.where(size <= delta, 0.5 * size.square(), size - 0.5)


def deaf_huber_kernel(prediction, target, gradient, params) -> float:
    outer = HUBER.kernel(prediction, target, gradient, [1.0])
    return (
        outer
        if abs(prediction[0] - target[0]) > params[0]
        else HUBER.kernel(prediction, target, gradient, params)
    )


FAULTS = {
    "cross-entropy of a sigmoid that saturates": (
        replace(LOSSES["bce_with_logits"], fn=naive_bce),
        battery.check_kernel_equals_torch,
    ),
    "a kernel that walks uphill": (
        replace(LOSSES["mse"], kernel=uphill_mse_kernel),
        battery.check_kernel_equals_torch,
    ),
    "a median that claims to be a mean": (
        replace(LOSSES["l1"], elicits="mean"),
        battery.check_best_constant_is_elicited,
    ),
    "a mean that claims to be a median": (
        replace(LOSSES["mse"], elicits="median"),
        battery.check_best_constant_is_elicited,
    ),
    "a functional nobody knows": (
        replace(LOSSES["mse"], elicits="soul"),
        battery.check_best_constant_is_elicited,
    ),
    "delta ignored in one branch of the torch function": (
        replace(HUBER, fn=deaf_huber),
        battery.check_kernel_equals_torch,
    ),
    "delta ignored in one branch of the kernel": (
        replace(HUBER, kernel=deaf_huber_kernel),
        battery.check_kernel_equals_torch,
    ),
    "delta ignored in function and kernel alike": (
        replace(HUBER, fn=deaf_huber, kernel=deaf_huber_kernel),
        battery.check_equals_its_torch_class,
    ),
    "a gradient that autograd was kept from": (
        replace(LOSSES["mse"], fn=lambda p, y: (p - y) * (p - y).detach()),
        battery.check_gradient_by_finite_differences,
    ),
    "improper but claims to be proper": (
        replace(LOSSES["l1"], proper=True),
        battery.check_properness,
    ),
    "proper but does not say so": (
        replace(LOSSES["mse"], proper=False),
        battery.check_properness,
    ),
    "not convex but claims to be": (
        replace(LOSSES["mse"], fn=lambda p, y: (p - y).abs().sqrt()),
        battery.check_convexity,
    ),
    "convex but claims not to be": (
        replace(LOSSES["hinge"], convex=False),
        battery.check_convexity,
    ),
    "a minimum below what it can reach": (
        replace(LOSSES["hinge"], minimum=-1.0),
        battery.check_minimum_and_gradient_bound_are_reached,
    ),
    "a bound far above its gradients": (
        replace(LOSSES["l1"], gradient_bound=2.0),
        battery.check_minimum_and_gradient_bound_are_reached,
    ),
    "rows that know each other": (
        replace(LOSSES["mse"], fn=lambda p, y: (p - p.mean() - y).square()),
        battery.check_rows_are_separate,
    ),
    "an axis that stacking confuses": (
        replace(LOSSES["mse"], fn=lambda p, y: (p - y).square() / p.shape[0]),
        battery.check_stacking,
    ),
    "equal gradients that are not": (
        replace(LOSSES["mse"], same_as={"regression": ("l1",)}),
        battery.check_same_as,
    ),
    "a kernel with a library of its own": (
        replace(LOSSES["mse"], kernel=uphill_mse_kernel),
        battery.check_kernel_vocabulary,
    ),
    "a summary without words": (
        replace(LOSSES["mse"], summary="mse"),
        battery.check_documentation,
    ),
    "a parameter without a range": (
        replace(HUBER, param_ranges={}),
        battery.check_settings,
    ),
}


@pytest.mark.parametrize(("faulty", "check"), FAULTS.values(), ids=list(FAULTS))
def test_a_fault_is_caught(faulty, check):
    with pytest.raises(AssertionError):
        check(faulty)


@pytest.mark.parametrize(
    ("faulty", "needed"),
    [
        (replace(LOSSES["bce_with_logits"], fn=naive_bce), "not finite on finite_on"),
        (replace(LOSSES["mse"], minimum=1.0), "below the minimum"),
        (replace(LOSSES["mse"], gradient_bound=1.0), "steeper than gradient_bound"),
    ],
)
def test_a_fault_at_the_edges_is_caught(faulty, needed):
    def check_all_edges() -> None:
        for prediction, target in edge_batches(faulty):
            battery.check_edges(faulty, prediction, target)

    with pytest.raises(AssertionError, match=needed):
        check_all_edges()


def test_losses_of_equal_gradient_pass_and_must_know_each_other(monkeypatch):
    twin = replace(LOSSES["mse"], name="twin", same_as={"regression": ("mse",)})
    with pytest.raises(AssertionError, match="mse does not know twin"):
        battery.check_same_as(twin)
    knowing = replace(LOSSES["mse"], same_as={"regression": ("twin",)})
    monkeypatch.setattr(battery, "LOSSES", {"mse": knowing})
    battery.check_same_as(twin)


def test_a_loss_that_overflows_is_compared_beyond_where_it_is_finite():
    steep = replace(
        LOSSES["mse"],
        fn=lambda p, y: p.exp() - y * p,
        kernel=exponential_kernel,
        finite_on=Interval(-math.inf, 700.0),
        torch_class=None,
    )
    battery.check_kernel_equals_torch(steep)
    with pytest.raises(AssertionError):
        battery.check_kernel_equals_torch(replace(steep, fn=lambda p, y: p.clamp(max=700).exp()))


def exponential_kernel(prediction, target, gradient, params) -> float:
    outputs, value = len(prediction), 0.0
    for k in range(outputs):
        value += rowmath.exp(prediction[k]) - target[k] * prediction[k]
        gradient[k] = (rowmath.exp(prediction[k]) - target[k]) / outputs
    return value / outputs
