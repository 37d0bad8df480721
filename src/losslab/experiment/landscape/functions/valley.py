"""A straight narrow valley: 25 times as steep across as along."""

from torch import Tensor

from losslab.experiment.landscape.function import Function


def valley(x: Tensor, y: Tensor) -> Tensor:
    r"""Compute a quadratic function that is 25 times as steep along y as along x.

    A step of gradient descent multiplies x by :math:`1 - \eta` and y by :math:`1 - 25 \eta`, so it
    diverges for :math:`\eta > 2 / 25 = 0.08`.

    Formula:
        .. math:: f(x, y) = \tfrac{1}{2}\,(x^2 + 25\,y^2)

    References:
        Nocedal and Wright, "Numerical Optimization" (2006), chapter 3.

    Examples:
        >>> import torch
        >>> valley(torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0]))
        tensor([ 2., 50.])
    """
    return (x**2 + 25 * y**2) / 2


SPEC = Function(
    name="valley",
    fn=valley,
    formula=r"\frac{1}{2}\,(x^2 + 25\,y^2)",
    start=(-4.0, 1.5),
    minima=((0.0, 0.0),),
    view=((-5.0, 5.0), (-5.0, 5.0)),
    steps=100,
    learning_rates={
        "sgd": (0.002, 0.07, 0.083),
        "adam": (0.01, 0.3, 20.0),
        "adamw": (0.01, 0.3, 20.0),
        "rmsprop": (0.01, 0.1, 3.0),
    },
    summary="a narrow straight valley: the steep direction limits the steps along the flat one",
    reference="Nocedal and Wright (2006), chapter 3",
)
