"""Intervals and domains: what lies in them, how they are written and sampled."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from losslab.contracts.domain import ALL_KINDS, Domain, Kind
from losslab.contracts.interval import NON_NEGATIVE, POSITIVE, REALS, UNIT, Interval
from losslab.losses.catalog import LOSSES

DOMAINS = {
    f"{loss.name} {side}": getattr(loss, side)
    for loss in LOSSES.values()
    for side in ("prediction", "target")
}

ends = st.sampled_from([-math.inf, -1.0, 0.0, 0.5, 1.0, math.inf])
intervals = st.builds(Interval, ends, ends, st.booleans(), st.booleans()).filter(
    lambda interval: interval.low < interval.high
)


@pytest.mark.parametrize(
    ("interval", "text", "inside", "outside"),
    [
        (REALS, "(-inf, inf)", [-1e300, 0.0, 1e300], [math.inf, -math.inf, math.nan]),
        (UNIT, "[0, 1]", [0.0, 0.5, 1.0], [-1e-9, 1.0000001, math.nan]),
        (NON_NEGATIVE, "[0, inf)", [0.0, 5.0], [-0.1, math.inf]),
        (POSITIVE, "(0, inf)", [1e-300, 1.0], [0.0, -1.0]),
        (Interval(0.0, 1.0, open_high=True), "[0, 1)", [0.0, 0.999], [1.0]),
    ],
)
def test_an_interval_contains_its_numbers(interval, text, inside, outside):
    assert str(interval) == text
    assert all(number in interval for number in inside)
    assert not any(number in interval for number in outside)
    assert torch.tensor(inside, dtype=torch.float64) in interval
    assert torch.tensor([*inside, outside[0]], dtype=torch.float64) not in interval


# Two intervals that differ anywhere differ at one of these: the ends, between them and beyond.
POINTS = (-2.0, -1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 2.0)


@given(intervals, intervals)
def test_covering_means_holding_every_point(outer, inner):
    assert outer.covers(inner) == all(point in outer for point in POINTS if point in inner)


@given(intervals)
def test_an_interval_covers_itself_and_lies_in_the_reals(interval):
    assert interval.covers(interval)
    assert REALS.covers(interval)


@given(intervals.filter(lambda interval: interval.low < 3 and interval.high > -3))
def test_samples_lie_inside(interval):
    drawn = interval.sample(50, generator=torch.Generator().manual_seed(0))
    assert drawn in interval
    assert drawn.shape == (50,)
    assert drawn.dtype == torch.float64
    assert drawn.unique().numel() == 50


def test_a_single_number_can_be_sampled():
    assert UNIT.sample(generator=torch.Generator()).shape == ()


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=list(DOMAINS))
def test_samples_of_a_domain_are_valid_and_seeded(domain):
    first, again = (domain.sample(6, 3, generator=torch.Generator().manual_seed(1)) for _ in "ab")
    assert first in domain
    assert torch.equal(first, again)
    assert first.dtype == (torch.int64 if domain.integer else torch.float64)


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=list(DOMAINS))
def test_a_domain_contains_numbers_by_dtype_and_value(domain):
    valid = domain.sample(6, generator=torch.Generator().manual_seed(1))
    assert ((valid.float() if domain.integer else valid.long()) in domain) == domain.whole
    assert (valid.to(torch.int32) in domain) == domain.whole
    if domain.within != REALS:
        assert -valid - 7 not in domain
    if not domain.integer:
        assert torch.full_like(valid, math.nan) not in domain


def test_points_are_the_only_values_allowed():
    signs = LOSSES["hinge"].target
    assert torch.tensor([-1.0, 1.0]) in signs
    assert torch.tensor([-1.0, 0.5]) not in signs


@pytest.mark.parametrize(
    ("domain", "text"),
    [
        (LOSSES["bce_with_logits"].prediction, "float scores in (-inf, inf), shape (...)"),
        (LOSSES["bce_with_logits"].target, "float probability in [0, 1], shape (...)"),
        (LOSSES["cross_entropy"].prediction, "float scores in (-inf, inf), shape (..., K)"),
        (LOSSES["cross_entropy"].target, "integer class index in [0, inf), shape (...)"),
        (LOSSES["hinge"].target, "float signs in {-1, 1}, shape (...)"),
    ],
)
def test_a_domain_reads_as_words(domain, text):
    assert str(domain) == text


def test_domains_fit_only_if_they_share_a_kind():
    domain = Domain(kinds=(Kind.VALUE, Kind.PROBABILITY), within=REALS)
    assert domain.shares_kind((Kind.PROBABILITY,))
    assert not domain.shares_kind((Kind.SCORES, Kind.SIGNS))
    assert not domain.shares_kind(())
    assert domain.shares_kind(ALL_KINDS)
