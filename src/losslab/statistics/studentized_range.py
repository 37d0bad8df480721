"""Tukey's studentized range: how far apart the largest and smallest of k means lie by chance."""

import math

import numpy as np

from losslab.elementary.array import Floats, erfc, exp
from losslab.elementary.scalar import ROOT_HALF, log, power
from losslab.statistics.student import normal_tail, student_tail

# From so many degrees of freedom on the spread is known: the result changes by less than 1e-6.
_MANY = 1e7

# The trapezoidal rule on smooth functions that vanish at both ends is all but exact, once the steps
# are short enough.
_DEVIATES = np.arange(-33, 34) / 4.0
_LEAST_SPREADS, _LONGEST_STEP = 97, 0.08


def range_tail(q: float, count: int, freedom: float) -> float:
    r"""P(Q > q) for the range of ``count`` normal means over an independent estimate of its error.

    Formula
        .. math:: Q = \frac{\max_i Z_i - \min_i Z_i}{S}, \quad
            P(Q > q) = \int_0^\infty f_\nu(s)\,
            k \int \varphi(z) \left(\Phi(z)^{k-1} - (\Phi(z) - \Phi(z - q s))^{k-1}\right)
            dz\, ds

        for k standard normal Z and a mean square S^2 with nu degrees of freedom, of density f.
        Of two means it is Student's t: q is t times the root of 2.
    Returns
        The probability, within 1e-7; NaN for a q that is NaN.
    Reference
        Tukey, "The problem of multiple comparisons" (1953); Copenhaver and Holland, "Computation
        of the distribution of the maximum studentized range statistic" (1988).

    >>> round(range_tail(4.0, 3, 10.0), 4), round(range_tail(3.0, 2, 4.0), 4)
    (0.0433, 0.1012)
    """
    if math.isnan(q):
        return math.nan
    if q <= 0.0:
        return 1.0
    if math.isinf(q):
        return 0.0
    if count == 2:
        tail = normal_tail if freedom >= _MANY else lambda t: student_tail(t, freedom)
        return 2.0 * tail(q * ROOT_HALF)
    if freedom >= _MANY:
        return float(_normal_range_tail(np.array([q]), count)[0])
    spreads, weights = _spreads(freedom)
    tails = _normal_range_tail(q * spreads, count)
    return math.fsum(weights * tails) / math.fsum(weights)


def _spreads(freedom: float) -> tuple[Floats, Floats]:
    """Values of S on a grid of their logarithm, and how likely each is, up to a factor."""
    # The density of u = log s is e^(freedom * (u - s^2 / 2)), largest at 0: beyond these ends it
    # is below e^-40 of that.
    depth = 40.0 / freedom
    low = -(math.sqrt(depth) + depth)
    high = min(math.sqrt(depth), 0.5 * log(2.0 * depth + 6.0))
    count = max(_LEAST_SPREADS, math.ceil((high - low) / _LONGEST_STEP))
    u = low + (high - low) * np.arange(count) / (count - 1)
    spreads = exp(u)
    return spreads, exp(freedom * (u - 0.5 * spreads * spreads + 0.5))


def _normal_range_tail(widths: Floats, count: int) -> Floats:
    """P(max - min > width) of ``count`` standard normal deviates, for each width."""
    z = _DEVIATES
    density = exp(-0.5 * z * z)
    below = _normal_cdf(z)
    within = below - _normal_cdf(z - widths[:, np.newaxis])
    all_below = density * power(below, count - 1)
    rest = all_below - density * power(within, count - 1)
    # Column by column, since NumPy's sums take an order by the processor.
    totals = np.zeros(len(widths))
    for column in rest.T:
        totals = totals + column
    return totals / math.fsum(all_below)


def _normal_cdf(z: Floats) -> Floats:
    return 0.5 * erfc(-ROOT_HALF * z)
