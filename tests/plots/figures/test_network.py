"""The network diagram counts parameters as PyTorch does, and abbreviates wide layers."""

import numpy as np
import pytest

from drawing_samples import draw_data, find_texts
from figure_samples import CLASSES, FEATURES
from losslab import MLP
from losslab.core.errors import OptionError, UnknownNameError
from losslab.plots.figures import network
from losslab.plots.render import SLIM, WIDE


@pytest.mark.parametrize("hidden", [(), (5,), (64, 64, 64, 64), (100, 3)])
def test_parameters_are_those_of_the_model(hidden):
    model = MLP(7, hidden, 3, seed=0)
    data = network.prepare(7, hidden, 3)
    assert sum(data.parameters) == sum(part.numel() for part in model.parameters())
    sizes = [weights.size + biases.size for weights, biases in model.get_weights()]
    assert list(data.parameters) == sizes


def test_layers_have_widths_and_functions():
    data = network.prepare(4, (16, 8), 3, "tanh", "softmax")
    assert [(layer.width, layer.function) for layer in data.layers] == [
        (4, "inputs"),
        (16, "tanh"),
        (8, "tanh"),
        (3, "softmax"),
    ]
    assert network.write_alt(data) == (
        "Fully connected network: 4 inputs, then 16 with tanh, then 8 with tanh, then 3 "
        "with softmax. 243 parameters."
    )


@pytest.mark.parametrize("width", [WIDE, SLIM])
def test_a_layer_has_a_circle_for_each_unit_or_six_and_dots(width):
    data = network.prepare(3, (8, 9), 1)
    _, ax = draw_data("network", data, width)
    circles = [line for line in ax.lines if line.get_gid() is None]
    assert [len(line.get_xdata()) for line in circles] == [3, 8, 6, 1]
    assert [line.get_xdata()[0] for line in circles] == [0, 1, 2, 3]
    dots = [line for line in ax.lines if line.get_gid() == "more units than are drawn"]
    assert [line.get_xdata()[0] for line in dots] == [2]
    assert network.write_caption(data).endswith("Dots: more units than are drawn.")
    assert "Dots" not in network.write_caption(network.prepare(3, (8,), 1))


def test_units_are_evenly_spread_around_the_middle():
    for width in (1, 2, 5, 8):
        (layer, *_) = network.prepare(width, (), 1).layers
        places = np.array(layer.heights)
        np.testing.assert_allclose(places, -places[::-1], atol=1e-12)
        np.testing.assert_allclose(np.diff(places), -2 / 7)


def test_every_drawn_unit_is_joined_to_all_of_the_next_layer():
    data = network.prepare(2, (3,), 1)
    _, ax = draw_data("network", data)
    (joints,) = ax.collections
    assert len(joints.get_segments()) == 2 * 3 + 3 * 1


def test_widths_functions_parameters_and_names_are_written():
    data = network.prepare(4, (1000,), 3, "gelu", "softmax", features=FEATURES, outputs=CLASSES)
    shown = find_texts(draw_data("network", data)[0])
    assert {"4", "1,000", "3", "inputs", "gelu", "softmax", "5,000", "3,003"} <= set(shown)
    assert {*FEATURES, *CLASSES} <= set(shown)


def test_names_of_a_layer_that_is_not_drawn_whole_are_left_out():
    data = network.prepare(9, (), 1, features=[f"feature {place}" for place in range(9)])
    assert data.layers[0].names == ()


@pytest.mark.parametrize("widths", [(0, (), 1), (2, (0,), 1), (2, (3,), -1), (2.5, (), 1)])
def test_widths_are_whole_numbers_of_at_least_one(widths):
    with pytest.raises(OptionError, match="integers of at least 1"):
        network.prepare(*widths)


def test_unknown_functions_and_missing_names_are_refused():
    with pytest.raises(UnknownNameError, match="relu"):
        network.prepare(2, (3,), 1, "relo")
    with pytest.raises(UnknownNameError, match="sigmoid"):
        network.prepare(2, (3,), 1, head="sigmid")
    with pytest.raises(OptionError, match="a name for each of 4 features"):
        network.prepare(4, (), 1, features=["a"])
