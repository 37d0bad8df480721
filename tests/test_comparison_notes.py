"""Notes of a comparison on what its numbers alone would hide."""

import numpy as np

from example_rows import ranked
from losslab.experiment.wording import far_split_notes
from losslab.metrics.catalog import METRICS

CALM = np.linspace(2.0, 2.2, 10)


def test_one_split_that_is_far_off_is_named_with_its_candidate():
    exploded = CALM.copy()
    exploded[3] = 218.4
    rows = ranked({"poisson_nll": exploded, "mse": CALM}, "rmse")
    (note,) = far_split_notes(rows, METRICS["rmse"])
    assert note == (
        "poisson_nll: one split is far off (RMSE 218, the median is 2.12), and with it the mean; "
        "look for rows unlike all others"
    )


def test_splits_that_merely_differ_and_metrics_with_a_ceiling_draw_no_note():
    assert not far_split_notes(
        ranked({"mse": CALM * np.linspace(1, 2, 10)}, "rmse"), METRICS["rmse"]
    )
    assert not far_split_notes(ranked({"mse": np.array([0.1] * 9 + [0.9])}), METRICS["accuracy"])
