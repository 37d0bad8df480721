"""A saddle point between two minima."""

from torch import Tensor

from losslab.experiment.landscape.function import Function


def saddle(x: Tensor, y: Tensor) -> Tensor:
    r"""Compute a function whose gradient vanishes at a saddle point between two minima.

    Formula:
        .. math:: f(x, y) = x^2 - y^2 + \tfrac{1}{2} y^4

    References:
        Dauphin and others, "Identifying and attacking the saddle point problem" (2014).

    Examples:
        >>> import torch
        >>> saddle(torch.tensor([0.0, 0.0]), torch.tensor([0.0, 1.0]))
        tensor([ 0.0000, -0.5000])
    """
    return x**2 - y**2 + y**4 / 2


SPEC = Function(
    name="saddle",
    fn=saddle,
    formula=r"x^2 - y^2 + \frac{1}{2} y^4",
    start=(-1.4, 0.01),
    minima=((0.0, 1.0), (0.0, -1.0)),
    view=((-1.6, 1.6), (-1.6, 1.6)),
    steps=100,
    learning_rates={
        "sgd": (0.01, 0.1, 1.1),
        "adam": (0.003, 0.1, 3.0),
        "adamw": (0.003, 0.1, 3.0),
        "rmsprop": (0.003, 0.03, 1.0),
    },
    summary="a flat point that is not a minimum: sgd lingers there, adaptive steps leave it soon",
    reference="Dauphin and others (2014)",
)
