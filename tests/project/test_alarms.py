"""The simulation of false alarms and power."""

import math

import numpy as np
import pytest

from benchmarks.alarms import (
    PROCEDURES,
    Case,
    list_cases,
    make_classifier_case,
    make_normal_case,
    make_skewed_case,
    measure_rates,
)

MADE = list(list_cases(4, 5, 0.25))


@pytest.mark.parametrize("case", MADE, ids=[case.name for case in MADE])
def test_every_case_draws_scores_of_its_candidates_and_counts_shares(case):
    scores = case.draw(np.random.default_rng(0))
    assert scores.shape == (len(case.means), case.splits)
    assert np.isfinite(scores).all()
    assert (scores == case.draw(np.random.default_rng(0))).all()
    for alarms, power in measure_rates(case, tables=3, seed=0).values():
        assert 0 <= alarms <= 1
        assert math.isnan(power) == (np.ptp(case.means) == 0)


def test_who_is_far_better_is_always_found_and_raises_no_alarm():
    case = make_normal_case("far", [100, 0, 0], [1, 1, 1], splits=6, overlap=0.2)
    assert set(measure_rates(case, tables=10, seed=0).values()) == {(0.0, 1.0)}


def test_calling_one_of_equals_worse_is_an_alarm():
    scores = np.array([0.9, 0.1])[:, None] + 1e-3 * np.arange(12.0) * [[1], [-1]]
    case = Case(name="", means=np.zeros(2), splits=12, overlap=0.1, draw=lambda generator: scores)
    for alarms, power in measure_rates(case, tables=2, seed=0).values():
        assert alarms == 1
        assert math.isnan(power)


@pytest.mark.parametrize("overlap", [0.1, 0.5])
def test_scores_are_as_correlated_as_the_correction_assumes(overlap):
    for case in (
        make_normal_case("", np.zeros(2), np.ones(2), 2, overlap),
        make_skewed_case(2, 2, overlap),
    ):
        generator = np.random.default_rng(0)
        drawn = np.concatenate([case.draw(generator) for _ in range(20_000)])
        assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(overlap / (1 + overlap), abs=0.02)


def test_the_classifiers_are_equally_good():
    case, generator = make_classifier_case(3, 5), np.random.default_rng(0)
    means = np.array([case.draw(generator).mean(1) for _ in range(400)])
    assert 0.6 < means.mean() < 0.8
    assert np.ptp(means.mean(0)) < 4 * means.std() / math.sqrt(400)


def test_procedures_are_told_apart_by_their_names():
    assert list(PROCEDURES) == ["losslab", "Holm, all pairs", "Holm, best only"]
