"""Scores and differences for the statistics."""

import math

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

FIVE_FOLDS = 0.25


# Hundredths, as accuracies are: exact ties happen, and sums round.
POINTS = st.integers(0, 100).map(lambda n: n / 100)


# 1/128ths: sums and differences do not round, so that no difference means exactly 0.
EXACT = st.integers(0, 128).map(lambda n: n / 128)


EXACT_DIFFERENCES = arrays(np.float64, st.integers(2, 12), elements=EXACT.map(lambda x: x - 0.5))


TWO_EXACT = st.integers(2, 12).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, n, elements=EXACT), arrays(np.float64, n, elements=EXACT)
    )
)


RATIOS = st.sampled_from([0.0, 0.1, FIVE_FOLDS, 1.0])


def random_scores(seed, n=10, mean=0.8, spread=0.03):
    return np.random.default_rng(seed).normal(mean, spread, n)


def p_of(summary_mean, spread, n, ratio):
    statistic = abs(summary_mean) / (spread * math.sqrt(1 / n + ratio))
    return 2 * stats.t.sf(statistic, n - 1)
