"""exp, log, erfc and cos of float64 arrays, number by number in the bits of ``scalar``.

NumPy's own come from vector libraries that it chooses by the processor.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.elementary import scalar
from losslab.elementary.scalar import CUT, HALF_PI, LN2, LOG2_E, ROUNDER, TWO_OVER_PI

Floats = NDArray[np.float64]


def exp(x: ArrayLike) -> Floats:
    """The exponential function; see ``scalar.exp``.

    Examples:
        >>> exp([0.0, 1.0, 1e4])
        array([1.        , 2.71828183,        inf])
    """
    given = np.asarray(x, dtype=np.float64)
    inside = np.clip(given, scalar.SMALLEST_EXPONENT, scalar.LARGEST_EXPONENT)
    n = (inside * LOG2_E + ROUNDER) - ROUNDER
    r = (inside - n * LN2[0]) - n * LN2[1]
    mantissa = 1.0 + (r + r * r * scalar.exp_rest(r))
    result = np.ldexp(mantissa, np.nan_to_num(n).astype(np.int64))
    result = np.where(given > scalar.LARGEST_EXPONENT, np.inf, result)
    return np.where(given < scalar.SMALLEST_EXPONENT, 0.0, result)


def log(x: ArrayLike) -> Floats:
    """The natural logarithm; see ``scalar.log``.

    Examples:
        >>> log([0.0, 1.0, 10.0])
        array([      -inf, 0.        , 2.30258509])
    """
    given = np.asarray(x, dtype=np.float64)
    inside = (given > 0.0) & (given < np.inf)
    half, n = np.frexp(np.where(inside, given, 1.0))
    m, whole = 2.0 * half, n - 1.0
    large = m > 1.4142135623730951
    m, whole = np.where(large, 0.5 * m, m), np.where(large, whole + 1.0, whole)
    f = m - 1.0
    s = f / (m + 1.0)
    result = whole * LN2[0] + (f - (s * (f - scalar.log_rest(s * s)) - whole * LN2[1]))
    result = np.where(given == 0.0, -np.inf, np.where(given < 0.0, np.nan, result))
    return np.where(np.isnan(given) | (given == np.inf), given, result)


def erfc(x: ArrayLike) -> Floats:
    """The complementary error function; see ``scalar.erfc``.

    Examples:
        >>> erfc([-10.0, 0.5])
        array([2.        , 0.47950012])
    """
    given = np.asarray(x, dtype=np.float64)
    x = np.clip(given, 0.5, 28.0)
    near = (x + CUT) - CUT
    powers = exp(-near * near) * exp(-(x - near) * (x + near))
    beyond = powers * scalar.erfc_fitted((x - 3.75) / (x + 3.75)) / (1.0 + 2.0 * x)
    inside = np.clip(given, -1.0, 0.5)
    size = np.minimum(np.abs(given), 6.0)
    fitted = scalar.erfc_fitted((size - 3.75) / (size + 3.75))
    far = np.copysign(1.0 - exp(-size * size) * fitted / (1.0 + 2.0 * size), given)
    erf = np.where(np.abs(given) < 1.0, inside * scalar.erf_over_x(inside * inside), far)
    result = np.where(given >= 0.5, np.where(given > 27.0, 0.0, beyond), 1.0 - erf)
    return np.where(np.isnan(given), given, result)


def cos(x: ArrayLike) -> Floats:
    """The cosine of angles up to 100,000, within 2e-16.

    Examples:
        >>> cos([0.0, np.pi])
        array([ 1., -1.])
    """
    given = np.asarray(x, dtype=np.float64)
    quarters = (given * TWO_OVER_PI + ROUNDER) - ROUNDER
    r = ((given - quarters * HALF_PI[0]) - quarters * HALF_PI[1]) - quarters * HALF_PI[2]
    cosine, sine = np.asarray(scalar.cosine(r)), np.asarray(scalar.sine(r))
    value = np.where(quarters % 2 == 0, cosine, sine)
    return np.where((quarters % 4 == 1) | (quarters % 4 == 2), -value, value)
