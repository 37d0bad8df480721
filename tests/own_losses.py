"""Losses as a user would write them, for the tests of custom losses and their identity."""

import functools
from dataclasses import replace

import torch
from torch import Tensor, nn

from losslab.contracts.interval import POSITIVE
from losslab.losses.catalog import LOSSES

SCALE = 2.0


def scaled(prediction: Tensor, target: Tensor) -> Tensor:
    return (SCALE * (prediction - target)).square()


def nested(prediction: Tensor, target: Tensor) -> Tensor:
    def size(error: Tensor) -> Tensor:
        return (SCALE * error).abs()

    return size(prediction - target)


def through(prediction: Tensor, target: Tensor) -> Tensor:
    return scaled(prediction, target).mean()


def recursive(prediction: Tensor, target: Tensor, depth: int = 2) -> Tensor:
    if depth == 0:
        return (prediction - target).abs()
    return recursive(prediction, target, depth - 1)


def with_keyword(prediction: Tensor, target: Tensor, *, power: float = 3.0) -> Tensor:
    return (prediction - target).abs() ** power


def closure(power: float):
    def loss(prediction: Tensor, target: Tensor) -> Tensor:
        return (prediction - target).abs() ** power

    return loss


class Quartic(nn.Module):
    def __init__(self, weight: float = 1.0) -> None:
        super().__init__()
        self.weight = weight
        self.register_buffer("shift", torch.tensor([0.5]), persistent=False)

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        return self.weight * SCALE * (prediction - target - self.shift) ** 4


cubic = functools.partial(with_keyword, power=3.0)
pair_on_a_line = [lambda p, y: (p - y).abs(), lambda p, y: (p - y).square()]


def huber(prediction: Tensor, target: Tensor, *, delta: float) -> Tensor:
    size = (prediction - target).abs()
    return torch.where(size <= delta, 0.5 * size.square(), delta * (size - 0.5 * delta))


def huber_kernel(prediction, target, gradient, params) -> float:
    delta, value, outputs = params[0], 0.0, len(prediction)
    for k in range(outputs):
        error = prediction[k] - target[k]
        if abs(error) <= delta:
            value += 0.5 * error * error
            gradient[k] = error / outputs
        else:
            value += delta * (abs(error) - 0.5 * delta)
            gradient[k] = (delta if error > 0.0 else -delta) / outputs
    return value / outputs


SOUND_HUBER = replace(
    LOSSES["mse"],
    name="huber",
    fn=huber,
    kernel=huber_kernel,
    elicits=None,
    proper=False,
    slope_bound=1.0,
    torch_class="torch.nn.HuberLoss",
    params={"delta": 1.0},
    param_ranges={"delta": POSITIVE},
)
