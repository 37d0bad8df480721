"""A saddle between two minima: flat where a descent first arrives."""

from torch import Tensor

from losslab.experiment.landscape.function import Function


def saddle(x: Tensor, y: Tensor) -> Tensor:
    r"""Draw descents to a point without gradient that is no minimum, and on from there.

    Formula
        .. math:: f(x, y) = x^2 - y^2 + \tfrac{1}{2} y^4
    Reference
        Dauphin and others, "Identifying and attacking the saddle point problem" (2014).
    Example
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
    summary="a flat point that is no minimum: plain steps wait there, scaled ones walk on",
    reference="Dauphin and others (2014)",
)
