"""exp, log and their kin: as exact as they say, and the same in Python, NumPy and compiled code."""

import math
import random

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiled_calls import for_python, from_python
from losslab.elementary import array, scalar
from losslab.training.engines.compiled import elementary as compiled

# The stated error in ulp, the oracle, and where to look.
FUNCTIONS = {
    "exp": (1, mpmath.exp, [(-1, 1), (-708, 709.7)]),
    "expm1": (2, mpmath.expm1, [(-1, 1), (-39, 39), (-1e-8, 1e-8)]),
    "log": (1, mpmath.log, [(0.5, 2), (0, 1e300)]),
    "log1p": (2, mpmath.log1p, [(-0.9, 2), (-1e-8, 1e-8), (0, 1e20)]),
    "tanh": (3, mpmath.tanh, [(-1, 1), (-21, 21), (-1e-8, 1e-8)]),
    "erf": (2, mpmath.erf, [(-1, 1), (-6, 6), (-1e-8, 1e-8)]),
    "erfc": (5, mpmath.erfc, [(-3, 3), (0.5, 26)]),
}
ODD = (0.0, -0.0, 1.0, math.inf, -math.inf, math.nan, 1e300, 5e-324, 709.78, 709.79, -708.3, -746.0)
ANY = st.floats() | st.floats(-50, 50) | st.sampled_from(ODD)


def same(one, other):
    """Whether two numbers have the same bits, or are both not a number."""
    one, other = np.float64(one), np.float64(other)
    return one.tobytes() == other.tobytes() or (np.isnan(one) and np.isnan(other))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors_are_no_larger_than_stated(name):
    ulp, oracle, ranges = FUNCTIONS[name]
    generator = random.Random(0)
    for low, high in ranges:
        for _ in range(1500):
            x = generator.uniform(low, high)
            with mpmath.workprec(200):
                exact = oracle(mpmath.mpf(x))
                error = abs(mpmath.mpf(getattr(scalar, name)(x)) - exact)
            assert error <= ulp * math.ulp(float(exact)), f"{name}({x!r})"


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "tanh", "erf"])
@given(x=ANY)
def test_edges_are_those_of_numpy_and_torch(name, x):
    import torch

    ours = getattr(scalar, name)(x)
    theirs = getattr(torch, name)(torch.tensor(x, dtype=torch.float64)).item()
    assert ours == pytest.approx(theirs, rel=1e-14, abs=1e-307, nan_ok=True)


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "tanh", "erf", "erfc"])
@given(x=ANY)
def test_compiled_code_gives_the_bits_of_python(name, x):
    assert same(from_python(getattr(compiled.scalars, name))(x), getattr(scalar, name)(x))


@pytest.mark.parametrize("name", ["exp", "log"])
@given(x=st.lists(ANY, max_size=9))
def test_arrays_have_the_bits_of_numbers(name, x):
    expected = [getattr(scalar, name)(number) for number in x]
    assert all(map(same, getattr(array, name)(x), expected))


def test_cosines_are_those_of_mpmath():
    angles = np.random.default_rng(0).uniform(-100, 100, 3000)
    with mpmath.workprec(200):
        exact = [float(mpmath.cos(mpmath.mpf(float(angle)))) for angle in angles]
    np.testing.assert_allclose(array.cos(angles), exact, rtol=0, atol=2.3e-16)


@given(base=st.floats(0, 1), count=st.integers(0, 10_000))
def test_integer_powers_equal_those_of_python(base, count):
    expected = base**count
    ours = scalar.power(base, count)
    assert ours == pytest.approx(expected, rel=1e-11, abs=1e-300)
    assert same(from_python(compiled.power)(base, count), ours)


@given(a=st.floats(-1e6, 1e6), b=st.floats(-1e6, 1e6), c=st.floats(-1e6, 1e6))
def test_fused_products_round_once(a, b, c):
    from fractions import Fraction

    exact = Fraction(a) * Fraction(b) + Fraction(c)
    assert fused(a, b, c) == float(exact)


@for_python
def fused(a, b, c):
    return compiled.fma(a, b, c)
