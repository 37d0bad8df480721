"""Elementary functions of float64 arrays, with the same bits as those of ``scalar``.

NumPy's own functions come from vector libraries that depend on the processor.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.elementary import scalar
from losslab.elementary.scalar import HALF_PI, LN2, LOG2_E, ROUNDER, SPLITTER, TWO_OVER_PI

Floats = NDArray[np.float64]


def exp(x: ArrayLike) -> Floats:
    """The exponential function; see ``scalar.exp``.

    Examples:
        >>> exp([0.0, 1.0, 1e4])
        array([1.        , 2.71828183,        inf])
    """
    values = np.asarray(x, dtype=np.float64)
    inside = np.clip(values, scalar.SMALLEST_EXPONENT, scalar.LARGEST_EXPONENT)
    n = (inside * LOG2_E + ROUNDER) - ROUNDER
    r = (inside - n * LN2[0]) - n * LN2[1]
    mantissa = 1.0 + (r + r * r * scalar.exp_remainder(r))
    result = np.ldexp(mantissa, np.nan_to_num(n).astype(np.int64))
    result = np.where(values > scalar.LARGEST_EXPONENT, np.inf, result)
    return np.where(values < scalar.SMALLEST_EXPONENT, 0.0, result)


def log(x: ArrayLike) -> Floats:
    """The natural logarithm; see ``scalar.log``.

    Examples:
        >>> log([0.0, 1.0, 10.0])
        array([      -inf, 0.        , 2.30258509])
    """
    values = np.asarray(x, dtype=np.float64)
    inside = (values > 0.0) & (values < np.inf)
    half, n = np.frexp(np.where(inside, values, 1.0))
    m, exponent = 2.0 * half, n - 1.0
    large = m > 1.4142135623730951
    m, exponent = np.where(large, 0.5 * m, m), np.where(large, exponent + 1.0, exponent)
    f = m - 1.0
    s = f / (m + 1.0)
    result = exponent * LN2[0] + (f - (s * (f - scalar.log_remainder(s * s)) - exponent * LN2[1]))
    result = np.where(values == 0.0, -np.inf, np.where(values < 0.0, np.nan, result))
    return np.where(np.isnan(values) | (values == np.inf), values, result)


def erfc(x: ArrayLike) -> Floats:
    """The complementary error function; see ``scalar.erfc``.

    Examples:
        >>> erfc([-10.0, 0.5])
        array([2.        , 0.47950012])
    """
    values = np.asarray(x, dtype=np.float64)
    x = np.clip(values, 0.5, 28.0)
    near = (x + SPLITTER) - SPLITTER
    powers = exp(-near * near) * exp(-(x - near) * (x + near))
    beyond = powers * scalar.erfc_polynomial((x - 3.75) / (x + 3.75)) / (1.0 + 2.0 * x)
    inside = np.clip(values, -1.0, 0.5)
    size = np.minimum(np.abs(values), 6.0)
    fitted = scalar.erfc_polynomial((size - 3.75) / (size + 3.75))
    far = np.copysign(1.0 - exp(-size * size) * fitted / (1.0 + 2.0 * size), values)
    erf = np.where(np.abs(values) < 1.0, inside * scalar.erf_over_x(inside * inside), far)
    result = np.where(values >= 0.5, np.where(values > 27.0, 0.0, beyond), 1.0 - erf)
    return np.where(np.isnan(values), values, result)


def cos(x: ArrayLike) -> Floats:
    """The cosine of angles up to 100,000, within 2e-16.

    Examples:
        >>> cos([0.0, np.pi])
        array([ 1., -1.])
    """
    values = np.asarray(x, dtype=np.float64)
    quarters = (values * TWO_OVER_PI + ROUNDER) - ROUNDER
    r = ((values - quarters * HALF_PI[0]) - quarters * HALF_PI[1]) - quarters * HALF_PI[2]
    cosine, sine = np.asarray(scalar.cosine(r)), np.asarray(scalar.sine(r))
    value = np.where(quarters % 2 == 0, cosine, sine)
    return np.where((quarters % 4 == 1) | (quarters % 4 == 2), -value, value)
