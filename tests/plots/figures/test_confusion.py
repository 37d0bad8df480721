"""The confusion matrix counts right, and writes what it counted."""

import math

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from sklearn.metrics import confusion_matrix

from drawing_samples import draw_data, every_theme, find_texts
from figure_samples import CLASSES, draw_classes
from losslab.core.errors import DataError
from losslab.plots.figures import confusion
from losslab.plots.render import SLIM, WIDE


def test_counts_and_shares_are_those_of_scikit_learn():
    true, predicted = draw_classes(5, 300)
    data = confusion.prepare(true, predicted)
    np.testing.assert_array_equal(data.counts, confusion_matrix(true, predicted))
    np.testing.assert_allclose(data.shares, confusion_matrix(true, predicted, normalize="true"))
    assert data.correct == (true == predicted).sum()
    assert data.rows == 300
    assert f"accuracy {np.mean(true == predicted):.3f}." in confusion.write_caption(data)


def test_rows_are_true_classes_and_columns_predicted_ones():
    data = confusion.prepare([0, 0, 0], [1, 1, 0], classes=("a", "b"))
    assert data.counts == ((1, 2), (0, 0))
    assert "a as b 2" in confusion.write_alt(data)


def test_a_class_without_rows_has_no_shares():
    data = confusion.prepare([0], [1], classes=CLASSES)
    assert data.shares[0] == (0.0, 1.0, 0.0)
    assert all(math.isnan(share) for share in data.shares[1])


def test_without_names_the_values_that_occur_are_the_classes_in_order():
    data = confusion.prepare(["no", "yes"], ["yes", "maybe"])
    assert data.classes == ("maybe", "no", "yes")
    assert data.counts == ((0, 0, 0), (0, 0, 1), (1, 0, 0))


@pytest.mark.parametrize("width", [WIDE, SLIM])
@pytest.mark.parametrize("classes", [2, 5, 10, 20])
def test_every_count_is_written_in_its_cell_from_two_to_twenty_classes(classes, width):
    data = confusion.prepare(*draw_classes(classes, 1500))
    canvas, ax = draw_data("confusion", data, width)
    written = {}
    for text in ax.texts:
        column, row = text.xy
        written.setdefault((row, column), []).append(text.get_text())
        assert text.get_size() >= 4.5
    for row, counts in enumerate(data.counts):
        for column, count in enumerate(counts):
            assert written[row, column][0] == f"{count:,}"
    for text in ax.texts:
        across = text.get_window_extent(canvas.canvas.get_renderer()).width
        assert across <= cell_width(ax), f"{text.get_text()} is wider than its cell"


def cell_width(ax):
    (left, _), (right, _) = ax.transData.transform([(0, 0), (1, 0)])
    return right - left


def test_shares_are_written_below_counts_where_there_is_room():
    data = confusion.prepare([0, 0, 0, 1], [0, 0, 1, 1], classes=("a", "b"))
    shown = find_texts(draw_data("confusion", data)[0])
    assert {"67 %", "33 %", "100 %"} <= set(shown)
    assert "0 %" not in shown


@every_theme
def test_a_cell_is_the_deeper_the_larger_its_share_and_its_text_stands_out(theme):
    data = confusion.prepare(*draw_classes(4, 400))
    _, ax = draw_data("confusion", data, theme=theme)
    cells = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    depths = [cell.get_alpha() for cell in cells]
    shares = [share for row in data.shares for share in row]
    np.testing.assert_allclose(depths, 0.85 * np.array(shares))
    for text in ax.texts:
        column, row = text.xy
        cell = cells[row * 4 + column]
        blend = cell.get_alpha() * np.array(to_rgb(cell.get_facecolor()))
        ground = blend + (1 - cell.get_alpha()) * np.array(to_rgb(theme.background))
        assert contrast(to_rgb(text.get_color()), ground) >= 4.3, text.get_text()


def contrast(one, other):
    linear = [
        np.where(
            np.array(c) <= 0.04045, np.array(c) / 12.92, ((np.array(c) + 0.055) / 1.055) ** 2.4
        )
        for c in (one, other)
    ]
    light = sorted(float(c @ [0.2126, 0.7152, 0.0722]) for c in linear)
    return (light[1] + 0.05) / (light[0] + 0.05)


def test_true_classes_run_down_and_predicted_ones_across():
    data = confusion.prepare(*draw_classes(3, 60), classes=CLASSES)
    _, ax = draw_data("confusion", data)
    assert ax.yaxis_inverted()
    assert [label.get_text() for label in ax.get_yticklabels()] == list(CLASSES)
    assert [label.get_text() for label in ax.get_xticklabels()] == list(CLASSES)
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("true class", "predicted class")


@pytest.mark.parametrize(
    ("labels", "predictions", "classes", "said"),
    [
        ([0, 1], [0], None, "shapes (2,) and (1,)"),
        ([], [], None, "at least one"),
        ([0, 1], [[0.1, 0.9], [0.3, 0.7]], None, "not its probabilities"),
        ([0, 3], [0, 1], CLASSES, "labels such as 3"),
        (["a"], ["b"], CLASSES, "labels such as 'a'"),
    ],
)
def test_what_does_not_match_is_refused(labels, predictions, classes, said):
    with pytest.raises(DataError) as caught:
        confusion.prepare(labels, predictions, classes=classes)
    assert said in str(caught.value)
