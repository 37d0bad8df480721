"""Normal, Student's t and studentized range distributions with the same bits on every machine.

SciPy calls the C library's exp and log, whose last digit depends on the machine, and so would a
p-value. Tests compare these functions with SciPy's, within 1e-11 of a probability.
"""

import math
from functools import cache

import numpy as np

from losslab.elementary import array
from losslab.elementary.array import Floats
from losslab.elementary.scalar import ROOT_HALF, erfc, exp, log, log1p, power

_ROOT_PI = 1.7724538509055159
# From here on, the expansion of t is as precise as the continued fraction, and faster.
_MANY_FREEDOM = 5000


def normal_sf(z: float) -> float:
    """P(Z > z) for a standard normal Z.

    Examples:
        >>> normal_sf(0.0), round(normal_sf(1.96), 4)
        (0.5, 0.025)
    """
    return 0.5 * erfc(ROOT_HALF * z)


def student_t_sf(t: float, freedom: float) -> float:
    r"""P(T > t) for Student's t with a number of degrees of freedom.

    Formula:
        .. math:: \tfrac{1}{2} I_x(\nu / 2, 1 / 2) \text{ with } x = \frac{\nu}{\nu + t^2}
            \text{ for } t \geq 0

    References:
        Abramowitz and Stegun, Handbook of mathematical functions (1964), 26.5.8 and 26.7.8.

    Examples:
        >>> student_t_sf(0.0, 3), round(student_t_sf(2.0, 4), 6)
        (0.5, 0.058058)
    """
    if math.isnan(t):
        return math.nan
    if t < 0.0:
        return 1.0 - student_t_sf(-t, freedom)
    if math.isinf(t):
        return 0.0
    if freedom >= _MANY_FREEDOM:
        return normal_sf(_approximate_normal_deviate(t, freedom))
    return 0.5 * _compute_incomplete_beta(t * t / freedom, freedom / 2.0)


def _approximate_normal_deviate(t: float, freedom: float) -> float:
    """Compute the normal deviate with the tail probability of t, for many degrees of freedom.

    References:
        Hill, "Algorithm 395: Student's t-distribution" (1970).
    """
    a = freedom - 0.5
    b = 48.0 * a * a
    square = a * log1p(t * t / freedom)
    w = math.sqrt(square)
    third = (((4.0 * square + 33.0) * square + 240.0) * square + 855.0) * w
    return w + (square + 3.0) * w / b - third / (10.0 * b * (b + 0.8 * square * square + 100.0))


def _compute_incomplete_beta(u: float, a: float) -> float:
    """Compute I_x(a, 1/2) for x = 1 / (1 + u)."""
    x, rest = 1.0 / (1.0 + u), u / (1.0 + u)
    front = exp(-a * log1p(u)) * math.sqrt(rest) * _compute_gamma_ratio(a) / _ROOT_PI
    if x < (a + 1.0) / (a + 2.5):
        return front * _compute_continued_fraction(x, a, 0.5) / a
    return 1.0 - front * _compute_continued_fraction(rest, 0.5, a) / 0.5


def _compute_continued_fraction(x: float, a: float, b: float) -> float:
    """Compute the continued fraction of I_x(a, b) by Lentz's method."""
    c, d = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    result, before, m = d, 0.0, 1
    while result != before and m < 1000:
        before = result
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        for part in (even, odd):
            d = 1.0 / (1.0 + part * d)
            c = 1.0 + part / c
            result *= c * d
        m += 1
    return result


def _compute_gamma_ratio(a: float) -> float:
    """Compute gamma(a + 1/2) / gamma(a): the expansion for a large a, and recurrence down to a."""
    below = 1.0
    while a < 64.0:
        below *= a / (a + 0.5)
        a += 1.0
    y = 869 / 4194304
    y = -399 / 262144 + y / a
    y = -21 / 32768 + y / a
    y = 5 / 1024 + y / a
    y = 1 / 128 + y / a
    y = -1 / 8 + y / a
    return below * math.sqrt(a) * (1.0 + y / a)


@cache
def student_t_ppf(chance: float, freedom: float) -> float:
    """The t with P(T <= t) = ``chance``, by bisection.

    Examples:
        >>> round(student_t_ppf(0.975, 9), 4)
        2.2622
    """
    if chance == 0.5:
        return 0.0
    if chance < 0.5:
        return -_invert_student_t_sf(chance, freedom)
    return _invert_student_t_sf(1.0 - chance, freedom)


def _invert_student_t_sf(tail: float, freedom: float) -> float:
    """Find the t above zero with P(T > t) = ``tail``."""
    low, high = 0.0, 1.0
    while student_t_sf(high, freedom) > tail:
        low, high = high, 2.0 * high
    while True:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            return middle
        if student_t_sf(middle, freedom) > tail:
            low = middle
        else:
            high = middle


# From here on, the error is taken as known, which changes the result by less than 1e-6.
_INFINITE_FREEDOM = 1e7

# With steps this short, the trapezoidal rule is nearly exact for smooth functions that vanish at
# both ends.
_DEVIATES = np.arange(-33, 34) / 4.0
_MIN_SPREADS, _MAX_STEP = 97, 0.08


def tukey_range_sf(q: float, count: int, freedom: float) -> float:
    r"""P(Q > q) for the range of ``count`` normal means over an estimate of their error.

    Formula:
        .. math:: Q = \frac{\max_i Z_i - \min_i Z_i}{S}, \quad
            P(Q > q) = \int_0^\infty f_\nu(s)\,
            k \int \varphi(z) \left(\Phi(z)^{k-1} - (\Phi(z) - \Phi(z - q s))^{k-1}\right)
            dz\, ds

        for k standard normal Z and a mean square S^2 with nu degrees of freedom, of density f.
        For two means it is Student's t, with q = sqrt(2) t.

    Returns:
        The probability, within 1e-7; NaN for a q that is NaN.

    References:
        Tukey, "The problem of multiple comparisons" (1953); Copenhaver and Holland, "Computation
        of the distribution of the maximum studentized range statistic" (1988).

    Examples:
        >>> round(tukey_range_sf(4.0, count=3, freedom=10.0), 4)
        0.0433
    """
    if math.isnan(q):
        return math.nan
    if q <= 0.0:
        return 1.0
    if math.isinf(q):
        return 0.0
    if count == 2:
        tail = normal_sf if freedom >= _INFINITE_FREEDOM else lambda t: student_t_sf(t, freedom)
        return 2.0 * tail(q * ROOT_HALF)
    if freedom >= _INFINITE_FREEDOM:
        return float(_normal_range_sf(np.array([q]), count)[0])
    spreads, weights = _make_spread_grid(freedom)
    tails = _normal_range_sf(q * spreads, count)
    return math.fsum(weights * tails) / math.fsum(weights)


def _make_spread_grid(freedom: float) -> tuple[Floats, Floats]:
    """Return values of S on a grid of log S, with their densities up to a factor."""
    # The density of u = log s is e^(freedom * (u - s^2 / 2)), largest at 0: beyond these ends it
    # is below e^-40 of that.
    depth = 40.0 / freedom
    low = -(math.sqrt(depth) + depth)
    high = min(math.sqrt(depth), 0.5 * log(2.0 * depth + 6.0))
    count = max(_MIN_SPREADS, math.ceil((high - low) / _MAX_STEP))
    u = low + (high - low) * np.arange(count) / (count - 1)
    spreads = array.exp(u)
    return spreads, array.exp(freedom * (u - 0.5 * spreads * spreads + 0.5))


def _normal_range_sf(widths: Floats, count: int) -> Floats:
    """Compute P(max - min > width) of ``count`` standard normal deviates for each width."""
    z = _DEVIATES
    density = array.exp(-0.5 * z * z)
    below = _normal_cdf(z)
    within = below - _normal_cdf(z - widths[:, np.newaxis])
    all_below = density * power(below, count - 1)
    rest = all_below - density * power(within, count - 1)
    # Column by column: the order of NumPy's sums depends on the processor.
    totals = np.zeros(len(widths))
    for column in rest.T:
        totals = totals + column
    return totals / math.fsum(all_below)


def _normal_cdf(z: Floats) -> Floats:
    return 0.5 * array.erfc(-ROOT_HALF * z)
