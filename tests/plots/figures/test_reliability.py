"""The reliability diagram counts right, and draws what it counted."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve

from drawing_samples import draw_data
from figure_samples import draw_probabilities
from losslab.core.errors import DataError, OptionError
from losslab.plots.figures import reliability
from losslab.plots.theme import LIGHT


def test_bins_are_those_of_scikit_learn():
    labels, chance = draw_probabilities()
    observed, predicted = calibration_curve(labels, chance, n_bins=10)
    data = reliability.prepare(labels, chance)
    np.testing.assert_allclose([one.observed for one in data.bins], observed)
    np.testing.assert_allclose([one.predicted for one in data.bins], predicted)
    assert sum(one.count for one in data.bins) == data.rows == 400


@pytest.mark.parametrize(
    ("hits", "count"), [(0, 1), (1, 1), (3, 10), (0, 25), (25, 25), (499, 999)]
)
def test_intervals_are_wilsons(hits, count):
    expected = binomtest(hits, count).proportion_ci(method="wilson")
    low, high = reliability.wilson_interval(hits, count)
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= low <= hits / count <= high <= 1


def test_the_calibration_error_weighs_each_bin_by_its_rows():
    # Three rows at 0.9 of which one comes true, one row at 0.1 that does not.
    data = reliability.prepare([1, 0, 0, 0], [0.9, 0.9, 0.9, 0.1])
    assert data.error == pytest.approx((3 * (0.9 - 1 / 3) + 0.1) / 4)
    assert f"Expected calibration error {data.error:.3f}, N = 4 rows" in reliability.write_caption(
        data
    )


def test_probabilities_that_come_true_have_no_error():
    chance = np.repeat([0.05, 0.25, 0.75], [20, 20, 20])
    labels = np.concatenate([np.arange(20) < 20 * one for one in (0.05, 0.25, 0.75)]).astype(int)
    assert reliability.prepare(labels, chance).error == pytest.approx(0)


def test_an_edge_belongs_to_the_bin_above_it_and_one_to_the_last():
    data = reliability.prepare([0, 1, 1], [0.5, 1.0, 0.0], bins=2)
    assert [(one.start, one.count) for one in data.bins] == [(0.0, 1), (0.5, 2)]


def test_bins_without_rows_are_left_out():
    data = reliability.prepare([0, 1], [0.05, 0.95])
    assert [(one.start, one.end) for one in data.bins] == [(0.0, 0.1), (0.9, 1.0)]


def test_two_columns_are_read_as_the_second_one_alone():
    labels, chance = draw_probabilities()
    both = np.column_stack((1 - chance, chance))
    assert reliability.prepare(labels, both) == reliability.prepare(labels, chance)
    assert reliability.prepare(labels, chance[:, None]) == reliability.prepare(labels, chance)


def test_of_several_classes_the_most_probable_one_is_judged():
    table = [[0.7, 0.2, 0.1], [0.1, 0.75, 0.15], [0.3, 0.3, 0.4]]
    data = reliability.prepare([0, 2, 2], table)
    assert [(one.count, one.observed) for one in data.bins] == [(1, 1.0), (2, 0.5)]
    assert [one.predicted for one in data.bins] == pytest.approx([0.4, 0.725])
    assert data.event == "the most probable class"


def test_marks_bars_and_counts_are_drawn_at_their_values():
    data = reliability.prepare(*draw_probabilities(), positive="malignant")
    _, ax = draw_data("reliability", data)
    shares, counts = ax.child_axes
    diagonal, line = shares.lines
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    np.testing.assert_allclose(
        line.get_xydata(), [(one.predicted, one.observed) for one in data.bins]
    )
    ends = [segment[:, 1].tolist() for segment in shares.collections[0].get_segments()]
    assert ends == [[one.low, one.high] for one in data.bins]
    assert [bar.get_height() for bar in counts.patches] == [one.count for one in data.bins]
    assert [bar.get_x() for bar in counts.patches] == [one.start for one in data.bins]
    assert shares.get_ylabel() == "observed share of malignant"
    assert counts.get_xlabel() == "predicted probability of malignant"
    assert line.get_color() == LIGHT.series[0] != diagonal.get_color()


@pytest.mark.parametrize(
    ("labels", "probabilities", "said"),
    [
        ([0, 1], [0.5], "shapes (2,) and (1,)"),
        ([], [], "at least one row"),
        ([0, 1], [-0.2, 3.0], "values from -0.2 to 3"),
        ([0, 1], [0.5, np.nan], "from 0 to 1"),
        ([0, 2], [0.5, 0.5], "class codes 0 to 1"),
        (["no", "yes"], [0.5, 0.5], "'no'"),
        ([0, 1], [[0.5, 0.6], [0.5, 0.5]], "sums from 1 to 1.1"),
        ([[0], [1]], [[[0.5]], [[0.5]]], "shapes"),
    ],
)
def test_what_is_no_probability_or_label_is_refused(labels, probabilities, said):
    with pytest.raises(DataError) as caught:
        reliability.prepare(labels, probabilities)
    assert said in str(caught.value)


@pytest.mark.parametrize("bins", [0, -3, 2.5])
def test_bins_are_a_whole_number_of_at_least_one(bins):
    with pytest.raises(OptionError, match="at least one bin"):
        reliability.prepare([0, 1], [0.2, 0.8], bins=bins)
