"""The statistics against scipy, numerical integration, textbook definitions and simulation."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from losslab.core.errors import DataError, OptionError
from losslab.statistics.paired import compare_pair, compare_pairs, holm
from losslab.statistics.resampling import compute_interval
from losslab.statistics.step_down import prepare_tests
from losslab.statistics.verdicts import compare_all, rank_by_mean
from score_samples import (
    FIVE_FOLDS,
    POINTS,
    RATIOS,
    TWO_EXACT,
    random_scores,
)

P_VALUES = st.lists(st.floats(0, 1) | st.just(math.nan), max_size=12)


def student_density(x, freedom):
    constant = math.gamma((freedom + 1) / 2) / math.gamma(freedom / 2)
    return constant / math.sqrt(freedom * math.pi) * (1 + x * x / freedom) ** (-(freedom + 1) / 2)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("n", [2, 5, 10, 50])
def test_without_shared_training_rows_the_interval_is_the_ordinary_t_interval(n, level):
    scores = random_scores(n, n)
    expected = stats.ttest_1samp(scores, 0).confidence_interval(level)
    interval = compute_interval(scores, 0.0, level)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))
    assert (interval.n, interval.level) == (n, level)


def test_the_interval_follows_the_formula_of_nadeau_and_bengio():
    scores = [0.71, 0.74, 0.69, 0.77, 0.73, 0.70]
    mean = sum(scores) / 6
    variance = sum((score - mean) ** 2 for score in scores) / 5
    margin = stats.t.ppf(0.975, 5) * math.sqrt((1 / 6 + 1 / 9) * variance)
    interval = compute_interval(scores, test_to_train=1 / 9)
    assert (interval.low, interval.mean, interval.high) == pytest.approx(
        (mean - margin, mean, mean + margin)
    )


def test_the_corrected_interval_covers_the_truth_where_the_naive_one_does_not():
    # Scores with the correlation r / (1 + r) that the correction assumes.
    generator, n, truth, trials = np.random.default_rng(0), 10, 0.8, 3000
    shared = generator.normal(0, math.sqrt(FIVE_FOLDS), (trials, 1))
    scores = truth + 0.05 * (shared + generator.normal(0, 1, (trials, n)))

    def coverage(test_to_train):
        intervals = [compute_interval(row, test_to_train) for row in scores]
        return sum(i.low <= truth <= i.high for i in intervals) / trials

    assert coverage(FIVE_FOLDS) == pytest.approx(0.95, abs=0.012)
    assert coverage(0.0) < 0.80


def test_one_split_has_a_mean_but_no_interval():
    interval = compute_interval([0.8], FIVE_FOLDS)
    assert interval.mean == 0.8
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


@settings(deadline=None)
@given(POINTS, st.integers(2, 30), RATIOS)
def test_equal_scores_have_an_interval_of_no_width_in_spite_of_rounding(score, n, ratio):
    interval = compute_interval([score] * n, ratio)
    assert interval.low == interval.mean == interval.high == score


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_not_finite_makes_everything_nan(bad):
    interval = compute_interval([0.8, bad, 0.7], FIVE_FOLDS)
    assert all(math.isnan(x) for x in (interval.low, interval.mean, interval.high))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: compute_interval([0.1, 0.2], -0.1), OptionError, "test_to_train"),
        (lambda: compute_interval([0.1, 0.2], math.nan), OptionError, "test_to_train"),
        (lambda: compute_interval([0.1, 0.2], 0.1, level=95), OptionError, "level"),
        (lambda: compute_interval([], 0.1), DataError, r"shape \(0,\)"),
        (lambda: compute_interval([[0.1], [0.2]], 0.1), DataError, r"shape \(2, 1\)"),
        (lambda: compare_pair([0.1], [0.2, 0.3], 0.1, 0.01), DataError, "1 and 2 scores"),
        (lambda: compare_pair([0.1], [0.2], 0.1, -0.01), OptionError, "rope"),
        (lambda: compare_pair([0.1], [0.2], 0.1, math.inf), OptionError, "rope"),
        (lambda: holm([0.5, 1.5]), DataError, "between 0 and 1"),
        (lambda: holm([0.5, -0.5]), DataError, "between 0 and 1"),
        (lambda: prepare_tests([[0.1, 0.2], [0.3]]), DataError, "2 and 1 scores"),
        (lambda: prepare_tests([[0.1, 0.2], [[0.3, 0.1]]]), DataError, r"shape \(1, 2\)"),
        (lambda: compare_pairs({"a": [0.1], "b": []}, 0.1), DataError, r"shape \(0,\)"),
        (lambda: rank_by_mean({}), DataError, "no candidate"),
        (
            lambda: rank_by_mean({"a": [1.0], "b": [1.0, 2.0]}),
            DataError,
            "a: 1 scores, b: 2 scores",
        ),
    ],
)
def test_input_that_cannot_be_used_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("seed", range(5))
def test_without_shared_training_rows_the_test_is_the_paired_t_test(seed):
    a, b = random_scores(seed), random_scores(seed + 100, mean=0.78)
    expected = stats.ttest_rel(a, b)
    difference = compare_pair(a, b, 0.0, rope=0.01)
    assert difference.p == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval(0.95)
    assert (difference.low, difference.high) == pytest.approx((interval.low, interval.high))
    assert difference.delta == pytest.approx(np.mean(a) - np.mean(b))


@pytest.mark.parametrize("rope", [0.0, 0.01, 0.05])
@pytest.mark.parametrize("test_to_train", [0.0, 1 / 9, FIVE_FOLDS])
@pytest.mark.parametrize("seed", range(3))
def test_the_bayesian_answer_is_the_integral_of_the_posterior(seed, test_to_train, rope):
    a, b = random_scores(seed), random_scores(seed + 100, mean=0.79)
    d = a - b
    # Benavoli et al. write the correction with the correlation rho = n_test / (n_test + n_train).
    rho = test_to_train / (1 + test_to_train)
    scale = math.sqrt((1 / len(d) + rho / (1 - rho)) * np.var(d, ddof=1))

    def probability(low, high):
        low, high = ((x - d.mean()) / scale for x in (low, high))
        return integrate.quad(student_density, low, high, args=(len(d) - 1,))[0]

    expected = (
        probability(rope, math.inf),
        probability(-rope, rope),
        probability(-math.inf, -rope),
    )
    difference = compare_pair(a, b, test_to_train, rope)
    got = (difference.p_better, difference.p_equal, difference.p_worse)
    assert got == pytest.approx(expected, abs=1e-7)


@settings(deadline=None)
@given(TWO_EXACT, RATIOS, st.sampled_from([0.0, 0.01, 0.1]), st.booleans())
def test_probabilities_sum_to_one_and_swapping_the_candidates_mirrors_all(
    both, ratio, rope, higher
):
    a, b = both
    there = compare_pair(a, b, ratio, rope, higher_is_better=higher)
    back = compare_pair(b, a, ratio, rope, higher_is_better=higher)
    assert there.p_better + there.p_equal + there.p_worse == pytest.approx(1, abs=1e-12)
    assert np.array_equal(
        (there.delta, there.low, there.high), (-back.delta, -back.high, -back.low), equal_nan=True
    )
    assert (there.p, there.p_equal) == (back.p, back.p_equal)
    assert (there.p_better, there.p_worse) == (back.p_worse, back.p_better)


def test_better_means_better_in_the_direction_of_the_metric():
    a, b = [0.3, 0.4, 0.35], [0.1, 0.15, 0.2]
    up = compare_pair(a, b, FIVE_FOLDS, 0.01, higher_is_better=True)
    down = compare_pair(a, b, FIVE_FOLDS, 0.01, higher_is_better=False)
    assert up.delta == down.delta > 0
    assert up.p_better == down.p_worse > 0.9


def test_equal_scores_are_certainly_equal():
    difference = compare_pair([0.7, 0.9], [0.7, 0.9], FIVE_FOLDS, rope=0.0)
    assert (difference.delta, difference.p) == (0, 1)
    assert (difference.p_better, difference.p_equal, difference.p_worse) == (0, 1, 0)


@pytest.mark.parametrize("n", [2, 3, 5, 6, 10])
def test_the_same_difference_on_every_split_is_as_significant_as_its_signs(n):
    flipped = [abs(sum(signs)) == n for signs in product([-1, 1], repeat=n)]
    difference = compare_pair([0.75] * n, [0.25] * n, FIVE_FOLDS, rope=0.01)
    assert difference.p == sum(flipped) / len(flipped) == stats.binomtest(n, n).pvalue
    ends = (0.5, 0.5) if n > 5 else (math.nan, math.nan)
    assert np.array_equal((difference.low, difference.high), ends, equal_nan=True)


def test_a_p_value_at_the_level_itself_leaves_the_interval_unknown():
    # Five signs alike have p = 2 / 2^5 = 1 - 0.9375.
    ends = [
        compare_pair([0.75] * 5, [0.25] * 5, FIVE_FOLDS, rope=0.01, level=level).low
        for level in (0.9375, 0.9374)
    ]
    assert np.array_equal(ends, [math.nan, 0.5], equal_nan=True)


@pytest.mark.parametrize(("rope", "place"), [(0.25, 0), (0.5, 1), (0.75, 1)])
@pytest.mark.parametrize("n", [2, 4, 5, 10])
def test_the_same_difference_on_every_split_is_as_certain_as_so_many_observations(n, rope, place):
    difference = compare_pair([0.75] * n, [0.25] * n, FIVE_FOLDS, rope)
    posterior = [difference.p_better, difference.p_equal, difference.p_worse]
    # The share of a region seen n times, with one observation elsewhere, is Beta(n, 1).
    assert posterior.pop(place) == pytest.approx(stats.beta(n, 1).sf(0.5))
    assert posterior == pytest.approx([stats.beta(n, 1).cdf(0.5) / 2] * 2)


def test_two_splits_without_spread_show_neither_a_difference_nor_that_there_is_none():
    worse = compare_all({"a": [0.8, 0.9], "b": [0.7, 0.8]}, FIVE_FOLDS, rope=0.01).rows[1]
    assert (worse.verdict, worse.difference.p) == ("no difference shown", 0.5)
    close = compare_all({"a": [0.8, 0.9], "b": [0.799, 0.899]}, FIVE_FOLDS, rope=0.01).rows[1]
    assert close.verdict == "no difference shown"


@settings(deadline=None)
@given(st.lists(POINTS, min_size=2, max_size=12), st.integers(-50, 50))
def test_a_difference_that_only_rounding_changes_has_no_spread(scores, gap):
    moved = [(100 * score + gap) / 100 for score in scores]
    difference = compare_pair(scores, moved, FIVE_FOLDS, rope=0.001)
    assert difference.p == (1 if gap == 0 else 2 * 0.5 ** len(scores))
    assert difference.delta == pytest.approx(-gap / 100)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_scores_that_only_rounding_tells_apart_are_equal(scale):
    a = scale * np.array([0.1 + 0.2, 0.7, 0.9])
    b = scale * np.array([0.3, 0.7, 0.9])
    difference = compare_pair(a, b, FIVE_FOLDS, rope=0.0)
    assert (difference.delta, difference.p, difference.p_equal) == (0, 1, 1)
    apart = compare_pair(a, b * (1 + 1e-9 * np.arange(1, 4)), 0.0, rope=0.0)
    assert apart.delta < 0
    assert apart.p == pytest.approx(stats.ttest_rel(a, b * (1 + 1e-9 * np.arange(1, 4))).pvalue)


def test_one_split_shows_a_difference_but_tests_nothing():
    difference = compare_pair([0.75], [0.5], FIVE_FOLDS, rope=0.01)
    assert difference.delta == 0.25
    unknown = ("low", "high", "p", "p_better", "p_equal", "p_worse")
    assert all(math.isnan(getattr(difference, name)) for name in unknown)


def rejected_by_the_textbook(p_values, alpha):
    """Walk up from the smallest p-value and stop at the first that is too large."""
    left = sorted((p, i) for i, p in enumerate(p_values) if not math.isnan(p))
    rejected = set()
    while left and left[0][0] * len(left) <= alpha:
        rejected.add(left.pop(0)[1])
    return rejected


@settings(deadline=None)
@given(P_VALUES, st.floats(0, 0.999))
def test_holm_rejects_what_the_step_down_procedure_rejects_at_every_level(p_values, alpha):
    adjusted = holm(p_values)
    assert {i for i, p in enumerate(adjusted) if p <= alpha} == rejected_by_the_textbook(
        p_values, alpha
    )


@settings(deadline=None)
@given(P_VALUES, st.randoms())
def test_holm_keeps_order_and_position_and_never_lowers_a_p_value(p_values, random):
    adjusted = holm(p_values)
    known = [(p, q) for p, q in zip(p_values, adjusted, strict=True) if not math.isnan(p)]
    assert all(p <= q <= 1 for p, q in known)
    assert [q for _, q in sorted(known)] == sorted(q for _, q in known)
    assert np.array_equal(np.isnan(p_values), np.isnan(adjusted))
    order = list(range(len(p_values)))
    random.shuffle(order)
    shuffled = holm([p_values[i] for i in order])
    assert np.array_equal(shuffled, adjusted[order], equal_nan=True)


def test_nan_is_not_counted_as_a_test():
    assert np.array_equal(holm([0.02, math.nan, 0.04]), [0.04, math.nan, 0.04], equal_nan=True)


def test_p_values_of_zero_and_one_are_p_values():
    assert holm([1.0, 0.0]).tolist() == [1.0, 0.0]
