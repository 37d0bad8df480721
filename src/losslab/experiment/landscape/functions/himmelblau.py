"""Himmelblau's function: four equal minima."""

from torch import Tensor

from losslab.experiment.landscape.function import Function


def himmelblau(x: Tensor, y: Tensor) -> Tensor:
    r"""Compute Himmelblau's function, which has four equal minima.

    Formula:
        .. math:: f(x, y) = (x^2 + y - 11)^2 + (x + y^2 - 7)^2

    References:
        Himmelblau, "Applied Nonlinear Programming" (1972).

    Examples:
        >>> import torch
        >>> himmelblau(torch.tensor([3.0, 0.0]), torch.tensor([2.0, 0.0]))
        tensor([  0., 170.])
    """
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


SPEC = Function(
    name="himmelblau",
    fn=himmelblau,
    formula=r"(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
    start=(-0.5, -1.0),
    minima=(
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286170),
        (3.584428340330492, -1.848126526964404),
    ),
    view=((-5.5, 5.5), (-5.5, 5.5)),
    steps=100,
    learning_rates={
        "sgd": (1e-4, 1e-2, 0.1),
        "adam": (5e-3, 0.3, 20.0),
        "adamw": (5e-3, 0.3, 20.0),
        "rmsprop": (5e-3, 0.1, 3.0),
    },
    summary="four equal minima: the start and the steps decide which one is found",
    reference="Himmelblau (1972)",
)
