"""Plain functions of two parameters, on which learning rates crawl, arrive or diverge."""

from torch import Tensor

from losslab.core.registry import Registry
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


ROSENBROCK = Function(
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


HIMMELBLAU = Function(
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


SADDLE = Function(
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


VALLEY = Function(
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


FUNCTIONS = Registry("plain function", [ROSENBROCK, HIMMELBLAU, SADDLE, VALLEY])
