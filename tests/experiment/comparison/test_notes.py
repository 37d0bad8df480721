"""Notes of a comparison on what its numbers alone would hide."""

import numpy as np

from example_rows import change_row, rank_scores
from losslab.experiment.comparison.candidates import Candidate
from losslab.experiment.comparison.notes import note_edge_rates, note_far_splits
from losslab.metrics.catalog import METRICS
from losslab.training.run import Run

CALM = np.linspace(2.0, 2.2, 10)


def test_one_split_that_is_far_off_is_named_with_its_candidate():
    exploded = CALM.copy()
    exploded[3] = 218.4
    rows = rank_scores({"poisson_nll": exploded, "mse": CALM}, "rmse")
    (note,) = note_far_splits(rows, METRICS["rmse"])
    assert note == (
        "poisson_nll: one split is far off (RMSE 218, the median is 2.12), and with it the mean; "
        "look for rows unlike all others"
    )


def test_splits_that_merely_differ_and_metrics_with_a_ceiling_draw_no_note():
    assert not note_far_splits(
        rank_scores({"mse": CALM * np.linspace(1, 2, 10)}, "rmse"), METRICS["rmse"]
    )
    assert not note_far_splits(
        rank_scores({"mse": np.array([0.1] * 9 + [0.9])}), METRICS["accuracy"]
    )


def make_row(name, lrs, wrong=None):
    (row,) = rank_scores({name: CALM}, "rmse")
    return change_row(row, lrs=tuple(lrs), wrong=wrong)


def notes_on(*rows, tried=(0.001, 0.01, 0.1)):
    run = Run(loss="mse", task="regression")
    candidates = [Candidate(name=row.name, run=run, rates=tried) for row in rows]
    return note_edge_rates(candidates, rows)


SMALLEST, LARGEST, INNER = [0.001] * 6 + [0.01] * 4, [0.1] * 10, [0.01] * 10


def test_a_rate_at_an_end_of_those_tried_is_noted_for_all_losses_at_once():
    assert notes_on(make_row("mse", SMALLEST), make_row("l1", INNER)) == [
        "mse: most splits chose the smallest learning rate tried, 0.001; a smaller one may be "
        "better"
    ]
    several = [make_row(name, SMALLEST) for name in ("mse", "l1", "huber")]
    assert notes_on(*several, make_row("log_cosh", LARGEST)) == [
        "3 of 4 candidates (mse, l1, huber): most splits chose the smallest learning rate tried, "
        "0.001; a smaller one may be better",
        "log_cosh: most splits chose the largest learning rate tried, 0.1; a larger one may be "
        "better",
    ]


def test_a_rate_that_half_of_the_splits_chose_one_alone_and_a_wrong_pairing_draw_no_note():
    assert notes_on(make_row("mse", [0.001] * 5 + [0.01] * 5)) == []
    assert notes_on(make_row("mse", SMALLEST, wrong="softmax twice")) == []
    assert notes_on(make_row("mse", [0.001] * 10), tried=(0.001,)) == []
