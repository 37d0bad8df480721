"""What the pictures of a landscape show, and the animation of the descent."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure as MplFigure
from PIL import Image

from landscape_samples import moons, plain
from losslab.core.errors import OptionError, UnknownNameError
from losslab.plots.catalog import LANDSCAPE_FIGURES
from losslab.plots.descent_animation import MAX_FRAMES, choose_frames, write_descent_animation
from losslab.plots.figures import landscape, trajectory
from losslab.plots.landscape.contour_surface import MARKERS, choose_levels, mix_band_colors
from losslab.plots.landscape.panels import PanelLegend, get_path_style, lay_out_panels, thin_points
from losslab.plots.render import SLIM, WIDE, to_figure
from losslab.plots.theme import DARK, LIGHT

LOST = {"optimizer": "sgd", "lr": "0.1,1e4"}
every_landscape = pytest.mark.parametrize(
    "make",
    [
        moons,
        lambda: moons("random"),
        lambda: moons(**LOST),
        lambda: moons(loss="mse,l1,bce_with_logits", optimizer="sgd,adam,adamw,rmsprop"),
        lambda: plain("saddle"),
        lambda: plain("rosenbrock", optimizer="sgd", lr="0.001,0.01", epochs=60),
    ],
    ids=["pca", "random", "lost", "many", "saddle", "rosenbrock"],
)


def panels(canvas):
    """The panels with paths on them, in reading order."""
    return [ax for ax in canvas.findobj(lambda one: hasattr(one, "get_legend")) if ax.get_legend()]


def drawn(figure, result, width=WIDE, theme=LIGHT):
    return to_figure(figure, figure.prepare(result), theme, width)


def lines_of(ax):
    """The paths' lines, in the order of the paths; the first ones are drawn last."""
    return [line for line in ax.lines if line.get_linestyle() != "None"][::-1]


def test_contours_lie_at_equal_factors_where_the_loss_spans_decades():
    levels = np.array(choose_levels(np.geomspace(1e-3, 1e3, 1000)))
    factors = (levels - 1e-3)[1:] / (levels - 1e-3)[:-1]
    np.testing.assert_allclose(factors, factors[0])
    assert levels[-1] == pytest.approx(1e3)


def test_contours_lie_at_equal_distances_where_it_does_not():
    values = np.linspace(2, 3, 200) - np.eye(200)[0]
    levels = np.array(choose_levels(values))
    np.testing.assert_allclose(np.diff(levels), np.diff(levels)[0])
    assert 1 < levels[0] < levels[-1] < 3


@pytest.mark.parametrize("values", [[2.0, 2.0], [np.nan, np.inf], [0.0]])
def test_contours_of_what_has_no_height_are_still_rising_levels(values):
    levels = choose_levels(np.array(values))
    assert all(low < high for low, high in pairwise(levels))


@every_landscape
def test_each_panel_has_a_line_for_each_path_at_its_places(make):
    result = make().result
    shown = panels(drawn(landscape.SPEC, result))
    assert len(shown) == len(result.surfaces)
    for ax, surface in zip(shown, result.surfaces, strict=True):
        for line, path in zip(lines_of(ax), surface.paths, strict=True):
            found = line.get_xydata()
            np.testing.assert_array_equal(found, path.places[: len(found)])
            # What has diverged is followed to its first place outside the picture for good.
            assert len(found) == len(path.places) or path.outcome == "diverges"
        assert ax.get_xlim() == (surface.x[0], surface.x[-1])
        assert ax.get_ylim() == (surface.y[0], surface.y[-1])


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_points_have_the_colour_of_their_true_loss_and_not_of_the_plane_under_them(theme):
    result = moons("random").result
    ax = panels(drawn(landscape.SPEC, result, theme=theme))[0]
    data = landscape.prepare(result).contours[0]
    colors = mix_band_colors(theme, len(data.levels) + 1)
    marks = [one for one in ax.collections if len(one.get_offsets()) > 1 and one.get_sizes().size]
    differing = 0
    for one, path in zip(marks[::-1], result.surfaces[0].paths, strict=True):
        places = thin_points(len(path.loss), MARKERS)
        band = [sum(level <= loss for level in data.levels) for loss in path.loss[places]]
        np.testing.assert_allclose(one.get_facecolors()[:, :3], colors[band])
        differing += (np.digitize(path.on_plane[places], data.levels) != band).sum()
    assert differing > 0


def test_paths_differ_in_colour_marker_and_dash():
    looks = [get_path_style(LIGHT, index) for index in range(4)]
    for part in ("color", "marker", "dash"):
        assert len({getattr(look, part) for look in looks}) == 4
    ax = panels(drawn(landscape.SPEC, moons().result))[0]
    first, second = lines_of(ax)
    assert first.get_color() != second.get_color()
    assert first.get_linestyle() != second.get_linestyle()


def test_start_minima_and_ends_are_marked_and_what_is_lost_is_crossed():
    result = plain("saddle").result
    for ax, surface in zip(panels(drawn(landscape.SPEC, result)), result.surfaces, strict=True):
        single = [line for line in ax.lines if line.get_linestyle() == "None"]
        marked = {(line.get_marker(), *np.ravel(line.get_xydata()).round(6)) for line in single}
        assert ("o", -1.4, 0.01) in marked
        assert {("*", 0.0, 1.0), ("*", 0.0, -1.0)} <= marked
        crosses = sum(one[0] == "x" for one in marked)
        assert crosses == sum(path.outcome == "diverges" for path in surface.paths)


@every_landscape
@pytest.mark.parametrize("figure", LANDSCAPE_FIGURES.values(), ids=LANDSCAPE_FIGURES)
@pytest.mark.parametrize("width", [WIDE, SLIM])
def test_nothing_is_clipped_and_every_path_is_in_the_key(make, figure, width):
    result = make().result
    data = figure.prepare(result)
    canvas = MplFigure(figsize=(width, figure.compute_height(data, width)))
    figure.draw(data, canvas.add_axes((0, 0, 1, 1)))  # without a layout that makes room
    canvas.draw_without_rendering()
    box, (across, tall) = canvas.get_tightbbox(), canvas.get_size_inches()
    assert min(box.x0, box.y0) >= -0.01
    assert box.x1 <= across + 0.01
    assert box.y1 <= tall + 0.01
    for ax, surface in zip(panels(canvas), result.surfaces, strict=True):
        told = " ".join(text.get_text().replace("\n", " ") for text in ax.get_legend().get_texts())
        assert all(path.label in told for path in surface.paths)


def test_the_caption_says_what_the_plane_holds_how_many_rows_and_that_it_is_not_the_path():
    result = moons().result
    told = landscape.write_caption(landscape.prepare(result))
    assert "N = 500 rows" in told
    for surface in result.surfaces:
        assert f"{100 * sum(surface.explained):.3g} %" in told
    assert "not the loss along the path" in told
    gap = max(abs(p.on_plane - p.loss).max() for s in result.surfaces for p in s.paths)
    assert f"up to {gap:.3g}" in told
    assert "random directions" in landscape.write_caption(landscape.prepare(moons("random").result))


@every_landscape
@pytest.mark.parametrize("figure", LANDSCAPE_FIGURES.values(), ids=LANDSCAPE_FIGURES)
def test_the_text_beside_a_picture_says_what_every_path_did(make, figure):
    result = make().result
    told = figure.write_alt(figure.prepare(result))
    assert all(
        path.label in told and path.description in told
        for surface in result.surfaces
        for path in surface.paths
    )


def test_trajectories_show_the_true_loss_against_steps():
    result = moons().result
    for ax, surface in zip(panels(drawn(trajectory.SPEC, result)), result.surfaces, strict=True):
        for line, path in zip(lines_of(ax), surface.paths, strict=True):
            np.testing.assert_array_equal(line.get_xdata(), path.steps)
            np.testing.assert_array_equal(line.get_ydata(), path.loss)


def test_trajectories_count_from_the_minimum_where_it_is_known_on_a_logarithmic_axis():
    result = plain("saddle").result
    data = trajectory.prepare(result)
    assert data.above_minimum
    assert len({panel.view for panel in data.panels}) == 1
    for panel, surface in zip(data.panels, result.surfaces, strict=True):
        assert panel.logarithmic
        np.testing.assert_allclose(panel.paths[0].loss, surface.paths[0].loss + 0.5)


def test_panels_stand_side_by_side_where_there_is_room_and_below_each_other_where_not():
    keys = [
        PanelLegend(title="one", entries=("sgd, lr 0.1: from 0.693 to 0.412 in 30 epochs",))
    ] * 3
    assert [lay_out_panels(keys, WIDE, alike).columns for alike in (True, False)] == [3, 2]
    assert lay_out_panels(keys, SLIM, alike=True).columns == 1
    for width in (WIDE, SLIM):
        layout = lay_out_panels(keys, width, alike=True)
        for left, bottom, across, tall in layout.place_panels():
            assert left >= 0
            assert bottom >= 0
            assert left + across <= 1
            assert bottom + tall <= 1
            assert across * width == pytest.approx(tall * layout.height)


def test_thinned_points_are_few_and_keep_both_ends():
    for count in (1, 2, 7, 100, 2001):
        places = thin_points(count, 25)
        assert places[0] == 0
        assert places[-1] == count - 1
        assert len(places) == len(set(places)) <= 26


@pytest.mark.parametrize("ending", [".gif", ".webp"])
def test_the_animation_has_a_frame_for_each_kept_point_and_words_beside_it(tmp_path, ending):
    data = landscape.prepare(moons().result)
    place = tmp_path / f"descent{ending}"
    write_descent_animation(place, data, frame_ms=100)
    steps = data.contours[0].surface.paths[0].steps
    with Image.open(place) as picture:
        assert picture.n_frames == len(steps)
        assert picture.info["loop"] == 0
        assert picture.width == 840
    assert "sgd, lr 0.1 from" in place.with_name(place.name + ".txt").read_text(encoding="utf-8")


def test_the_animation_has_few_frames_ends_at_the_last_step_and_shows_what_was_lost():
    data = landscape.prepare(plain("saddle", epochs=500).result)
    frames = choose_frames(data)
    assert len(frames) <= MAX_FRAMES
    assert frames[0] == 0
    assert frames[-1] > max(path.steps[-1] for path in data.paths)
    assert frames == sorted(set(frames))


def test_a_moving_path_shows_its_points_up_to_the_step_and_gives_its_true_loss():
    data = landscape.prepare(plain("saddle", optimizer="sgd").result)
    ax = MplFigure(figsize=(8.4, 4)).add_subplot()
    arriving, diverging = (
        landscape.draw_surfaces(data, ax, animated=True)[at].paths[0] for at in (1, 2)
    )
    assert arriving.show_until(7) == arriving.path.loss[7]
    np.testing.assert_array_equal(arriving.line.get_xydata(), arriving.path.places[:8])
    np.testing.assert_array_equal(arriving.end.get_xydata()[0], arriving.path.places[7])
    assert all(artist.get_animated() for artist in arriving.artists)
    last = int(diverging.path.steps[-1])
    assert diverging.show_until(last) == diverging.path.loss[-1]
    assert diverging.end.get_marker() == diverging.style.marker
    assert diverging.show_until(last + 1) == np.inf
    assert diverging.end.get_marker() == "x"


def test_a_landscape_draws_each_figure_on_its_own_or_on_given_axes():
    found = moons()
    assert len(panels(found.plot())) == 2
    assert len(panels(found.plot(figure="trajectory"))) == 2
    ax = MplFigure(figsize=(8, 6)).add_subplot()
    assert found.plot(ax) is ax
    with pytest.raises(OptionError, match=r"axes to draw on.*\n.*figure='trajectory'"):
        found.plot("trajectory")
    with pytest.raises(UnknownNameError, match="trajectory"):
        found.plot(figure="trajektory")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_bands_run_from_paper_to_the_themes_first_colour(theme):
    colors = mix_band_colors(theme, 9)
    np.testing.assert_allclose(colors[0], to_rgb(theme.background))
    far = np.abs(colors - colors[0]).sum(axis=1)
    assert (np.diff(far) > 0).all()
