"""The statistics against scipy, numerical integration, textbook definitions and simulation."""

import math
import pickle
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import integrate, stats

from losslab.core.errors import DataError, OptionError
from losslab.statistics.holm import holm
from losslab.statistics.intervals import corrected_interval
from losslab.statistics.paired import paired_difference
from losslab.statistics.power import limit_p, splits_to_settle
from losslab.statistics.ranking import rank
from losslab.statistics.verdicts import Verdict, compare_all

FIVE_FOLDS = 0.25
# Hundredths, as accuracies are: exact ties happen, and sums round.
POINTS = st.integers(0, 100).map(lambda n: n / 100)
SCORES = arrays(np.float64, st.integers(2, 12), elements=POINTS)
# 1/128ths: sums and differences do not round, so that no difference means exactly 0.
EXACT = st.integers(0, 128).map(lambda n: n / 128)
EXACT_DIFFERENCES = arrays(np.float64, st.integers(2, 12), elements=EXACT.map(lambda x: x - 0.5))
TWO_EXACT = st.integers(2, 12).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, n, elements=EXACT), arrays(np.float64, n, elements=EXACT)
    )
)
RATIOS = st.sampled_from([0.0, 0.1, FIVE_FOLDS, 1.0])
P_VALUES = st.lists(st.floats(0, 1) | st.just(math.nan), max_size=12)


def random_scores(seed, n=10, mean=0.8, spread=0.03):
    return np.random.default_rng(seed).normal(mean, spread, n)


def student_density(x, freedom):
    constant = math.gamma((freedom + 1) / 2) / math.gamma(freedom / 2)
    return constant / math.sqrt(freedom * math.pi) * (1 + x * x / freedom) ** (-(freedom + 1) / 2)


# Intervals


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("n", [2, 5, 10, 50])
def test_without_shared_training_rows_the_interval_is_the_ordinary_t_interval(n, level):
    scores = random_scores(n, n)
    expected = stats.ttest_1samp(scores, 0).confidence_interval(level)
    interval = corrected_interval(scores, 0.0, level)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))
    assert (interval.n, interval.level) == (n, level)


def test_the_interval_follows_the_formula_of_nadeau_and_bengio():
    scores = [0.71, 0.74, 0.69, 0.77, 0.73, 0.70]
    mean = sum(scores) / 6
    variance = sum((score - mean) ** 2 for score in scores) / 5
    margin = stats.t.ppf(0.975, 5) * math.sqrt((1 / 6 + 1 / 9) * variance)
    interval = corrected_interval(scores, test_to_train=1 / 9)
    assert (interval.low, interval.mean, interval.high) == pytest.approx(
        (mean - margin, mean, mean + margin)
    )


def test_the_corrected_interval_covers_the_truth_where_the_naive_one_does_not():
    # Scores with the correlation r / (1 + r) that the correction assumes.
    generator, n, truth, trials = np.random.default_rng(0), 10, 0.8, 3000
    shared = generator.normal(0, math.sqrt(FIVE_FOLDS), (trials, 1))
    scores = truth + 0.05 * (shared + generator.normal(0, 1, (trials, n)))

    def coverage(test_to_train):
        intervals = [corrected_interval(row, test_to_train) for row in scores]
        return sum(i.low <= truth <= i.high for i in intervals) / trials

    assert coverage(FIVE_FOLDS) == pytest.approx(0.95, abs=0.012)
    assert coverage(0.0) < 0.80


def test_one_split_has_a_mean_but_no_interval():
    interval = corrected_interval([0.8], FIVE_FOLDS)
    assert interval.mean == 0.8
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


@settings(deadline=None)
@given(POINTS, st.integers(2, 30), RATIOS)
def test_equal_scores_have_an_interval_of_no_width_in_spite_of_rounding(score, n, ratio):
    interval = corrected_interval([score] * n, ratio)
    assert interval.low == interval.mean == interval.high == score


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_not_finite_leaves_nothing_known(bad):
    interval = corrected_interval([0.8, bad, 0.7], FIVE_FOLDS)
    assert all(math.isnan(x) for x in (interval.low, interval.mean, interval.high))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: corrected_interval([0.1, 0.2], -0.1), OptionError, "test_to_train"),
        (lambda: corrected_interval([0.1, 0.2], math.nan), OptionError, "test_to_train"),
        (lambda: corrected_interval([0.1, 0.2], 0.1, level=95), OptionError, "level"),
        (lambda: corrected_interval([], 0.1), DataError, r"shape \(0,\)"),
        (lambda: corrected_interval([[0.1], [0.2]], 0.1), DataError, r"shape \(2, 1\)"),
        (lambda: paired_difference([0.1], [0.2, 0.3], 0.1, 0.01), DataError, "1 and 2 scores"),
        (lambda: paired_difference([0.1], [0.2], 0.1, -0.01), OptionError, "rope"),
        (lambda: holm([0.5, 1.5]), DataError, "between 0 and 1"),
        (lambda: splits_to_settle([0.1], 0.1), DataError, "at least two splits"),
        (lambda: splits_to_settle([0.1, math.nan], 0.1), DataError, "finite"),
        (lambda: splits_to_settle([0.1, 0.2], 0.1, comparisons=0), OptionError, "comparison"),
        (lambda: rank({}), DataError, "no candidate"),
        (lambda: rank({"a": [1.0], "b": [1.0, 2.0]}), DataError, "a: 1 scores, b: 2 scores"),
    ],
)
def test_input_that_cannot_be_used_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()


# Paired differences


@pytest.mark.parametrize("seed", range(5))
def test_without_shared_training_rows_the_test_is_the_paired_t_test(seed):
    a, b = random_scores(seed), random_scores(seed + 100, mean=0.78)
    expected = stats.ttest_rel(a, b)
    difference = paired_difference(a, b, 0.0, rope=0.01)
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
    difference = paired_difference(a, b, test_to_train, rope)
    got = (difference.p_better, difference.p_equal, difference.p_worse)
    assert got == pytest.approx(expected, abs=1e-7)


@settings(deadline=None)
@given(TWO_EXACT, RATIOS, st.sampled_from([0.0, 0.01, 0.1]), st.booleans())
def test_probabilities_sum_to_one_and_swapping_the_candidates_mirrors_all(
    both, ratio, rope, higher
):
    a, b = both
    there = paired_difference(a, b, ratio, rope, higher_is_better=higher)
    back = paired_difference(b, a, ratio, rope, higher_is_better=higher)
    assert there.p_better + there.p_equal + there.p_worse == pytest.approx(1, abs=1e-12)
    assert (there.delta, there.low, there.high) == (-back.delta, -back.high, -back.low)
    assert (there.p, there.p_equal) == (back.p, back.p_equal)
    assert (there.p_better, there.p_worse) == (back.p_worse, back.p_better)


def test_better_means_better_in_the_direction_of_the_metric():
    a, b = [0.3, 0.4, 0.35], [0.1, 0.15, 0.2]
    up = paired_difference(a, b, FIVE_FOLDS, 0.01, higher_is_better=True)
    down = paired_difference(a, b, FIVE_FOLDS, 0.01, higher_is_better=False)
    assert up.delta == down.delta > 0
    assert up.p_better == down.p_worse > 0.9


def test_equal_scores_are_certainly_equal():
    difference = paired_difference([0.7, 0.9], [0.7, 0.9], FIVE_FOLDS, rope=0.0)
    assert (difference.delta, difference.p) == (0, 1)
    assert (difference.p_better, difference.p_equal, difference.p_worse) == (0, 1, 0)


@pytest.mark.parametrize(
    ("rope", "expected"), [(0.25, (1, 0, 0)), (0.5, (0, 1, 0)), (0.75, (0, 1, 0))]
)
def test_the_same_difference_on_every_split_is_certain(rope, expected):
    difference = paired_difference([0.75, 1.0], [0.25, 0.5], FIVE_FOLDS, rope)
    assert difference.p == 0
    assert (difference.low, difference.high) == (0.5, 0.5)
    assert (difference.p_better, difference.p_equal, difference.p_worse) == expected


def test_one_split_shows_a_difference_but_tests_nothing():
    difference = paired_difference([0.75], [0.5], FIVE_FOLDS, rope=0.01)
    assert difference.delta == 0.25
    unknown = ("low", "high", "p", "p_better", "p_equal", "p_worse")
    assert all(math.isnan(getattr(difference, name)) for name in unknown)


# Holm


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


# Power


def p_of(summary_mean, spread, n, ratio):
    statistic = abs(summary_mean) / (spread * math.sqrt(1 / n + ratio))
    return 2 * stats.t.sf(statistic, n - 1)


@settings(deadline=None)
@given(EXACT_DIFFERENCES, RATIOS, st.sampled_from([1, 3, 15]))
def test_the_number_of_splits_is_the_smallest_that_is_significant(differences, ratio, comparisons):
    answer = splits_to_settle(differences, ratio, comparisons=comparisons)
    mean, spread = np.mean(differences), np.std(differences, ddof=1)
    if np.ptp(differences) == 0:
        assert answer == (None if differences[0] == 0 else 2)
    elif answer is None:
        assert p_of(mean, spread, 10**9, ratio) > 0.05 / comparisons * (1 - 1e-6)
    else:
        assert p_of(mean, spread, answer, ratio) < 0.05 / comparisons * (1 + 1e-9)
        if answer > 2:
            assert p_of(mean, spread, answer - 1, ratio) > 0.05 / comparisons * (1 - 1e-9)


def test_plugging_the_answer_back_in_turns_the_test_significant():
    pattern = np.array([-1.0, 1.0])
    mean, spread, ratio = 0.02, 0.05, 0.02

    def p(n):
        scores = mean + spread * math.sqrt((n - 1) / n) * np.tile(pattern, n // 2)
        return paired_difference(scores, np.zeros(n), ratio, rope=0.0).p

    observed = mean + spread * math.sqrt(9 / 10) * np.tile(pattern, 5)
    answer = splits_to_settle(observed, ratio)
    even = answer + answer % 2
    assert p(10) > 0.05
    assert p(even - 2) > 0.05 > p(even)


def test_a_small_difference_is_never_settled_by_more_splits():
    differences = [0.02, -0.03, 0.05, -0.01, 0.02]
    assert splits_to_settle(differences, FIVE_FOLDS) is None
    assert splits_to_settle(differences, 0.0) is not None
    assert splits_to_settle([0.01, -0.01], 0.0) is None


@settings(deadline=None)
@given(EXACT_DIFFERENCES, RATIOS)
def test_no_number_of_splits_gets_below_the_limit_of_p(differences, ratio):
    limit = limit_p(differences, ratio)
    zeros = np.zeros(len(differences))
    assert limit <= paired_difference(differences, zeros, ratio, rope=0.0).p + 1e-12
    spread = np.std(differences, ddof=1)
    if np.ptp(differences) > 0:
        expected = p_of(np.mean(differences), spread, 10**12, ratio)
        assert limit == pytest.approx(expected, rel=1e-3, abs=1e-6)


def test_the_limit_of_p_is_unknown_for_a_single_split():
    assert math.isnan(limit_p([0.1], FIVE_FOLDS))


# Ranking


@settings(deadline=None)
@given(
    st.integers(1, 3).flatmap(
        lambda n: st.lists(st.lists(EXACT | st.just(math.nan), min_size=n, max_size=n), min_size=1)
    ),
    st.booleans(),
)
def test_each_rank_is_one_more_than_the_number_of_candidates_that_are_better(rows, higher):
    places = rank({f"c{i}": row for i, row in enumerate(rows)}, higher)
    # A diverged candidate loses to every finite one, whatever the direction.
    totals = [sum(row) if higher else -sum(row) for row in rows]
    totals = [-math.inf if math.isnan(total) else total for total in totals]
    ranks = {place.name: place.rank for place in places}
    assert ranks == {
        f"c{i}": 1 + sum(other > total for other in totals) for i, total in enumerate(totals)
    }
    assert [place.rank for place in places] == sorted(ranks.values())
    assert [place.diverged for place in places] == [math.isnan(place.mean) for place in places]


@settings(deadline=None)
@given(SCORES, st.randoms())
def test_the_same_scores_in_another_order_are_a_tie(scores, random):
    shuffled = list(scores)
    random.shuffle(shuffled)
    assert [place.rank for place in rank({"a": scores, "b": shuffled})] == [1, 1]


def test_ties_share_a_rank_and_diverged_candidates_come_last():
    scores = {
        "nan": [math.nan, 1],
        "a": [0.5, 0.7],
        "inf": [math.inf, 1],
        "b": [0.7, 0.5],
        "c": [0, 0],
    }
    assert [(p.name, p.rank) for p in rank(scores)] == [
        ("a", 1),
        ("b", 1),
        ("c", 3),
        ("nan", 4),
        ("inf", 4),
    ]
    assert [p.name for p in rank(scores, higher_is_better=False)] == ["c", "a", "b", "nan", "inf"]


# Verdicts


def verdicts(scores, **options):
    options = {"test_to_train": FIVE_FOLDS, "rope": 0.01, **options}
    return {row.name: row.verdict for row in compare_all(scores, **options).rows}


def test_every_word_of_the_verdict_can_be_had():
    noise = np.array([0.02, -0.02, 0.01, -0.01, 0.0, 0.015, -0.015, 0.005, -0.005, 0.0])
    best = 0.90 + noise
    scores = {
        "best": best,
        "tied": best.copy(),
        "equal": best - 0.001 + 0.001 * np.sign(noise),
        "worse": best - 0.1 - noise / 2,
        "open": best - 0.02 + 3 * noise[::-1],
        "diverged": np.where(noise > 0.015, math.nan, best),
    }
    assert verdicts(scores) == {
        "best": Verdict.BEST,
        "tied": Verdict.TIED,
        "equal": Verdict.EQUAL,
        "worse": Verdict.WORSE,
        "open": Verdict.OPEN,
        "diverged": Verdict.DIVERGED,
    }
    standings = compare_all(scores, FIVE_FOLDS, 0.01)
    assert standings.best == "best"
    assert standings.not_shown_worse == ("best", "tied", "equal", "open")


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_p_values_are_adjusted_over_all_pairs_and_shown_for_the_pair_with_the_best(seed, n):
    generator = np.random.default_rng(seed)
    scores = {f"c{i}": generator.normal(0.8 + 0.01 * i, 0.03, 8) for i in range(n)}
    best = max(scores, key=lambda name: scores[name].mean())
    raw = {
        frozenset(pair): stats.ttest_rel(*(scores[name] for name in pair)).pvalue
        for pair in combinations(scores, 2)
    }
    adjusted = dict(zip(raw, holm(list(raw.values())), strict=True))
    standings = compare_all(scores, test_to_train=0.0, rope=0.001)
    assert standings.best == best
    for row in standings.rows[1:]:
        assert row.p_holm == pytest.approx(adjusted[frozenset((row.name, best))])
        assert row.difference == paired_difference(scores[row.name], scores[best], 0.0, 0.001)
        assert row.interval == corrected_interval(scores[row.name], 0.0)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.randoms(), st.booleans())
def test_verdicts_do_not_depend_on_the_order_of_the_candidates(seed, random, higher):
    generator = np.random.default_rng(seed)
    scores = {f"c{i}": generator.normal(0.8 + 0.02 * i, 0.02, 6) for i in range(4)}
    names = list(scores)
    random.shuffle(names)
    rows = compare_all(scores, FIVE_FOLDS, 0.01, higher).rows
    assert compare_all({n: scores[n] for n in names}, FIVE_FOLDS, 0.01, higher).rows == rows


@settings(deadline=None)
@given(TWO_EXACT, RATIOS, st.sampled_from([0.0, 0.01]))
def test_a_row_never_settles_exactly_when_no_number_of_splits_is_enough(both, ratio, rope):
    row = compare_all(dict(zip("ab", both, strict=True)), ratio, rope).rows[1]
    if row.verdict is Verdict.OPEN:
        best = 0 if row.name == "b" else 1
        answer = splits_to_settle(both[1 - best] - both[best], ratio)
        assert row.never_settles == (answer is None)
    else:
        assert not row.never_settles


def test_a_row_never_settles_only_if_its_share_of_all_pairs_is_counted():
    # At its limit the pair (a, b) has p = 0.03: enough for one comparison, not for three.
    signs = np.tile([1.0, -1.0], 5)
    spread = np.std(signs, ddof=1)
    gap = stats.norm.isf(0.015) * math.sqrt(FIVE_FOLDS) * spread
    two = {"a": np.zeros(10), "b": signs - gap}
    three = {**two, "c": np.roll(signs, 1) * 1.3 - 1.3 * gap + 1e-3}
    assert limit_p(two["b"], FIVE_FOLDS) == pytest.approx(0.03)
    assert [row.never_settles for row in compare_all(two, FIVE_FOLDS, 0.0).rows] == [False, False]
    assert {row.name: row.never_settles for row in compare_all(three, FIVE_FOLDS, 0.0).rows} == {
        "a": False,
        "b": True,
        "c": True,
    }


def test_one_candidate_alone_is_the_best():
    (row,) = compare_all({"mse": [0.7, 0.8]}, FIVE_FOLDS, 0.01).rows
    assert (row.verdict, row.rank, row.p_holm, row.difference) == (Verdict.BEST, 1, None, None)
    assert row.interval == corrected_interval([0.7, 0.8], FIVE_FOLDS)


def test_nothing_is_best_where_all_diverged():
    standings = compare_all({"a": [math.nan], "b": [math.inf]}, FIVE_FOLDS, 0.01)
    assert standings.best is None
    assert standings.not_shown_worse == ()
    assert all(row.interval is None and row.difference is None for row in standings.rows)


def test_a_diverged_candidate_does_not_cost_the_others_a_comparison():
    two = {"a": random_scores(1), "b": random_scores(2, mean=0.77)}
    three = {**two, "nan": np.full(10, math.nan)}
    with_it, without = (compare_all(s, FIVE_FOLDS, 0.01).rows for s in (three, two))
    assert with_it[:2] == without


def test_one_split_leaves_every_row_open():
    rows = compare_all({"a": [0.9], "b": [0.5], "c": [0.9]}, FIVE_FOLDS, 0.01).rows
    assert [row.verdict for row in rows] == [Verdict.BEST, Verdict.TIED, Verdict.OPEN]
    assert not any(row.never_settles for row in rows)
    assert math.isnan(rows[2].p_holm)


def test_the_lowest_error_is_best_where_lower_is_better():
    scores = {"high": [3.0, 3.1, 2.9], "low": [1.0, 1.1, 0.8]}
    rows = compare_all(scores, FIVE_FOLDS, 0.01, higher_is_better=False).rows
    assert [row.name for row in rows] == ["low", "high"]
    assert rows[1].difference.delta > 0
    assert rows[1].difference.p_worse > 0.9


def test_verdicts_are_plain_values():
    standings = compare_all({"a": [0.7, 0.8], "b": [0.1, 0.3]}, FIVE_FOLDS, 0.01)
    assert pickle.loads(pickle.dumps(standings)) == standings
    assert f"{standings.rows[0].verdict}" == "best"
