"""Losses, activations and heads as curves: at their values, with their gradients."""

import math

import numpy as np
import pytest

from drawing_samples import draw_data
from figure_samples import list_curves
from losslab.core.errors import OptionError, UnknownNameError
from losslab.objectives.catalog import HEADS
from losslab.plots.figures import activations, loss_curve
from losslab.plots.render import SLIM
from losslab.training.catalog import ACTIVATIONS

Z = np.linspace(-4, 4, 161)


def at(function, x):
    return function.value[int(np.argmin(np.abs(np.array(function.x) - x)))]


def test_losses_of_one_axis_share_their_panels_with_their_values_and_gradients():
    (pair,) = loss_curve.prepare(list_curves("mse", "l1")).pairs
    mse, l1 = pair.functions
    x = np.array(mse.x)
    np.testing.assert_allclose(mse.value, x**2)
    np.testing.assert_allclose(mse.gradient, 2 * x)
    np.testing.assert_allclose(l1.value, abs(x))
    np.testing.assert_allclose(l1.gradient, np.sign(x))
    assert pair.axis == "error: prediction minus target"


def test_margin_losses_are_followed_along_the_score():
    (pair,) = loss_curve.prepare(list_curves("hinge", "squared_hinge", "bce_with_logits")).pairs
    x = np.array(pair.functions[0].x)
    hinge, squared, logistic = (np.array(one.value) for one in pair.functions)
    np.testing.assert_allclose(hinge, np.maximum(0, 1 - x))
    np.testing.assert_allclose(squared, np.maximum(0, 1 - x) ** 2)
    np.testing.assert_allclose(logistic, np.log1p(np.exp(-x)))


def test_losses_of_different_axes_have_panels_of_their_own():
    data = loss_curve.prepare(list_curves("mse", "hinge"))
    assert [pair.axis for pair in data.pairs] == [
        "error: prediction minus target",
        "score, for y = 1",
    ]
    assert [len(pair.functions) for pair in data.pairs] == [1, 1]
    _, ax = draw_data("loss_curve", data)
    assert len(ax.child_axes) == 4


def test_losses_that_coincide_are_one_line_with_both_names():
    data = loss_curve.prepare(list_curves("huber", "mse", "smooth_l1"))
    labels = [one.label for one in data.pairs[0].functions]
    assert labels == ["huber, smooth_l1", "mse"]
    assert "Identical, so drawn as one line: huber, smooth_l1." in loss_curve.write_caption(data)


def test_the_labels_of_a_loss_of_pairs_are_lines_of_their_own():
    (pair,) = loss_curve.prepare(list_curves("cosine_embedding")).pairs
    assert [one.label for one in pair.functions] == [
        "cosine_embedding (y = 1)",
        "cosine_embedding (y = -1)",
    ]


def test_a_steep_loss_does_not_flatten_the_others_and_is_named():
    data = loss_curve.prepare(list_curves("squared_hinge", "bce_with_logits", "poisson_nll"))
    assert all(pair.value_view[0] < 0 < pair.value_view[1] for pair in data.pairs)
    steep = activations.prepare([], ["sigmoid", "exp"])
    assert steep.pairs[0].value_view[1] < 5 < math.exp(4)
    assert activations.write_caption(steep).endswith("Continues off the scale: exp.")


def test_no_curves_are_refused():
    with pytest.raises(OptionError, match="at least one curve"):
        loss_curve.prepare([])


@pytest.mark.parametrize("width", [8.4, SLIM])
def test_every_loss_is_drawn_twice_and_named_in_a_key_with_the_first_on_top(width):
    data = loss_curve.prepare(list_curves("mse", "l1", "huber"))
    _, ax = draw_data("loss_curve", data, width)
    panels = dict(zip(("value", "gradient"), ax.child_axes, strict=True))
    for quantity, panel in panels.items():
        drawn = [line for line in panel.lines if len(line.get_xdata()) > 2]
        for one, line in zip(data.pairs[0].functions, reversed(drawn), strict=True):
            np.testing.assert_array_equal(line.get_ydata(), getattr(one, quantity))
            assert line.get_marker() != "None", "colour is the only difference"
        assert len({line.get_marker() for line in drawn}) == 3
    keyed = panels["value" if width == SLIM else "gradient"]
    assert [text.get_text() for text in keyed.get_legend().get_texts()] == ["mse", "l1", "huber"]
    assert panels["value"].get_ylabel() == "loss per row"
    assert panels["gradient"].get_ylabel() == "gradient"
    stacked = panels["value"].get_position().y0 > panels["gradient"].get_position().y1
    assert stacked == (width == SLIM)


EXPECTED = {
    "relu": np.maximum(Z, 0),
    "tanh": np.tanh(Z),
    "gelu": Z * np.array([0.5 * math.erfc(-z / math.sqrt(2)) for z in Z]),
    "silu": Z / (1 + np.exp(-Z)),
    "leaky_relu": np.where(Z > 0, Z, 0.01 * Z),
    "identity": Z,
    "sigmoid": 1 / (1 + np.exp(-Z)),
    "softmax": np.exp(Z) / (1 + np.exp(Z)),
    "log_softmax": -np.log1p(np.exp(-Z)),
    "softplus": np.log1p(np.exp(Z)),
    "exp": np.exp(Z),
    "normalize": Z / np.sqrt(1 + Z**2),
}


def every_function():
    return [one for pair in activations.prepare().pairs for one in pair.functions]


def test_all_activations_and_heads_are_there():
    between, after = activations.prepare().pairs
    assert [one.label for one in between.functions] == list(ACTIVATIONS)
    assert [one.label for one in after.functions] == list(HEADS)


@pytest.mark.parametrize("function", every_function(), ids=lambda one: one.label)
def test_a_function_has_the_values_of_its_formula_and_the_gradients_of_its_values(function):
    np.testing.assert_allclose(function.x, Z)
    np.testing.assert_allclose(function.value, EXPECTED[function.label], atol=1e-12)
    rises = np.gradient(np.array(function.value), Z)
    smooth = np.abs(Z) > 0.1  # beyond the kink of relu
    np.testing.assert_allclose(
        np.array(function.gradient)[smooth][2:-2], rises[smooth][2:-2], rtol=2e-3, atol=2e-3
    )


def test_heads_that_read_several_outputs_say_what_stands_beside():
    data = activations.prepare([], ["softmax", "normalize", "sigmoid"])
    assert data.other_outputs == (("softmax", 0.0), ("normalize", 1.0))
    assert "the other is 0 for softmax, 1 for normalize." in activations.write_caption(data)
    assert "Heads over several" not in activations.write_caption(activations.prepare(["relu"], []))


def test_unknown_or_no_functions_are_refused():
    with pytest.raises(UnknownNameError, match="relu"):
        activations.prepare(["relo"])
    with pytest.raises(OptionError, match="at least one activation or head"):
        activations.prepare([], [])


def test_activations_stand_above_heads():
    data = activations.prepare(["relu"], ["sigmoid"])
    _, ax = draw_data("activations", data)
    labels = [panel.get_ylabel() for panel in ax.child_axes]
    assert labels == ["activation", "gradient", "head's output", "gradient"]
    tops = [panel.get_position().y1 for panel in ax.child_axes]
    assert tops[0] == pytest.approx(tops[1])
    assert tops[2] < tops[0]
