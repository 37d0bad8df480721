"""Learning-rate schedules: what the learning rate is multiplied by at each step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from losslab.contracts.interval import UNIT, Interval
from losslab.elementary.array import cos, exp
from losslab.elementary.scalar import log, power
from losslab.training.parameterized import Parameterized

Factors = NDArray[np.float64]
Progress = NDArray[np.float64]  # the share of all steps already made, 0 at the first


@dataclass(frozen=True, kw_only=True)
class Schedule(Parameterized):
    """How the learning rate changes from step to step.

    Attributes:
        factor: the factor of the learning rate as a function of the progress; takes the settings by
            name and works elementwise.
    """

    factor: Callable[..., Factors]

    def compute_factors(
        self, first: int, steps: int, total: int, settings: Mapping[str, float]
    ) -> Factors:
        """Compute the factors of ``steps`` steps from step ``first`` on, of ``total`` in all.

        Examples:
            >>> from losslab.training.catalog import SCHEDULES
            >>> SCHEDULES["linear"].compute_factors(0, 4, 4, {})
            array([1.  , 0.75, 0.5 , 0.25])
        """
        progress = np.arange(first, first + steps) / total
        return self.factor(progress, **self.bind(settings))


def constant(progress: Progress) -> Factors:
    """Return 1 at every step."""
    return np.ones_like(progress)


def linear(progress: Progress, end: float) -> Factors:
    r"""Decay linearly from 1 to ``end``.

    Formula:
        .. math:: 1 - (1 - e)\, t / T
    """
    return 1.0 - (1.0 - end) * progress


def cosine(progress: Progress, end: float) -> Factors:
    r"""Decay from 1 to ``end`` along half a cosine wave.

    Formula:
        .. math:: e + \tfrac{1 - e}{2} (1 + \cos(\pi t / T))
    References:
        Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017).
    """
    return end + (1.0 - end) * (1.0 + cos(np.pi * progress)) / 2.0


def warmup_cosine(progress: Progress, rise: float, start: float, end: float) -> Factors:
    r"""Warm up linearly from ``start`` to 1 over the share ``rise`` of all steps, then ``cosine``.

    Formula:
        .. math:: s + (1 - s)\, \frac{t}{r T} \text{ while } t < r T, \quad
            \text{then } e + \tfrac{1 - e}{2}
            \left(1 + \cos\left(\pi \frac{t - r T}{T - r T}\right)\right)
    References:
        Goyal and others, "Accurate, large minibatch SGD" (2017), for the warmup.
    """
    warmup = start + (1.0 - start) * progress / max(rise, np.finfo(float).tiny)
    decay = cosine(np.maximum(progress - rise, 0.0) / (1.0 - rise), end)
    return np.where(progress < rise, warmup, decay)


def exponential(progress: Progress, end: float) -> Factors:
    r"""Decay exponentially from 1 to ``end``.

    Formula:
        .. math:: e^{\,t / T}
    """
    return exp(progress * log(end))


def step(progress: Progress, stages: float, gamma: float) -> Factors:
    r"""Multiply by ``gamma`` after each of ``stages`` equally long stages.

    Formula:
        .. math:: \gamma^{\lfloor n t / T \rfloor}
    References:
        He, Zhang, Ren and Sun, "Deep residual learning" (2016), made it usual.
    """
    # A stage ends exactly on a step, whatever the rounding of the division.
    stage = np.floor(stages * progress + 1e-9).astype(np.int64)
    factors = np.array([power(gamma, count) for count in range(stage.max(initial=0) + 1)])
    return factors[stage]


_ABOVE_ZERO = Interval(0.0, 1.0, open_low=True)

SCHEDULE_SPECS = (
    Schedule(
        name="constant",
        factor=constant,
        summary="the same learning rate throughout",
        reference="Robbins and Monro (1951)",
    ),
    Schedule(
        name="linear",
        factor=linear,
        settings={"end": 0.0},
        ranges={"end": UNIT},
        summary="decays linearly, to zero by default",
        reference="Robbins and Monro (1951)",
    ),
    Schedule(
        name="cosine",
        factor=cosine,
        settings={"end": 0.0},
        ranges={"end": UNIT},
        summary="stays high, falls fast in the middle and settles slowly; a good first choice",
        reference="Loshchilov and Hutter (2017)",
    ),
    Schedule(
        name="warmup_cosine",
        factor=warmup_cosine,
        settings={"rise": 0.1, "start": 0.01, "end": 0.0},
        ranges={"rise": Interval(0.0, 1.0, open_high=True), "start": UNIT, "end": UNIT},
        summary="begins with small steps, for networks that diverge at full speed at first",
        reference="Goyal and others (2017); Loshchilov and Hutter (2017)",
    ),
    Schedule(
        name="exponential",
        factor=exponential,
        settings={"end": 0.01},
        ranges={"end": _ABOVE_ZERO},
        summary="decays by the same share at every step",
        reference="Bottou, Large-scale machine learning with stochastic gradient descent (2010)",
    ),
    Schedule(
        name="step",
        factor=step,
        settings={"stages": 3.0, "gamma": 0.1},
        ranges={"stages": Interval(1.0, 1000.0), "gamma": _ABOVE_ZERO},
        summary="is multiplied by gamma after each stage: by 0.1 after each third by default",
        reference="He, Zhang, Ren and Sun (2016)",
    ),
)
