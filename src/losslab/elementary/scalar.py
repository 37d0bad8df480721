"""Elementary functions of one number, built from addition, multiplication and division only.

IEEE 754 specifies the rounding of these three operations, but not that of the exp of a C or vector
library, whose last digit differs between versions and processors. Functions built from the three
have the same bits in Python, NumPy and compiled code on every machine, unless operations are fused
or reordered. Arguments are reduced until a short Taylor series is enough; only ``erfc`` uses a
fitted polynomial. Errors are in units in the last place (ulp) of the result.
"""

import math
from typing import Any

Number = Any  # a float or a NumPy array: series take both

LARGEST_EXPONENT = 709.782712893384  # the logarithm of the largest float64
SMALLEST_EXPONENT = -708.3964185322641  # the logarithm of the smallest normal float64
SMALLEST_NORMAL = 2.2250738585072014e-308

# Adding and subtracting it rounds to integers: float64 has no fractional digits from here on.
ROUNDER = 6755399441055744.0  # 1.5 * 2^52

# Adding and subtracting it keeps 20 fractional bits.
SPLITTER = 6442450944.0  # 1.5 * 2^32

# Sums of parts; all but the last end in 20 zero bits, so that their products with n are exact.
LN2 = (0.6931471803691238, 1.9082149292705877e-10)
HALF_PI = (1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21)

LOG2_E, TWO_OVER_PI = 1.4426950408889634, 0.6366197723675814
ROOT_HALF, TWO_OVER_ROOT_PI = 0.7071067811865476, 1.1283791670955126


def ldexp(x: float, n: float) -> float:
    """``x * 2^n``, for a normal result."""
    return math.ldexp(x, int(n))


def split(x: float) -> tuple[float, float]:
    """Split a normal x above zero into ``(m, n)`` with x = m * 2^n and m from 1 to 2."""
    half, n = math.frexp(x)
    return 2.0 * half, n - 1.0


def exp_remainder(r: Number) -> Number:
    """``(exp(r) - 1 - r) / r^2``, for r from -0.35 to 0.35."""
    y = 1 / 6227020800
    y = 1 / 479001600 + r * y
    y = 1 / 39916800 + r * y
    y = 1 / 3628800 + r * y
    y = 1 / 362880 + r * y
    y = 1 / 40320 + r * y
    y = 1 / 5040 + r * y
    y = 1 / 720 + r * y
    y = 1 / 120 + r * y
    y = 1 / 24 + r * y
    y = 1 / 6 + r * y
    return 1 / 2 + r * y


def exp_in_range(x: float) -> float:
    """``exp(x)``, for a normal result."""
    n = (x * LOG2_E + ROUNDER) - ROUNDER
    r = (x - n * LN2[0]) - n * LN2[1]
    mantissa: float = 1.0 + (r + r * r * exp_remainder(r))
    return ldexp(mantissa, n)


def exp(x: float) -> float:
    r"""The exponential function, within 1 ulp; 0 below the smallest normal number.

    Formula:
        .. math:: e^x = 2^n e^r \text{ with } n = \operatorname{round}(x / \ln 2)

    Examples:
        >>> exp(1.0), exp(1e4), exp(-1e4)
        (2.7182818284590455, inf, 0.0)
    """
    if x != x:
        return x
    if x > LARGEST_EXPONENT:
        return math.inf
    if x < SMALLEST_EXPONENT:
        return 0.0
    return exp_in_range(x)


def expm1(x: float) -> float:
    """``exp(x) - 1``, also precise near 0, within 2 ulp.

    Examples:
        >>> expm1(1e-10)
        1.00000000005e-10
    """
    if x != x:
        return x
    if x > LARGEST_EXPONENT:
        return math.inf
    if x < -40.0:
        return -1.0
    n = (x * LOG2_E + ROUNDER) - ROUNDER
    r = (x - n * LN2[0]) - n * LN2[1]
    rest: float = r + r * r * exp_remainder(r)
    half = ldexp(0.5, n)  # 2^n may overflow where the result does not
    return 2.0 * (half * rest + (half - 0.5))


def log_remainder(z: Number) -> Number:
    """``2 artanh(s) / s - 2`` by z = s^2, for z up to 0.03."""
    y = 2 / 21
    y = 2 / 19 + z * y
    y = 2 / 17 + z * y
    y = 2 / 15 + z * y
    y = 2 / 13 + z * y
    y = 2 / 11 + z * y
    y = 2 / 9 + z * y
    y = 2 / 7 + z * y
    y = 2 / 5 + z * y
    y = 2 / 3 + z * y
    return z * y


def log(x: float) -> float:
    r"""The natural logarithm, within 1 ulp; -inf at zero and NaN below.

    Formula:
        .. math:: \log(2^n m) = n \ln 2 + 2 \operatorname{artanh}\left(\frac{m - 1}{m + 1}\right)

    Examples:
        >>> log(10.0), log(0.0), log(-1.0)
        (2.302585092994046, -inf, nan)
    """
    if not 0.0 < x < math.inf:
        return x if x > 0.0 or x != x else -math.inf if x == 0.0 else math.nan
    n = 0.0
    if x < SMALLEST_NORMAL:
        x, n = x * 18014398509481984.0, -54.0  # 2^54
    m, exponent = split(x)
    n += exponent
    if m > 1.4142135623730951:
        m, n = 0.5 * m, n + 1.0
    f = m - 1.0
    s = f / (m + 1.0)
    rest: float = s * (f - log_remainder(s * s))
    return n * LN2[0] + (f - (rest - n * LN2[1]))


def log1p(x: float) -> float:
    """``log(1 + x)``, also precise near 0, within 2 ulp.

    Examples:
        >>> log1p(1e-10)
        9.999999999500001e-11
    """
    u = 1.0 + x
    if not 0.0 < u < 1e300:
        return log(u)
    return log(u) + (x - (u - 1.0)) / u


def tanh(x: float) -> float:
    """The hyperbolic tangent, within 3 ulp.

    Examples:
        >>> tanh(1.0), tanh(-1e4)
        (0.7615941559557649, -1.0)
    """
    t = expm1(2.0 * min(abs(x), 22.0))
    return math.copysign(t / (t + 2.0), x) if x == x else x


def erf_over_x(z: Number) -> Number:
    """``erf(x) / x`` by z = x^2, for z up to 1."""
    y = -1 / 12449059983360000
    y = 1 / 690452066304000 + z * y
    y = -1 / 40537905408000 + z * y
    y = 1 / 2528170444800 + z * y
    y = -1 / 168129561600 + z * y
    y = 1 / 11975040000 + z * y
    y = -1 / 918086400 + z * y
    y = 1 / 76204800 + z * y
    y = -1 / 6894720 + z * y
    y = 1 / 685440 + z * y
    y = -1 / 75600 + z * y
    y = 1 / 9360 + z * y
    y = -1 / 1320 + z * y
    y = 1 / 216 + z * y
    y = -1 / 42 + z * y
    y = 1 / 10 + z * y
    y = -1 / 3 + z * y
    return TWO_OVER_ROOT_PI * (1.0 + z * y)


def erfc_polynomial(t: Number) -> Number:
    """``(1 + 2x) exp(x^2) erfc(x)`` by t = (x - 3.75) / (x + 3.75)."""
    y = -2.623107347133476e-09
    y = -1.9551358868985616e-09 + t * y
    y = 3.197926671666804e-08 + t * y
    y = 1.879082322370048e-08 + t * y
    y = -2.4857126248016745e-07 + t * y
    y = -5.084465378687302e-08 + t * y
    y = 1.7419821586224816e-06 + t * y
    y = -9.792625707303523e-07 + t * y
    y = -1.1438048033346894e-05 + t * y
    y = 2.2387565714911816e-05 + t * y
    y = 5.164652974177416e-05 + t * y
    y = -0.00029015535246077655 + t * y
    y = 0.000293714378044958 + t * y
    y = 0.0017556261651970652 + t * y
    y = -0.009746579683265262 + t * y
    y = 0.02836227737211114 + t * y
    y = -0.05869339857664934 + t * y
    y = 0.09230432116428125 + t * y
    y = -0.10880393014244462 + t * y
    y = 0.08227673848999506 + t * y
    y = 0.0035854154854790257 + t * y
    y = -0.14024059858554525 + t * y
    return 1.2375126308378275 + t * y


def erfc_tail(x: float) -> float:
    r"""``erfc(x)`` for x of at least 0.5.

    Formula:
        .. math:: \operatorname{erfc}(x) = \frac{e^{-x^2}}{1 + 2x}\,
            p\left(\frac{x - 3.75}{x + 3.75}\right)

    References:
        Shepherd and Laframboise, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x" (1981), for
        the form; p is the Chebyshev interpolant of degree 22, whose error is 1e-16.
    """
    if x > 27.0:
        return 0.0
    # Two parts, since the rounding error of the square would be many ulp of the result.
    near = (x + SPLITTER) - SPLITTER
    power = exp(-near * near) * exp(-(x - near) * (x + near))
    fitted: float = erfc_polynomial((x - 3.75) / (x + 3.75))
    return power * fitted / (1.0 + 2.0 * x)


def erf(x: float) -> float:
    r"""The error function, within 2 ulp.

    Formula:
        .. math:: \operatorname{erf}(x) = \frac{2}{\sqrt{\pi}} \int_0^x e^{-t^2} dt

    Examples:
        >>> erf(0.5), erf(-1e4)
        (0.5204998778130465, -1.0)
    """
    if x != x:
        return x
    size = min(abs(x), 6.0)
    fitted: float = erfc_polynomial((size - 3.75) / (size + 3.75))
    rest = exp_in_range(-size * size) * fitted / (1.0 + 2.0 * size)
    # Without a branch, so that compiled code is vectorized.
    near, far = x * erf_over_x(x * x), math.copysign(1.0 - rest, x)
    return near if size < 1.0 else far


def erfc(x: float) -> float:
    """``1 - erf(x)``, also precise for large x, within 5 ulp.

    Examples:
        >>> erfc(0.5), erfc(10.0)
        (0.4795001221869534, 2.0884875837625443e-45)
    """
    return erfc_tail(x) if x >= 0.5 else 1.0 - erf(x)


def sine(r: Number) -> Number:
    """The sine of an angle from -pi/4 to pi/4."""
    z = r * r
    y = 1 / 355687428096000
    y = -1 / 1307674368000 + z * y
    y = 1 / 6227020800 + z * y
    y = -1 / 39916800 + z * y
    y = 1 / 362880 + z * y
    y = -1 / 5040 + z * y
    y = 1 / 120 + z * y
    y = -1 / 6 + z * y
    return r + r * (z * y)


def cosine(r: Number) -> Number:
    """The cosine of an angle from -pi/4 to pi/4."""
    z = r * r
    y = -1 / 6402373705728000
    y = 1 / 20922789888000 + z * y
    y = -1 / 87178291200 + z * y
    y = 1 / 479001600 + z * y
    y = -1 / 3628800 + z * y
    y = 1 / 40320 + z * y
    y = -1 / 720 + z * y
    y = 1 / 24 + z * y
    return 1.0 - (z / 2.0 - z * (z * y))


def power(base: Number, count: int) -> Number:
    """``base`` to the power of an integer of at least 0, by squaring.

    Examples:
        >>> power(0.5, 3)
        0.125
    """
    result = 1.0
    while count > 0:
        if count % 2 == 1:
            result = result * base
        base = base * base  # not in place: it may be the caller's array
        count //= 2
    return result
