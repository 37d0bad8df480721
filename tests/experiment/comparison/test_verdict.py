"""The verdict and the recommendation in words, branch by branch, over rows made up here."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from example_rows import FIVE_FOLDS, change_row, change_rows, rank_scores, rates
from example_studies import compare_table, make_skewed_table, table
from losslab.experiment.comparison.verdict import (
    join_names,
    measure_lr_sensitivity,
    rank_simplicity,
    recommend,
    write_verdict,
)
from losslab.losses.catalog import LOSSES
from losslab.metrics.catalog import METRICS
from losslab.statistics.paired import compare_pair

ACCURACY, RMSE = METRICS["accuracy"], METRICS["rmse"]
NOISE = 0.002 * np.array([1, -1, 2, -2, 0, 1, -1, 2, -2, 0.0])
WIDE = 0.03 * np.array([1, -1, 1, -1, 1, -1, 1, -1, 1, -1.0])
GOOD, CLEARLY_WORSE = 0.9 + NOISE, 0.8 - NOISE
LIKE_GOOD, MAYBE_WORSE = 0.9 - NOISE / 10, 0.89 + WIDE
DIVERGED = np.full(10, np.nan)


def verdict(rows, metric=ACCURACY, references=(), rope=0.01, test_to_train=FIVE_FOLDS):
    return write_verdict(rows, references, metric, rope, test_to_train)


def with_log_loss(rows, **values):
    changes = {
        name: {"metrics": {"log_loss": value}, "proper": True} for name, value in values.items()
    }
    return change_rows(rows, **changes)


def test_losses_that_are_practically_equal_hardly_matter():
    rows = rank_scores({"mse": GOOD, "l1": LIKE_GOOD, "hinge": GOOD})
    assert verdict(rows) == (
        "On this table the loss hardly matters: all 3 candidates are practically equal in "
        "accuracy, within 0.01."
    )


def test_where_no_loss_differs_it_is_the_choice_that_hardly_matters():
    rows = rank_scores({"mse, sgd": GOOD, "mse, adam": LIKE_GOOD})
    assert verdict(rows).startswith("On this table the choice hardly matters: all 2 candidates")


def test_a_loss_that_is_shown_worse_is_beaten():
    rows = rank_scores({"l1": CLEARLY_WORSE, "mse": GOOD, "hinge": CLEARLY_WORSE - 0.1})
    assert verdict(rows) == (
        "mse has the best mean accuracy and beats l1 and hinge (paired, Tukey p < .05)."
    )


def test_every_kind_of_standing_is_said_in_one_sentence():
    scores = {"mse": GOOD, "l1": CLEARLY_WORSE, "hinge": LIKE_GOOD, "bce_with_logits": MAYBE_WORSE}
    first = verdict(rank_scores(scores)).split(". ")[0]
    assert first == (
        "mse has the best mean accuracy and beats l1 (paired, Tukey p < .05); hinge is practically "
        "equal to it; no difference is shown against bce_with_logits"
    )


def test_a_difference_that_no_number_of_splits_would_settle_needs_more_rows():
    rows = rank_scores({"mse": GOOD, "l1": MAYBE_WORSE})
    assert rows[1].never_settles
    assert verdict(rows) == (
        "mse has the best mean accuracy; no difference is shown against l1. No number of splits "
        "of this table would settle this difference; more rows could."
    )


def many(count, scores):
    return {f"x{place}": scores + 1e-6 * place for place in range(count)}


def test_many_rivals_without_a_difference_are_counted_not_listed_twice():
    assert verdict(rank_scores({"mse": GOOD, **many(8, MAYBE_WORSE)})) == (
        "mse has the best mean accuracy; no difference is shown against any of the other 8. "
        "No number of splits of this table would settle these differences; more rows could."
    )


def test_many_rivals_of_one_kind_are_counted_where_they_are_all_that_is_left():
    beaten = verdict(rank_scores({"mse": GOOD, **many(4, CLEARLY_WORSE)}))
    assert (
        beaten == "mse has the best mean accuracy and beats all 4 others (paired, Tukey p < .05)."
    )
    said = verdict(rank_scores({"mse": GOOD, "l1": CLEARLY_WORSE, **many(5, MAYBE_WORSE)}))
    assert "beats l1 (paired, Tukey p < .05); no difference is shown against any of the" in said
    assert "the other 5. No number of splits" in said
    equal = verdict(rank_scores({"mse": GOOD, "l1": CLEARLY_WORSE, **many(5, LIKE_GOOD - 1e-4)}))
    assert equal.endswith("; the other 5 are practically equal to it.")
    both = verdict(rank_scores({"mse": GOOD, "l1": MAYBE_WORSE, **many(4, LIKE_GOOD - 1e-4)}))
    assert "x3, x2, x1 and x0 are practically equal to it; no difference is shown" in both


def test_rivals_that_splits_would_settle_are_named_and_the_others_are_referred_to():
    clear, vague = 0.03 * np.array([1, -1, 0.0]), 0.3 * np.array([1, 0, -1.0])
    scores = {"mse": [0.9] * 3, "l1": 0.4 + 8 * clear, "hinge": 0.89 + vague / 9, "x": 0.88 - clear}
    rows = rank_scores(scores, test_to_train=0.05)
    assert [row.never_settles for row in rows[1:]] == [True, True, False]
    assert verdict(rows, test_to_train=0.05).endswith(
        "against hinge, x and l1. About 5 splits would settle mse against l1; no number of splits "
        "of this table would settle the other 2 differences; more rows could."
    )


def test_a_difference_that_more_splits_would_settle_says_how_many():
    spread = 0.03 * np.array([1, -1, 0.0])
    rows = rank_scores({"mse": [0.9] * 3, "l1": 0.83 + spread}, test_to_train=0.1)
    assert rows[1].verdict == "no difference shown"
    assert not rows[1].never_settles
    said = verdict(rows, test_to_train=0.1)
    assert said.endswith("About 4 splits would settle mse against l1.")
    # With as many splits, and mean and spread as they are, it is settled indeed.
    more = 0.03 * np.sqrt(3 / 4) * np.array([1, -1, 1, -1])
    assert np.std(more, ddof=1) == pytest.approx(np.std(spread, ddof=1))
    settled = rank_scores({"mse": [0.9] * 4, "l1": 0.83 + more}, test_to_train=0.1)
    assert settled[1].verdict == "worse"


def test_several_open_differences_are_counted_in_one_sentence():
    spread = 0.03 * np.array([1, -1, 0.0])
    scores = {"mse": [0.9] * 3, "l1": 0.83 + spread, "hinge": 0.82 - spread}
    said = verdict(rank_scores(scores, test_to_train=0.05), test_to_train=0.05)
    assert "About 5 splits would settle mse against l1 and hinge." in said
    scores = {"mse": [0.9] * 3, "l1": 0.86 + spread, "hinge": 0.78 - spread}
    said = verdict(rank_scores(scores, test_to_train=0.05), test_to_train=0.05)
    assert "About 6 splits would settle mse against l1, about 4 against hinge." in said


def test_differences_that_would_be_shown_alone_may_never_be_shown_among_others():
    z = np.array([1, -1] * 5) * np.sqrt(9 / 10)  # of variance 1
    close = {"huber": 0.9 - 0.0137 + 0.01 * z, "log_cosh": 0.9 - 0.0138 - 0.01 * z}
    rows = rank_scores({"mse": [0.9] * 10, **close}, rope=0.001)
    assert [row.verdict for row in rows[1:]] == ["no difference shown"] * 2
    # Each of the two would be significant if it were the only comparison.
    for row in rows[1:]:
        assert compare_pair(row.scores.values, rows[0].scores.values, FIVE_FOLDS, 0.001).p < 0.05
    assert "No number of splits of this table would settle these" in verdict(rows, rope=0.001)


def test_two_splits_are_enough_for_a_verdict_without_numbers_that_make_no_sense():
    said = verdict(rank_scores({"mse": [0.9, 0.8], "l1": [0.7, 0.75]}))
    assert said.startswith("mse has the best mean accuracy; no difference is shown against l1.")
    assert "nan" not in said


@pytest.mark.parametrize(
    ("metric", "home", "away"), [("rmse", "mse", "l1"), ("mae", "l1", "mse"), ("r2", "mse", "l1")]
)
def test_a_metric_that_is_a_loss_itself_is_a_home_advantage(metric, home, away):
    sign = 1 if METRICS[metric].higher_is_better else -1
    rows = rank_scores({home: 10 + sign * GOOD, away: 10 + sign * MAYBE_WORSE}, metric)
    label = METRICS[metric].label
    expected = f"{label[0].upper()}{label[1:]} is what {home} trains for, a home advantage."
    assert expected in verdict(rows, METRICS[metric])
    assert "home" not in verdict(rank_scores({home: GOOD, away: MAYBE_WORSE}))


def test_a_home_advantage_that_all_candidates_share_is_none():
    rows = rank_scores({"mse, sgd": GOOD, "mse, adam": MAYBE_WORSE}, "rmse")
    assert "home" not in verdict(rows, RMSE)


def test_several_losses_may_be_at_home_each_named_once():
    scores = {"bce_with_logits, sgd": GOOD, "bce_with_logits, adam": GOOD, "cross_entropy": GOOD}
    said = verdict(rank_scores({**scores, "mse": MAYBE_WORSE}, "log_loss"), METRICS["log_loss"])
    assert "Log loss is what bce_with_logits and cross_entropy train for, their home" in said


def test_a_single_candidate_is_said_to_be_the_only_one():
    rows = rank_scores({"mse": GOOD})
    assert verdict(rows) == "mse is the only candidate that can be ranked."
    assert recommend(rows, ACCURACY).reason == "the only candidate"


def test_candidates_that_diverged_are_named():
    rows = rank_scores({"mse": GOOD, "l1": DIVERGED, "hinge": DIVERGED})
    assert verdict(rows).endswith(
        "l1 and hinge diverged on at least one split at every learning rate."
    )
    fixed = change_rows(rows, **{row.name: {"rates": row.tuning.rates[:1]} for row in rows})
    assert verdict(fixed).endswith("l1 and hinge diverged on at least one split.")
    reason = "the best, and every other candidate diverged"
    assert recommend(rows, ACCURACY).reason == reason


def test_where_everything_diverged_there_is_nothing_to_compare_or_recommend():
    rows = rank_scores({"mse": DIVERGED, "l1": DIVERGED})
    assert verdict(rows).startswith("Every candidate diverged, so there is nothing to compare")
    assert verdict(rows).endswith("; smaller learning rates may train.")
    assert recommend(rows, ACCURACY) is None


def test_smaller_learning_rates_are_no_advice_for_what_is_wrong_on_purpose():
    rows = change_rows(rank_scores({"mse": DIVERGED, "l1": DIVERGED}), mse={"wrong": "a reason"})
    assert verdict(rows).endswith(
        "; smaller learning rates may train l1. mse is wrong on purpose and never recommended."
    )
    said = verdict(change_rows(rows, l1={"wrong": "a reason"}))
    assert said.endswith("; all are wrong on purpose: add a pairing that fits.")


def test_what_is_wrong_on_purpose_is_never_recommended_even_if_it_is_the_best():
    rows = rank_scores({"mse": CLEARLY_WORSE, "l1": CLEARLY_WORSE - 0.1, "cross_entropy": GOOD})
    rows = with_log_loss(rows, cross_entropy=0.01)
    rows = change_rows(rows, cross_entropy={"wrong": "softmax twice"})
    assert rows[0].name == "cross_entropy"
    assert verdict(rows).endswith("cross_entropy is wrong on purpose and never recommended.")
    chosen = recommend(rows, ACCURACY)
    assert (chosen.name, chosen.reason) == (
        "mse",
        "the best of those that are not wrong on purpose",
    )
    assert recommend(change_rows(rows, mse={"wrong": "x"}, l1={"wrong": "y"}), ACCURACY) is None


def test_what_is_wrong_on_purpose_leaves_the_choice_to_the_others():
    rows = rank_scores({"mse": GOOD, "l1": MAYBE_WORSE, "hinge": CLEARLY_WORSE})
    rows = change_rows(rows, l1={"wrong": "a reason"})
    reason = "the best, and every other candidate is shown worse or is wrong on purpose"
    assert recommend(rows, ACCURACY).reason == reason
    behind = change_rows(rows, mse={"wrong": "a reason"}, l1={"wrong": None})
    reason = "not shown worse than the best, and every other candidate is shown worse or is wrong"
    assert recommend(behind, ACCURACY).name == "l1"
    assert recommend(behind, ACCURACY).reason.startswith(reason)


def test_the_best_is_recommended_where_the_other_is_shown_worse():
    rows = with_log_loss(rank_scores({"mse": GOOD, "l1": CLEARLY_WORSE}), mse=0.9, l1=0.1)
    chosen = recommend(rows, ACCURACY)
    assert (chosen.name, chosen.loss, chosen.head) == ("mse", "mse", "identity")
    assert (chosen.optimizer, chosen.lr) == ("adam", 0.003)
    assert chosen.reason == "the best, and the other candidate is shown worse"


def test_among_those_not_shown_worse_the_best_log_loss_is_recommended():
    rows = rank_scores({"mse": GOOD, "hinge": LIKE_GOOD, "l1": MAYBE_WORSE, "x": CLEARLY_WORSE})
    rows = with_log_loss(rows, mse=0.4, l1=0.3, x=0.1)
    chosen = recommend(rows, ACCURACY)
    assert chosen.name == "l1"
    assert chosen.reason == (
        "the best log loss (0.300) of the 2 whose probabilities can be trusted, among the 3 not "
        "shown worse than the best"
    )
    everyone = recommend(with_log_loss(rows, mse=0.4, l1=0.5, hinge=math.inf, x=0.1), ACCURACY)
    assert everyone.name == "mse"


def test_probabilities_of_losses_that_are_not_proper_are_nothing_to_choose_by():
    rows = rank_scores({"mse": GOOD, "focal": LIKE_GOOD, "bce": MAYBE_WORSE, "own": LIKE_GOOD})
    rows = with_log_loss(rows, mse=0.4, bce=0.3, focal=0.2, own=0.1)
    rows = change_rows(rows, focal={"proper": False}, own={"proper": False})
    assert recommend(rows, ACCURACY).name == "bce"
    alone = recommend(change_rows(rows, mse={"proper": False}), ACCURACY)
    assert (alone.name, alone.reason) == (
        "bce",
        "the only one whose probabilities can be trusted, among the 4 not shown worse than the "
        "best",
    )
    none = change_rows(rows, **{row.name: {"proper": False} for row in rows})
    assert recommend(none, ACCURACY).reason == "the simplest of the 4 not shown worse than the best"


def test_without_probabilities_the_least_sensitive_to_the_learning_rate_is_recommended():
    rows = rank_scores({"huber": 10 - GOOD, "l1": 10 - LIKE_GOOD}, "rmse")
    rows = change_rows(rows, huber={"rates": rates(9.0, 9.5)}, l1={"rates": rates(9.1, 9.2)})
    chosen = recommend(rows, RMSE)
    assert chosen.name == "l1"
    assert chosen.reason == (
        "the least sensitive to the learning rate (its mean RMSE changes by 0.1) of the 2 not "
        "shown worse than the best"
    )


def test_of_losses_of_values_those_that_aim_at_what_the_metric_rewards_are_recommended():
    rows = rank_scores({"l1": 10 - GOOD, "mse": 10 - LIKE_GOOD, "huber": 10 - GOOD}, "rmse")
    chosen = recommend(rows, RMSE)
    assert chosen.name == "mse"
    assert chosen.reason == (
        "the only one whose loss aims at the mean, which RMSE rewards, among the 3 not shown worse "
        "than the best"
    )
    counts = rank_scores({"mse": 10 - LIKE_GOOD, "poisson_nll": 10 - GOOD, "l1": 10 - GOOD}, "rmse")
    best = min((row for row in counts if row.name != "l1"), key=lambda row: row.scores.mean)
    chosen = recommend(counts, RMSE)
    assert chosen.name == best.name
    assert chosen.reason.startswith("the best of the 2 whose loss aims at the mean")


def test_divergence_at_any_rate_is_the_greatest_sensitivity():
    rows = rank_scores({"mse": GOOD, "l1": LIKE_GOOD})
    lost = {"rates": rates(0.8, 0.8, diverged=1), "diverged": 1}
    assert measure_lr_sensitivity(change_rows(rows, mse=lost)[0]) == math.inf
    steep = {"rates": rates(0.9, 0.1)}
    assert recommend(change_rows(rows, mse=lost, l1=steep), ACCURACY).name == "l1"
    both = recommend(change_rows(rows, mse=lost, l1=lost), ACCURACY)
    assert both.reason == "the simplest of the 2 not shown worse than the best"


def test_only_rates_that_were_tried_on_every_split_count_for_sensitivity():
    (row,) = rank_scores({"mse": GOOD})
    few = replace(rates(0.1)[0], scores=np.array([0.1] * 2 + [np.nan] * 8))
    assert measure_lr_sensitivity(change_row(row, rates=(few, *rates(0.8, 0.9)))) == pytest.approx(
        0.1
    )
    assert measure_lr_sensitivity(change_row(row, rates=rates(0.8))) == 0.0


@pytest.mark.parametrize("order", [["hinge", "mse", "l1"], ["mse", "own", "l1"], ["own", "l1"]])
def test_else_the_first_of_the_catalogue_is_the_simplest(order):
    rows = rank_scores(dict.fromkeys(order, GOOD))
    chosen = recommend(rows, ACCURACY)
    assert chosen.name == "l1"
    assert chosen.reason.startswith("the simplest of the")


def test_simplicity_follows_the_catalogue_then_the_size_of_the_network():
    (row,) = rank_scores({"mse": GOOD})
    in_order = [change_row(row, catalogue=name) for name in [*LOSSES, None]]
    assert sorted(in_order, key=rank_simplicity) == in_order
    by_size = [change_row(row, hidden=hidden) for hidden in [(), (8,), (64,), (4, 4)]]
    assert sorted(by_size, key=rank_simplicity) == by_size


SCORES = st.lists(st.floats(0, 1), min_size=4, max_size=4)


@given(
    st.dictionaries(st.sampled_from(["l1", "mse", "hinge", "x"]), SCORES, min_size=1),
    st.sets(st.sampled_from(["l1", "mse", "hinge"])),
    st.sets(st.sampled_from(["mse", "hinge", "x"])),
    st.dictionaries(st.sampled_from(["mse", "hinge", "x"]), st.floats(0, 5)),
)
def test_a_verdict_ends_in_one_sound_recommendation_wherever_there_is_one(
    scores, wrong, lost, log_losses
):
    rows = rank_scores(
        {name: DIVERGED[:4] if name in lost else own for name, own in scores.items()}
    )
    rows = change_rows(
        with_log_loss(rows, **log_losses), **{name: {"wrong": "a reason"} for name in wrong}
    )
    sound = [row for row in rows if row.candidate.wrong is None and row.verdict != "diverged"]
    said, chosen = verdict(rows), recommend(rows, ACCURACY)
    assert said.endswith(".")
    assert "  " not in said
    assert (chosen is None) == (not sound)
    if chosen is None:
        return
    assert chosen.name in {row.name for row in sound}
    assert chosen.reason
    fit = [row for row in sound if row.verdict != "worse"]
    assert not fit or chosen.name in {row.name for row in fit}
    likely = [row.scores.metrics["log_loss"] for row in fit if "log_loss" in row.scores.metrics]
    if likely:
        (own,) = [row for row in fit if row.name == chosen.name]
        assert own.scores.metrics["log_loss"] == min(likely)


def test_names_are_joined_as_a_sentence_does():
    assert [join_names([]), join_names(["a"]), join_names(["a", "b"])] == ["", "a", "a and b"]


@pytest.mark.parametrize(("share", "metric"), [(0.70, "accuracy"), (0.71, "balanced_accuracy")])
def test_above_seventy_per_cent_of_one_class_balanced_accuracy_ranks_and_it_is_said(share, metric):
    found = compare_table(make_skewed_table(share), loss="mse", lr=0.01)
    assert found.metric.name == metric
    assert f"{100 * share:.1f} %" in found.metric.reason
    assert found.rows[0].scores.mean == found.rows[0].scores.metrics[metric]


def test_numbers_are_ranked_by_rmse_in_their_own_units_within_a_hundredth_of_their_spread():
    data = table("regression")
    found = compare_table(data, loss="mse", lr=0.01)
    assert (found.metric.name, found.metric.higher_is_better) == ("rmse", False)
    assert found.metric.rope == pytest.approx(0.01 * np.std(data.y))
    assert 10 < found.rows[0].scores.mean < 5 * np.std(data.y)


def test_the_metric_asked_for_ranks_and_the_rope_asked_for_decides():
    found = compare_table(table(), loss="mse,hinge", lr=0.01, metric="auc", rope=1.0)
    assert (found.metric.name, found.metric.reason) == ("auc", "as asked")
    assert {row.verdict for row in found.rows[1:]} <= {"practically equal", "tied"}
    assert "within 1." in found.verdict


def test_where_only_wrong_pairings_were_ranked_nothing_is_recommended_and_it_says_so():
    rows = change_rows(rank_scores({"mse": [0.8, 0.81, 0.79]}), mse={"wrong": "a reason"})
    assert recommend(rows, METRICS["accuracy"]) is None
    assert verdict(rows).endswith("since no pairing that fits was ranked: add one.")
