"""What the verdict says of the best network beside models that are no candidates."""

import numpy as np

from example_rows import FIVE_FOLDS, rank_scores, reference
from losslab.experiment.comparison.verdict import write_verdict
from losslab.metrics.catalog import METRICS

ACCURACY, RMSE = METRICS["accuracy"], METRICS["rmse"]
NOISE = 0.002 * np.array([1, -1, 2, -2, 0, 1, -1, 2, -2, 0.0])
WIDE = 0.03 * np.array([1, -1, 1, -1, 1, -1, 1, -1, 1, -1.0])
GOOD, CLEARLY_WORSE, LIKE_GOOD = 0.9 + NOISE, 0.8 - NOISE, 0.9 - NOISE / 10
DIVERGED = np.full(10, np.nan)


def verdict(rows, metric=ACCURACY, references=(), rope=0.01, test_to_train=FIVE_FOLDS):
    return write_verdict(rows, references, metric, rope, test_to_train)


def test_a_reference_that_beats_the_best_network_is_named_with_both_means():
    rows = rank_scores({"mse": GOOD, "l1": CLEARLY_WORSE})
    better = [reference("constant", GOOD - 0.5), reference("linear", GOOD + 0.05)]
    assert verdict(rows, references=better).endswith(
        "The best network loses to the reference 'linear' (the linear model): mean accuracy 0.9 "
        "against 0.95."
    )


def test_a_reference_that_is_better_by_chance_alone_is_said_to_be():
    rows = rank_scores({"mse": GOOD})
    said = verdict(rows, references=[reference("linear", GOOD + 0.005 + WIDE)])
    assert said.endswith(
        "No difference is shown between the best network and the reference 'linear' (the linear "
        "model): mean accuracy 0.9 against 0.905 (p = 0.80)."
    )


def test_a_reference_within_the_rope_is_practically_equal():
    rows = rank_scores({"mse": GOOD})
    said = verdict(rows, references=[reference("linear", GOOD + 0.001 + NOISE / 10)])
    assert said.endswith(
        "The best network is practically equal to the reference 'linear' (the linear model): mean "
        "accuracy 0.9 against 0.901, within 0.01."
    )


def test_a_single_split_shows_no_difference_to_a_reference():
    said = verdict(rank_scores({"mse": [0.8]}), references=[reference("linear", [0.9])])
    assert said.endswith("(the linear model): mean accuracy 0.8 against 0.9.")
    assert "No difference is shown between" in said


def test_a_reference_that_does_not_beat_the_best_network_is_not_mentioned():
    rows = rank_scores({"mse": GOOD, "l1": CLEARLY_WORSE})
    worse = [reference("constant", GOOD - 0.5), reference("linear", GOOD), reference("x", DIVERGED)]
    assert "reference" not in verdict(rows, references=worse)


def test_two_means_have_as_many_digits_as_tell_them_apart():
    rows = rank_scores({"mse": np.full(10, 0.9)})
    for rival, shown in ((0.95, "0.9 against 0.95"), (0.90004, "0.9 against 0.90004")):
        assert shown in verdict(rows, references=[reference("linear", np.full(10, rival))])


def test_large_numbers_are_written_out():
    rows = rank_scores({"mse": 1e6 * (10 - GOOD)}, "rmse")
    said = verdict(rows, RMSE, [reference("linear", 1e6 * (9 - GOOD))])
    assert "mean RMSE 9,100,000 against 8,100,000." in said
    equal = rank_scores({"mse": 1e6 + GOOD, "l1": 1e6 + LIKE_GOOD}, "rmse", rope=1e4)
    assert "within 10,000." in verdict(equal, RMSE, rope=1e4)


def test_for_errors_the_lower_reference_wins():
    rows = rank_scores({"mse": 10 - GOOD, "l1": 10 - CLEARLY_WORSE}, "rmse")
    lower, higher = reference("linear", 9 - GOOD), reference("constant", 12 - GOOD)
    assert "loses to the reference 'linear'" in verdict(rows, RMSE, [higher, lower])
    assert "reference" not in verdict(rows, RMSE, [higher])
