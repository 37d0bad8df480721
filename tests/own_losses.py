"""Losses as a user would write them, for the tests of custom losses and their identity."""

import functools

import torch
from torch import Tensor, nn

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
