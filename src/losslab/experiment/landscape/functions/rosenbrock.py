"""Rosenbrock's function: a curved, flat valley between steep walls."""

from torch import Tensor

from losslab.experiment.landscape.function import Function


def rosenbrock(x: Tensor, y: Tensor) -> Tensor:
    r"""Compute Rosenbrock's function, whose minimum lies in a long curved valley.

    Formula:
        .. math:: f(x, y) = (1 - x)^2 + 100\,(y - x^2)^2

    References:
        Rosenbrock, "An automatic method for finding the greatest or least value of a function"
        (1960).

    Examples:
        >>> import torch
        >>> rosenbrock(torch.tensor([1.0, 0.0]), torch.tensor([1.0, 0.0]))
        tensor([0., 1.])
    """
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


SPEC = Function(
    name="rosenbrock",
    fn=rosenbrock,
    formula=r"(1 - x)^2 + 100\,(y - x^2)^2",
    start=(-1.2, 1.0),
    minima=((1.0, 1.0),),
    view=((-1.8, 1.8), (-1.0, 2.6)),
    steps=2000,
    learning_rates={
        "sgd": (1e-5, 2e-3, 1e-2),
        "adam": (1e-3, 0.1, 3.0),
        "adamw": (1e-3, 0.1, 3.0),
        "rmsprop": (1e-3, 0.02, 1.0),
    },
    summary="a long curved valley: steep across, almost flat along",
    reference="Rosenbrock (1960)",
)
