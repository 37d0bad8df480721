"""Weight histograms lose no weight, and keep zeros apart."""

import numpy as np
import pytest

from drawing_samples import draw_data, find_texts
from figure_samples import draw_weights
from losslab.core.errors import DataError, OptionError
from losslab.plots.figures import weights
from losslab.plots.render import SLIM, WIDE

EPOCHS = (0, 3, 9)
SIZES = [(4, 16), (16, 1)]


def test_every_weight_is_counted_once_and_exact_zeros_apart():
    matrices = draw_weights(SIZES, EPOCHS)
    for place, layer in enumerate(weights.prepare(EPOCHS, matrices).layers):
        for row, layers in zip(layer.rows, matrices, strict=True):
            given = layers[place]
            assert row.zeros == np.count_nonzero(given == 0)
            assert sum(row.counts) + row.zeros == row.weights == given.size
            expected, _ = np.histogram(given[given != 0], bins=np.array(layer.edges))
            np.testing.assert_array_equal(row.counts, expected)
    assert weights.prepare(EPOCHS, matrices).layers[0].rows[-1].zeros > 0


def test_a_tiny_weight_is_no_zero():
    (layer,) = weights.prepare([1], [[[[1e-300, 0.0, -0.0, 1.0]]]]).layers
    assert layer.rows[0].zeros == 2
    assert sum(layer.rows[0].counts) == 2


def test_bins_are_the_same_at_every_epoch_and_symmetric():
    data = weights.prepare([0, 1], [[[[-3.0, 1.0]]], [[[0.5, 0.1]]]], bins=6)
    (layer,) = data.layers
    np.testing.assert_allclose(layer.edges, np.linspace(-3, 3, 7))
    assert [row.counts for row in layer.rows] == [(1, 0, 0, 0, 1, 0), (0, 0, 0, 2, 0, 0)]


def test_a_layer_of_zeros_only_has_empty_hills():
    data = weights.prepare([5], [[np.zeros((3, 2))]])
    assert set(data.layers[0].rows[0].counts) == {0}
    assert weights.write_alt(data).endswith("after epoch 5 6 of 6 exactly zero.")


@pytest.mark.parametrize("width", [WIDE, SLIM])
def test_each_epoch_of_each_layer_is_a_hill_on_its_own_line(width):
    data = weights.prepare(EPOCHS, draw_weights(SIZES, EPOCHS), names=["first", "last"])
    canvas, ax = draw_data("weights", data, width)
    first, last = ax.child_axes
    for layer, panel in zip(data.layers, (first, last), strict=True):
        hills = [patch.get_data() for patch in panel.patches]
        assert len(hills) == 3 * len(layer.rows)
        most = max(max(row.counts) for row in layer.rows)
        for place, row in enumerate(layer.rows):
            drawn = hills[3 * place + 1]
            np.testing.assert_allclose(drawn.edges, layer.edges)
            np.testing.assert_allclose((place - drawn.values) / 1.6 * most, row.counts)
        assert [label.get_text() for label in panel.get_yticklabels()] == ["0", "3", "9"]
        assert panel.yaxis_inverted()
    side_by_side = first.get_position().y0 == pytest.approx(last.get_position().y0)
    assert side_by_side == (width == WIDE)
    assert {"first, 64 weights", "last, 16 weights"} <= set(find_texts(canvas))


def test_the_share_of_zeros_stands_beside_each_hill():
    matrices = [[np.array([[1.0] * 400])], [np.array([[0.0] + [1.0] * 399])], [np.zeros((1, 400))]]
    canvas, _ = draw_data("weights", weights.prepare([0, 1, 2], matrices))
    shown = find_texts(canvas)
    assert [text for text in shown if text.endswith("%")] == ["0 %", "< 1 %", "100 %"]


@pytest.mark.parametrize(
    ("epochs", "matrices", "said"),
    [
        ([0, 1], [[[[1.0]]]], "2 epochs and 1 lists"),
        ([0, 1], [[[[1.0]]], [[[1.0]], [[2.0]]]], "same layers for each epoch"),
        ([], [], "same layers"),
        ([0], [[]], "same layers"),
        ([0], [[[[np.nan]]]], "finite weights"),
        ([0], [[[[np.inf]]]], "finite weights"),
        ([0], [[np.empty((0, 3))]], "at least one for each layer"),
    ],
)
def test_what_does_not_match_or_is_not_finite_is_refused(epochs, matrices, said):
    with pytest.raises(DataError) as caught:
        weights.prepare(epochs, matrices)
    assert said in str(caught.value)


def test_names_and_bins_are_checked():
    with pytest.raises(DataError, match="a name for each of 1 layers"):
        weights.prepare([0], [[[[1.0]]]], names=["a", "b"])
    with pytest.raises(OptionError, match="at least two bins"):
        weights.prepare([0], [[[[1.0]]]], bins=1)
