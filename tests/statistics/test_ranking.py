"""Splits that would settle it, ranking, and verdicts."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from losslab.statistics.paired import compare_pair
from losslab.statistics.resampling import compute_interval
from losslab.statistics.step_down import (
    compute_limit_p,
    compute_step_down_p,
    count_splits_to_settle,
    prepare_tests,
)
from losslab.statistics.verdicts import Verdict, compare_all, rank_by_mean
from score_samples import (
    EXACT,
    FIVE_FOLDS,
    POINTS,
    RATIOS,
    TWO_EXACT,
    random_scores,
)

SCORES = arrays(np.float64, st.integers(2, 12), elements=POINTS)


@settings(deadline=None)
@given(
    st.integers(1, 3).flatmap(
        lambda n: st.lists(st.lists(EXACT | st.just(math.nan), min_size=n, max_size=n), min_size=1)
    ),
    st.booleans(),
)
def test_each_rank_is_one_more_than_the_number_of_candidates_that_are_better(rows, higher):
    places = rank_by_mean({f"c{i}": row for i, row in enumerate(rows)}, higher)
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
    assert [place.rank for place in rank_by_mean({"a": scores, "b": shuffled})] == [1, 1]


def test_ties_share_a_rank_and_diverged_candidates_come_last():
    scores = {
        "nan": [math.nan, 1],
        "a": [0.5, 0.7],
        "inf": [math.inf, 1],
        "b": [0.7, 0.5],
        "c": [0, 0],
    }
    assert [(p.name, p.rank) for p in rank_by_mean(scores)] == [
        ("a", 1),
        ("b", 1),
        ("c", 3),
        ("nan", 4),
        ("inf", 4),
    ]
    assert [p.name for p in rank_by_mean(scores, higher_is_better=False)] == [
        "c",
        "a",
        "b",
        "nan",
        "inf",
    ]


def verdicts(scores, **options):
    options = {"test_to_train": FIVE_FOLDS, "rope": 0.01, **options}
    return {row.name: row.verdict for row in compare_all(scores, **options).rows}


def test_every_verdict_can_occur():
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
    ranking = compare_all(scores, FIVE_FOLDS, 0.01)
    assert ranking.best == "best"


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_p_values_and_differences_are_those_against_the_best(seed, n):
    generator = np.random.default_rng(seed)
    scores = {f"c{i}": generator.normal(0.8 + 0.01 * i, 0.03, 8) for i in range(n)}
    ranked = sorted(scores, key=lambda name: -scores[name].mean())
    steps = prepare_tests([scores[name] for name in ranked])
    ranking = compare_all(scores, test_to_train=0.0, rope=0.001)
    assert ranking.best == ranked[0]
    for row, p in zip(ranking.rows[1:], compute_step_down_p(steps, 0.0), strict=True):
        assert row.p_tukey == p
        assert row.difference == compare_pair(scores[row.name], scores[ranked[0]], 0.0, 0.001)
        assert row.interval == compute_interval(scores[row.name], 0.0)


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
        (answer,) = count_splits_to_settle(prepare_tests([both[best], both[1 - best]]), ratio)
        assert row.never_settles == (answer is None)
    else:
        assert not row.never_settles


def test_a_row_never_settles_only_if_being_one_of_several_is_counted():
    # At its limit the pair (a, b) has p = 0.03: enough for one rival, not for two.
    signs = np.tile([1.0, -1.0], 5)
    spread = np.std(signs, ddof=1)
    gap = stats.norm.isf(0.015) * math.sqrt(FIVE_FOLDS) * spread
    two = {"a": np.zeros(10), "b": signs - gap}
    three = {**two, "c": np.roll(signs, 1) * 1.3 - 1.3 * gap + 1e-3}
    assert compute_limit_p(prepare_tests(list(two.values())), FIVE_FOLDS) == pytest.approx([0.03])
    assert [row.never_settles for row in compare_all(two, FIVE_FOLDS, 0.0).rows] == [False, False]
    assert {row.name: row.never_settles for row in compare_all(three, FIVE_FOLDS, 0.0).rows} == {
        "a": False,
        "b": True,
        "c": True,
    }


def test_one_candidate_alone_is_the_best():
    (row,) = compare_all({"mse": [0.7, 0.8]}, FIVE_FOLDS, 0.01).rows
    assert (row.verdict, row.rank, row.p_tukey, row.difference) == (Verdict.BEST, 1, None, None)
    assert row.interval == compute_interval([0.7, 0.8], FIVE_FOLDS)


def test_nothing_is_best_where_all_diverged():
    ranking = compare_all({"a": [math.nan], "b": [math.inf]}, FIVE_FOLDS, 0.01)
    assert ranking.best is None
    assert all(row.interval is None and row.difference is None for row in ranking.rows)


def test_a_diverged_candidate_does_not_cost_the_others_a_comparison():
    two = {"a": random_scores(1), "b": random_scores(2, mean=0.77)}
    three = {**two, "nan": np.full(10, math.nan)}
    with_it, without = (compare_all(s, FIVE_FOLDS, 0.01).rows for s in (three, two))
    assert with_it[:2] == without


def test_one_split_leaves_every_row_open():
    rows = compare_all({"a": [0.9], "b": [0.5], "c": [0.9]}, FIVE_FOLDS, 0.01).rows
    assert [row.verdict for row in rows] == [Verdict.BEST, Verdict.TIED, Verdict.OPEN]
    assert not any(row.never_settles for row in rows)
    assert math.isnan(rows[2].p_tukey)


def test_the_lowest_error_is_best_where_lower_is_better():
    scores = {"high": [3.0, 3.1, 2.9], "low": [1.0, 1.1, 0.8]}
    rows = compare_all(scores, FIVE_FOLDS, 0.01, higher_is_better=False).rows
    assert [row.name for row in rows] == ["low", "high"]
    assert rows[1].difference.delta > 0
    assert rows[1].difference.p_worse > 0.9


def test_verdicts_are_plain_values():
    ranking = compare_all({"a": [0.7, 0.8], "b": [0.1, 0.3]}, FIVE_FOLDS, 0.01)
    assert pickle.loads(pickle.dumps(ranking)) == ranking
    assert f"{ranking.rows[0].verdict}" == "best"
