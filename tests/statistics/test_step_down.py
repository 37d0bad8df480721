"""Candidates against the best of them: against SciPy, brute force and simulation."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from losslab.elementary import array, scalar
from losslab.statistics.distributions import tukey_range_sf
from losslab.statistics.paired import compare_pair, compare_pairs
from losslab.statistics.step_down import (
    StepDownTest,
    compute_limit_p,
    compute_step_down_p,
    count_splits_to_settle,
    estimate_sphericity,
    prepare_tests,
)
from losslab.statistics.verdicts import compare_all
from score_samples import EXACT_DIFFERENCES, FIVE_FOLDS, RATIOS, p_of

MANY_SCORES = st.tuples(st.integers(0, 10**6), st.integers(2, 7), st.integers(2, 12))


def sorted_scores(seed, candidates, n, gap=0.01):
    """Scores of candidates, the best mean first."""
    generator = np.random.default_rng(seed)
    scores = generator.normal(0.8 - gap * np.arange(candidates)[:, None], 0.03, (candidates, n))
    scores += generator.normal(0, 0.05, n)
    return scores[np.argsort(-scores.mean(1))]


@pytest.mark.parametrize("freedom", [2, 2.7, 4, 10, 36, 250])
@pytest.mark.parametrize("count", [2, 3, 4, 10, 40])
def test_the_tail_of_the_range_is_that_of_scipy(count, freedom):
    q = np.array([0.1, 0.5, 1, 2, 3, 4, 6, 9, 20])
    ours = [tukey_range_sf(x, count, freedom) for x in q]
    assert ours == pytest.approx(stats.studentized_range.sf(q, count, freedom), abs=2e-6)


@pytest.mark.parametrize(
    ("count", "freedom", "q"), [(3, 10, 3.877), (10, 20, 5.008), (5, 4, 6.287)]
)
def test_the_tail_of_the_range_is_that_of_the_printed_tables(count, freedom, q):
    assert tukey_range_sf(q, count, freedom) == pytest.approx(0.05, abs=5e-5)


def test_the_range_of_many_degrees_of_freedom_is_that_of_normal_deviates():
    """By the distribution of the sample range, on a fine grid."""
    z = np.linspace(-9, 9, 20_001)
    for count, q in [(3, 3.0), (10, 4.5), (50, 5.5)]:
        inside = (stats.norm.cdf(z) - stats.norm.cdf(z - q)) ** (count - 1)
        exact = 1 - count * np.trapezoid(stats.norm.pdf(z) * inside, z)
        assert tukey_range_sf(q, count, math.inf) == pytest.approx(exact, abs=1e-9)
        assert tukey_range_sf(q, count, 9e6) == pytest.approx(exact, abs=1e-5)


def test_the_tail_of_the_range_at_its_ends():
    assert [tukey_range_sf(q, 5, 8) for q in (-1.0, 0.0, math.inf)] == [1.0, 1.0, 0.0]
    assert math.isnan(tukey_range_sf(math.nan, 5, 8))


@given(st.lists(st.floats(-30, 40) | st.sampled_from([0.5, -1.0, 1.0, 6.0, 27.0, math.inf])))
def test_erfc_of_an_array_has_the_bits_of_the_one_of_a_number(values):
    assert array.erfc(values).tolist() == [scalar.erfc(x) for x in values]


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 12), RATIOS)
def test_two_candidates_have_the_p_value_of_their_paired_test(seed, n, ratio):
    a, b = sorted_scores(seed, 2, n)
    (p,) = compute_step_down_p(prepare_tests([a, b]), ratio)
    assert p == pytest.approx(compare_pair(a, b, ratio, 0.0).p, rel=1e-9)


def textbook(scores, ratio):
    """The p-values from the covariance of the scores and SciPy's distribution."""
    p_values = []
    for k in range(2, len(scores) + 1):
        left = scores[:k] - scores[:k].mean(0)
        covariance = np.cov(left)
        n = left.shape[1]
        # Of the eigenvalues the one along the candidates' mean is zero.
        values = np.linalg.eigvalsh(covariance)
        epsilon = values.sum() ** 2 / ((k - 1) * (values**2).sum())
        own = np.var(scores[0] - scores[k - 1], ddof=1)
        spread = max(2 * np.trace(covariance) / (k - 1), own)
        error = math.sqrt((1 / n + ratio) * spread / 2)
        q = (scores[0].mean() - scores[k - 1].mean()) / error
        p_values.append(stats.studentized_range.sf(q, k, epsilon * (k - 1) * (n - 1)))
    return [max(p_values[i:]) for i in range(len(p_values))]


@settings(max_examples=40, deadline=None)
@given(MANY_SCORES, RATIOS)
def test_p_values_are_those_of_the_textbook_step_by_step(sizes, ratio):
    scores = sorted_scores(*sizes)
    ours = compute_step_down_p(prepare_tests(scores), ratio)
    assert ours == pytest.approx(textbook(scores, ratio), abs=5e-6)
    assert np.all(np.diff(ours) <= 0)


@settings(deadline=None)
@given(MANY_SCORES)
def test_sphericity_lies_between_its_bounds_whatever_the_unit(sizes):
    scores = sorted_scores(*sizes)
    found = [step.sphericity for step in prepare_tests(scores)]
    for k, value in enumerate(found, start=2):
        assert 1 / (k - 1) - 1e-9 <= value <= 1 + 1e-9
    others = [step.sphericity for step in prepare_tests(scores * 1e150)]
    assert others == pytest.approx(found)


def test_one_candidate_that_varies_alone_has_the_least_sphericity():
    squares = np.zeros((5, 5))
    squares[0, 1:] = squares[1:, 0] = 1.0
    assert estimate_sphericity(squares) == pytest.approx(1 / 4)


def test_a_loser_that_varies_wildly_does_not_hide_the_others():
    """It is tested first, and its spread counts no longer once it is shown worse."""
    generator = np.random.default_rng(0)
    best, near = 0.9 + generator.normal(0, 0.002, (2, 10))
    wild = 0.3 + generator.normal(0, 0.1, 10)
    with_it = compute_step_down_p(prepare_tests([best, near - 0.03, wild]), FIVE_FOLDS)
    (without,) = compute_step_down_p(prepare_tests([best, near - 0.03]), FIVE_FOLDS)
    assert with_it[0] == max(without, with_it[1])


def test_no_candidate_is_shown_worse_before_all_that_lie_farther_behind():
    generator = np.random.default_rng(1)
    wild = 0.6 + 0.6 * generator.uniform(-1, 1, 5)
    scores = [[0.9] * 5, 0.8 + generator.normal(0, 1e-3, 5), wild]
    assert compare_pair(scores[1], scores[0], FIVE_FOLDS, 0.0).p < 1e-3
    near, far = compute_step_down_p(prepare_tests(scores), FIVE_FOLDS)
    assert near == far > 0.05


def test_without_any_spread_signs_are_counted_for_every_pair():
    scores = [[0.9] * 8, [0.8] * 8, [0.7] * 8]
    near, far = compute_step_down_p(prepare_tests(scores), FIVE_FOLDS)
    assert far == 3 * 2 / 2**8
    assert near == max(2 / 2**8, far)
    assert compute_step_down_p(prepare_tests([[0.9] * 2, [0.8] * 2, [0.7] * 2]), 0.1).tolist() == [
        1,
        1,
    ]


def test_a_single_split_tests_nothing():
    steps = prepare_tests([[0.9], [0.8], [0.7]])
    assert np.isnan(compute_step_down_p(steps, FIVE_FOLDS)).all()
    assert count_splits_to_settle(steps, FIVE_FOLDS) == (None, None)


@settings(max_examples=40, deadline=None)
@given(MANY_SCORES, RATIOS)
def test_p_values_do_not_depend_on_the_unit_or_what_all_share(sizes, ratio):
    scores = sorted_scores(*sizes)
    shared = np.random.default_rng(0).normal(size=scores.shape[1])
    ours = compute_step_down_p(prepare_tests(scores), ratio)
    assert compute_step_down_p(prepare_tests(3 * scores), ratio) == pytest.approx(ours, abs=1e-9)
    assert compute_step_down_p(prepare_tests(scores + shared), ratio) == pytest.approx(
        ours, abs=1e-9
    )


@settings(max_examples=40, deadline=None)
@given(MANY_SCORES, RATIOS)
def test_no_number_of_splits_gets_below_the_limit_of_a_p_that_counts(sizes, ratio):
    steps = prepare_tests(sorted_scores(*sizes))
    floor, p_values = compute_limit_p(steps, ratio), compute_step_down_p(steps, ratio)
    # A spread that is hardly known makes large gaps likelier and tiny ones less so.
    assert np.all((floor <= p_values + 1e-9) | (p_values > 0.5))
    many = [StepDownTest(**{**vars(step), "n": 10**9}) for step in steps]
    assert compute_step_down_p(many, ratio) == pytest.approx(floor, abs=1e-3)


def test_the_limit_of_two_candidates_is_the_normal_tail():
    step = StepDownTest(gap=0.02, spread=0.03, sphericity=1.0, count=2, n=5)
    exact = 2 * stats.norm.sf(0.02 / (0.03 * math.sqrt(FIVE_FOLDS)))
    assert compute_limit_p([step], FIVE_FOLDS) == pytest.approx([exact])


@settings(max_examples=40, deadline=None)
@given(MANY_SCORES, RATIOS, st.sampled_from([0.8, 0.95, 0.99]))
def test_the_number_of_splits_is_the_smallest_that_is_significant(sizes, ratio, level):
    steps = prepare_tests(sorted_scores(*sizes))
    p_values = compute_step_down_p(steps, ratio)

    def p_of_all(n):
        return compute_step_down_p(
            [StepDownTest(**{**vars(step), "n": n}) for step in steps], ratio
        )

    for i, answer in enumerate(count_splits_to_settle(steps, ratio, level)):
        if answer is None:
            assert compute_limit_p(steps, ratio)[i] >= (1 - level) * (1 - 1e-9)
        else:
            assert p_of_all(answer)[i] < 1 - level
            assert (answer > steps[0].n) == (p_values[i] >= 1 - level)
            if answer > steps[0].n:
                assert p_of_all(answer - 1)[i] >= 1 - level


@settings(deadline=None)
@given(EXACT_DIFFERENCES, RATIOS)
def test_two_candidates_need_the_splits_that_their_paired_test_needs(differences, ratio):
    differences = differences if differences.mean() >= 0 else -differences
    (answer,) = count_splits_to_settle(prepare_tests([differences, 0 * differences]), ratio)
    mean, spread, n = differences.mean(), np.std(differences, ddof=1), len(differences)
    if np.ptp(differences) == 0:
        assert answer == (None if mean == 0 else max(n, 6))
        assert stats.binomtest(6, 6).pvalue < 0.05 < stats.binomtest(5, 5).pvalue
    elif answer is None:
        assert p_of(mean, spread, 10**9, ratio) > 0.05 * (1 - 1e-6)
    else:
        assert p_of(mean, spread, answer, ratio) < 0.05 * (1 + 1e-9)
        if answer > n:
            assert p_of(mean, spread, answer - 1, ratio) > 0.05 * (1 - 1e-9)


UNEVEN = {
    "all alike": [1, 1, 1, 1, 1],
    "one noisy": [4, 1, 1, 1, 1],
    "half noisy": [3, 1, 3, 1, 3],
    "ever noisier": [1, 2, 3, 5, 8],
}


@pytest.mark.parametrize("spreads", UNEVEN.values(), ids=UNEVEN)
def test_equally_good_candidates_are_seldom_called_worse_than_the_best_of_them(spreads):
    """With splits that overlap as the correction assumes, the best chosen by the same scores."""
    generator, trials, n = np.random.default_rng(0), 400, 5
    noise = math.sqrt(FIVE_FOLDS) * generator.normal(size=(trials, 5, 1))
    noise = noise + generator.normal(size=(trials, 5, n))
    alarms = naive = 0
    for scores in 0.8 + 0.01 * np.array(spreads)[:, None] * noise:
        order = np.argsort(-scores.mean(1))
        farthest = prepare_tests(scores[order])[-1]  # without it there is no other alarm
        alarms += compute_step_down_p([farthest], FIVE_FOLDS)[0] < 0.05
        best, worst = scores[order[0]], scores[order[-1]]
        naive += compare_pair(best, worst, FIVE_FOLDS, 0.0).p < 0.05
    assert stats.binomtest(int(alarms), trials, 0.05, "greater").pvalue > 0.001
    assert stats.binomtest(int(naive), trials, 0.05, "greater").pvalue < 0.001


def test_a_clear_winner_of_ten_on_five_splits_is_shown():
    """What a correction over all forty-five pairs could not: 0.972 against 0.892."""
    generator = np.random.default_rng(3)
    means = [0.972, *np.linspace(0.9, 0.892, 9)]
    scores = {f"c{i}": mean + generator.normal(0, 0.01, 5) for i, mean in enumerate(means)}
    rows = compare_all(scores, FIVE_FOLDS, 0.01).rows
    assert [row.verdict for row in rows] == ["best"] + ["worse"] * 9
    pairs = compare_pairs(scores, FIVE_FOLDS)
    assert max(pair.p_holm for pair in pairs if pair.a == "c0") > 0.05


def test_every_pair_is_compared_once_with_its_interval_and_both_p_values():
    scores = {f"c{i}": own for i, own in enumerate(sorted_scores(0, 5, 8))}
    pairs = compare_pairs(scores, FIVE_FOLDS, level=0.9)
    assert [(pair.a, pair.b) for pair in pairs] == list(combinations(scores, 2))
    for pair in pairs:
        own = compare_pair(scores[pair.a], scores[pair.b], FIVE_FOLDS, 0.0, 0.9)
        assert (pair.delta, pair.low, pair.high, pair.p) == (own.delta, own.low, own.high, own.p)
        assert pair.p <= pair.p_holm <= 10 * pair.p
    smallest = min(pairs, key=lambda pair: pair.p)
    assert smallest.p_holm == min(1.0, 10 * smallest.p)
