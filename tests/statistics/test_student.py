"""Student's t and the normal distribution, against SciPy's."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, stdtr, stdtrit

from losslab.statistics.distributions import normal_sf, student_t_ppf, student_t_sf

FREEDOM = st.integers(1, 60) | st.sampled_from([499, 4999, 5000, 10**5, 2**59])


@given(t=st.floats(-40, 40), freedom=FREEDOM)
def test_tails_are_those_of_scipy(t, freedom):
    # SciPy's own value for one degree of freedom near t = 0 has eleven digits.
    assert student_t_sf(t, freedom) == pytest.approx(stdtr(freedom, -t), rel=1e-10, abs=1e-300)


@pytest.mark.parametrize("t", [20, 28, 36])
def test_tails_far_out_are_those_of_scipy_for_many_degrees_of_freedom(t):
    assert student_t_sf(t, 5000) == pytest.approx(stdtr(5000, -t), rel=3e-11)


@given(t=st.floats(-1e3, 1e3))
def test_one_degree_of_freedom_is_the_cauchy_distribution(t):
    exact = math.atan2(1.0, t) / math.pi
    assert student_t_sf(t, 1) == pytest.approx(exact, rel=1e-13)


@given(chance=st.floats(0.001, 0.9999), freedom=FREEDOM)
def test_quantiles_are_those_of_scipy(chance, freedom):
    expected = stdtrit(freedom, chance)
    assert student_t_ppf(chance, freedom) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(z=st.floats(-30, 30))
def test_normal_tails_are_those_of_scipy(z):
    assert normal_sf(z) == pytest.approx(ndtr(-z), rel=1e-12, abs=1e-300)


def test_tails_of_nan_and_infinity():
    assert math.isnan(student_t_sf(math.nan, 4))
    assert (student_t_sf(math.inf, 4), student_t_sf(-math.inf, 4)) == (0.0, 1.0)
