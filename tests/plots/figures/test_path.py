"""What the figures of a path show: its numbers, the chosen alpha, alpha 0 apart."""

import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

import losslab
from drawing_samples import check_legible, draw_data, every_theme, find_texts, is_plain
from losslab.core.errors import OptionError
from losslab.plots.alpha_axis import place_alphas
from losslab.plots.catalog import PATH_FIGURES
from losslab.plots.render import SLIM, WIDE, draw_panels, to_svg, write_panels
from losslab.plots.theme import DARK
from path_samples import frame, linear, two_species

every_width = pytest.mark.parametrize("width", [WIDE, SLIM])
every_path_figure = pytest.mark.parametrize("figure", PATH_FIGURES.values(), ids=PATH_FIGURES)


def data_for(figure):
    """Prepared data, with alpha 0 among the alphas where the figure shows networks."""
    path = linear() if figure.name == "coefficient_path" else two_species()
    return figure.prepare(path.findings)


def lines_on(ax, label):
    return [line for line in ax.lines if line.get_label() == label]


@every_path_figure
def test_prepared_data_is_frozen_and_plain(figure):
    data = data_for(figure)
    assert is_plain(data)
    json.dumps(dataclasses.asdict(data))


@every_path_figure
@every_width
def test_nothing_is_clipped_and_no_two_texts_overlap(figure, width):
    canvas, _ = draw_data(figure.name, data_for(figure), width)
    check_legible(canvas)


@every_path_figure
@every_theme
def test_a_figure_is_drawn_in_the_colours_of_its_theme(figure, theme):
    drawing = to_svg(figure, data_for(figure), theme)
    assert theme.background in drawing
    assert theme.series[0] in drawing


@every_path_figure
def test_a_figure_says_in_words_what_it_shows_and_how_sure_it_is(figure):
    data = data_for(figure)
    curves = getattr(data, "curves", data)
    assert curves.penalty in figure.write_alt(data)
    assert "corrected standard error" in figure.write_caption(data)
    assert f"N = {curves.repetitions} repetitions" in figure.write_caption(data)


@every_path_figure
def test_alphas_stand_on_a_logarithmic_axis_with_a_name(figure):
    canvas, ax = draw_data(figure.name, data_for(figure))
    assert ax.get_xscale() == "log"
    assert "strength of the penalty, alpha" in find_texts(canvas)


def test_the_metric_is_drawn_at_its_means_with_bands_of_one_standard_error():
    path = two_species()
    table = path.frame()
    data = PATH_FIGURES["regularisation_path"].prepare(path.findings, "log_loss")
    held = data.curves.lines[0]
    assert held.mean == tuple(table.test_log_loss)
    np.testing.assert_allclose(held.low, table.test_log_loss - table.test_log_loss_se)
    np.testing.assert_allclose(held.high, table.test_log_loss + table.test_log_loss_se)
    assert data.curves.lines[1].mean == tuple(table.train_log_loss)
    canvas, ax = draw_data("regularisation_path", data)
    (drawn,) = lines_on(ax, "held-out rows")
    np.testing.assert_array_equal(drawn.get_xdata(), [0.01, 10])
    np.testing.assert_array_equal(drawn.get_ydata(), table.test_log_loss[1:])
    assert "log loss, lower is better" in find_texts(canvas)


def test_alpha_0_stands_apart_without_a_line_to_it():
    figure = PATH_FIGURES["regularisation_path"]
    data = figure.prepare(two_species().findings)
    _, ax = draw_data("regularisation_path", data)
    apart = place_alphas((0.0, 0.01, 10.0))[0]
    assert 0 < apart < 0.01
    there = [line for line in ax.lines if line.get_xdata()[0] == apart]
    alone = [line for line in there if line.get_marker() != "None"]
    assert {len(line.get_xdata()) for line in alone} == {1}
    assert len(alone) == 2
    names = [text.get_text() for text in ax.get_xticklabels()]
    assert dict(zip(ax.get_xticks(), names, strict=True))[apart] == "0"
    assert "Alpha 0, no penalty, is set apart" in figure.write_caption(data)


def test_the_chosen_alpha_is_marked_from_bottom_to_top_and_named():
    path = two_species()
    chosen = path.chosen.alpha
    canvas, ax = draw_data("sparsity", PATH_FIGURES["sparsity"].prepare(path.findings))
    at = place_alphas((0.0, 0.01, 10.0))[[0.0, 0.01, 10.0].index(chosen)]
    upright = [line for line in ax.lines if list(line.get_xdata()) == [at, at]]
    assert len(upright) == 1
    assert list(upright[0].get_ydata()) == [0, 1]
    assert f"chosen, {chosen:.3g}" in find_texts(canvas)


def test_what_lies_within_one_standard_error_is_shaded_for_the_metric_chosen_by_only():
    figure, path = PATH_FIGURES["regularisation_path"], linear()
    choice = path.chosen
    assert figure.prepare(path.findings).near == (choice.bound, choice.mean)
    assert figure.prepare(path.findings, "log_loss").near is None
    assert figure.prepare(path.findings, "log_loss").curves.chosen == choice.alpha


def test_sparsity_shows_shares_of_all_weights_and_of_all_features():
    path = two_species()
    weights, features = PATH_FIGURES["sparsity"].prepare(path.findings).curves.lines
    table = path.frame()
    np.testing.assert_allclose(weights.mean, 100 * table.nonzero_weights / 24)
    np.testing.assert_allclose(features.mean, 100 * table.used_features / 2)
    assert (weights.label, features.label) == ("weights, of 24", "features, of 2")


def test_where_a_feature_has_one_weight_sparsity_says_it_once():
    path = losslab.penalty_path("breast_cancer", alphas=[1, 9], hidden="none", epochs=1, seeds=1)
    data = PATH_FIGURES["sparsity"].prepare(path.findings)
    assert [line.label for line in data.curves.lines] == ["weights, of 30"]
    assert "l2 makes weights small, not zero" in PATH_FIGURES["sparsity"].write_caption(data)


def test_norms_are_shown_layer_by_layer_or_as_l1_and_l2_of_a_linear_model():
    figure = PATH_FIGURES["weight_norms"]
    table = two_species().frame()
    every, first, last = figure.prepare(two_species().findings).lines
    assert (first.label, last.label) == ("hidden layer 1", "output layer")
    assert every.mean == tuple(table.l2_norm)
    assert last.mean == tuple(table.l2_norm_layer_2)
    of_linear = figure.prepare(linear().findings).lines
    assert [line.mean for line in of_linear] == [
        tuple(linear().frame().l2_norm),
        tuple(linear().frame().l1_norm),
    ]


def test_coefficients_go_from_the_largest_to_the_smallest_and_ten_have_names():
    path = linear()
    data = PATH_FIGURES["coefficient_path"].prepare(path.findings)
    sizes = [max(map(abs, line.mean)) for line in data.curves.lines]
    assert sizes == sorted(sizes, reverse=True)
    assert [line.index for line in data.curves.lines] == [*range(10), None, None]
    table = path.frame()
    feature, output = data.curves.lines[0].label.split(", ")
    assert data.curves.lines[0].mean == tuple(table[f"coefficient of {feature} for {output}"])
    canvas, _ = draw_data("coefficient_path", data)
    assert "2 smaller" in find_texts(canvas)
    assert "score per" in " ".join(find_texts(canvas))


def test_a_network_has_no_coefficients_to_draw():
    with pytest.raises(OptionError, match="hidden layers of 8 units"):
        two_species().plot(figure="coefficient_path")


@every_width
def test_names_are_shown_as_they_are(width):
    data = frame().rename(columns={"width": "$\\frac{", "depth": "_hidden", "kind": "a$b$"})
    data["a$b$"] = np.arange(40) / 7
    path = losslab.penalty_path(
        data, target="a$b$", alphas=[0.1, 1], hidden="none", epochs=1, seeds=1
    )
    figure = PATH_FIGURES["coefficient_path"]
    canvas, _ = draw_data("coefficient_path", figure.prepare(path.findings), width)
    shown = " ".join(find_texts(canvas))
    for name in ("$\\frac{", "_hidden", "a$b$"):
        assert name in shown


def test_a_path_draws_on_axes_that_are_given():
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    assert two_species().plot(ax) is ax
    assert ax.get_legend() is not None
    with pytest.raises(OptionError, match=r"plot\(figure='sparsity'\)"):
        two_species().plot("sparsity")


def panels():
    found = linear().findings
    return [(figure.title, figure, figure.prepare(found)) for figure in PATH_FIGURES.values()]


def test_all_figures_stand_below_one_another_with_titles_and_words():
    canvas = draw_panels("iris: $l1", panels(), "how to read it", DARK)
    canvas.draw_without_rendering()
    check_legible(canvas)
    shown = find_texts(canvas)
    for title, _, _ in panels():
        assert title in shown
    assert "iris: $l1" in shown
    assert "how to read it" in shown
    tops = [ax.get_position().y1 for ax in canvas.axes]
    assert tops == sorted(tops, reverse=True)
    assert len({round(ax.get_position().x0, 6) for ax in canvas.axes}) == 1


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_same_path_gives_the_same_bytes(tmp_path, suffix):
    for name in ("a", "b"):
        write_panels(tmp_path / f"{name}.{suffix}", "iris", panels(), "how to read it")
    first, second = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in ("a", "b"))
    assert first == second
    assert b"losslab" in first[:4096]


def test_the_picture_of_a_path_has_a_panel_for_each_metric(tmp_path):
    two_species().picture(tmp_path / "networks.png")
    linear().picture(tmp_path / "linear.png")
    heights = []
    for name in ("networks", "linear"):
        with Image.open(tmp_path / f"{name}.png") as picture:
            heights.append(picture.height)
    # A linear model has its coefficients beside what a network has.
    assert heights[1] > heights[0] + 300
