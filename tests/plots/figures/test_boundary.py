"""The picture of a boundary shows shading, line and rows where they belong."""

import dataclasses
import filecmp

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.svm import SVC

from boundary_samples import AXES, make_clouds, make_rows
from drawing_samples import check_legible, every_theme, find_texts
from losslab.plots.figures import boundary
from losslab.plots.figures.boundary import (
    SPEC,
    draw,
    draw_parts,
    mix_shading,
    prepare,
    update_parts,
)
from losslab.plots.render import SLIM, WIDE, to_figure, to_png, to_svg
from losslab.plots.theme import DARK, LIGHT, get_style

SIZE = 41

MODELS = {
    "two": lambda: (LogisticRegression(), 2, {}),
    "scores": lambda: (RidgeClassifier(), 2, {"classes": ["_no$\\frac", "y" * 70]}),
    "three": lambda: (RandomForestClassifier(9, random_state=0), 3, {"axes": ["$x_", "w" * 90]}),
    "classes": lambda: (SVC(decision_function_shape="ovo"), 3, {"test": False}),
}
every_model = pytest.mark.parametrize("name", MODELS)


def example(name="two", title="", **settings):
    model, n_classes, more = MODELS[name]()
    given = make_rows(n_classes, **{**more, **settings})
    return prepare(model.fit(*make_clouds(n_classes)), given, title, SIZE)


def drawn(data, width=WIDE, theme=LIGHT):
    canvas = to_figure(SPEC, data, theme, width)
    canvas.draw_without_rendering()
    return canvas, canvas.axes[0]


def only(ax, kind):
    return [artist for artist in ax.collections if type(artist) is kind]


def test_the_line_lies_where_the_probability_is_one_half():
    model = LogisticRegression().fit(*make_clouds())
    data = prepare(model, make_rows(), resolution=SIZE)
    (line,) = data.lines
    assert len(line) > SIZE / 2
    np.testing.assert_allclose(model.predict_proba(line)[:, 1], 0.5, atol=2e-3)


def test_between_several_classes_two_draw_level_on_every_line_and_lead_the_rest():
    model = LogisticRegression().fit(*make_clouds(3))
    data = prepare(model, make_rows(3), resolution=201)
    points = np.concatenate(data.lines)
    best = np.sort(model.predict_proba(points), axis=1)
    assert np.median(best[:, 2] - best[:, 1]) < 1e-3
    pairs = np.argsort(model.predict_proba(points), axis=1)[:, 1:]
    assert {tuple(sorted(pair)) for pair in pairs.tolist()} == {(0, 1), (0, 2), (1, 2)}


def test_a_model_that_is_nowhere_of_two_minds_has_no_line():
    class Sure:
        def predict_proba(self, X):
            return np.tile([0.9, 0.1], (len(X), 1))

    data = prepare(Sure(), make_rows(), resolution=SIZE)
    assert data.lines == ()
    assert "0: all of it, 1: nothing" in SPEC.write_alt(data)
    assert "runs from 0.90 to 0.90" in SPEC.write_alt(data)
    drawn(data)


@every_theme
def test_shading_is_paper_at_a_draw_and_the_winners_colour_where_it_is_sure(theme):
    class Ramp:
        def predict_proba(self, X):
            second = (X[:, 0] - X[:, 0].min()) / np.ptp(X[:, 0])
            return np.stack([1 - second, second], axis=1)

    data = prepare(Ramp(), make_rows(), resolution=SIZE)
    colors = mix_shading(data, theme)
    np.testing.assert_allclose(data.certainty[0], np.abs(np.linspace(-1, 1, SIZE)), atol=1e-12)
    np.testing.assert_allclose(colors[3, SIZE // 2], to_rgb(theme.background), atol=1e-9)
    for code, column in enumerate((0, -1)):
        full = np.array(to_rgb(get_style(theme, code).color))
        mixed = (1 - boundary.DEPTH) * np.array(to_rgb(theme.background)) + boundary.DEPTH * full
        np.testing.assert_allclose(colors[3, column], mixed)


def test_the_shading_has_the_middles_of_its_cells_on_the_points_of_the_grid():
    data = example()
    _, ax = drawn(data)
    (image,) = ax.images
    x0, x1, y0, y1 = data.view
    left, right, bottom, top = image.get_extent()
    cell = (right - left) / SIZE
    assert left + cell / 2 == pytest.approx(x0)
    assert right - cell / 2 == pytest.approx(x1)
    assert bottom + (top - bottom) / SIZE / 2 == pytest.approx(y0)
    assert image.origin == "lower"
    assert ax.get_xlim() == (x0, x1)
    assert ax.get_ylim() == (y0, y1)
    assert image.get_array().shape == (SIZE, SIZE, 3)


@every_theme
def test_training_rows_are_filled_and_test_rows_hollow_each_class_with_its_own_marker(theme):
    data = example("three")
    _, ax = drawn(data, theme=theme)
    marks = only(ax, PathCollection)
    assert len(marks) == 6
    seen = set()
    for place, mark in enumerate(marks):
        code, is_test = divmod(place, 2)
        color = get_style(theme, code).color
        wanted = (data.codes == code) & (data.is_test == bool(is_test))
        np.testing.assert_array_equal(mark.get_offsets(), data.points[wanted])
        assert wanted.any()
        if is_test:
            assert len(mark.get_facecolor()) == 0
            assert to_hex(mark.get_edgecolor()[0]) == color
        else:
            assert to_hex(mark.get_facecolor()[0]) == color
        seen.add((code, mark.get_paths()[0].vertices.tobytes()))
    assert len({shape for _, shape in seen}) == 3, "colour is not the only difference"


def test_the_line_stands_over_the_shading_and_under_the_rows():
    _, ax = drawn(example())
    (line,) = only(ax, LineCollection)
    assert ax.images[0].get_zorder() < line.get_zorder()
    assert line.get_zorder() < min(mark.get_zorder() for mark in only(ax, PathCollection))
    assert len(line.get_segments()) == len(example().lines)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("two", ["0", "1", "probability 0.5", "faint: uncertain"]),
        ("three", ["0", "1", "2", "boundary", "faint: uncertain"]),
        ("classes", ["0", "1", "2", "boundary"]),
    ],
)
def test_the_key_names_classes_line_and_shading(name, expected):
    for test, more in ((False, []), (True, ["filled: training", "hollow: test"])):
        _, ax = drawn(example(name, test=test))
        labels = [text.get_text() for text in ax.get_legend().get_texts()]
        assert labels == [*expected, *more]
        assert len(ax.get_legend().legend_handles) == len(labels)


def test_classes_bear_the_names_that_were_given():
    canvas, _ = drawn(example(classes=["setosa", "versicolor"]))
    assert {"setosa", "versicolor", *AXES} <= set(find_texts(canvas))
    assert "setosa: " in SPEC.write_alt(example(classes=["setosa", "versicolor"]))


@every_model
@every_theme
@pytest.mark.parametrize("width", [WIDE, SLIM])
@pytest.mark.parametrize("title", ["", "alpha = 0.01, 12 of 24", "t$_" * 60])
def test_nothing_is_clipped_and_no_two_texts_overlap(name, theme, width, title):
    canvas, _ = drawn(example(name, title), width, theme)
    check_legible(canvas)
    assert any(title[:20] in word for word in find_texts(canvas))


def test_words_that_look_like_mathematics_are_shown_as_they_are():
    canvas, _ = drawn(example("scores", "$\\alpha$ = 1"))
    assert {"_no$\\frac", "$\\alpha$ = 1"} <= set(find_texts(canvas))


def test_alt_text_says_what_is_to_be_seen():
    data = example(title="alpha = 1")
    told = SPEC.write_alt(data)
    assert told.endswith(".")
    assert "\n" not in told
    assert all(word in told for word in (*AXES, "alpha = 1"))
    right = int(data.correct[~data.is_test].sum())
    assert f"40 training rows, {right} predicted correctly" in told
    assert "12 test rows" in told
    share = (data.winner == 0).mean()
    assert f"0: {100 * share:.0f} %" in told
    best = data.values.max(axis=-1)
    assert f"from {best.min():.2f} to {best.max():.2f}" in told


@every_model
def test_the_caption_says_what_shading_line_and_marks_mean(name):
    data = example(name)
    told = SPEC.write_caption(data)
    assert ("probable" in told) == (data.kind == "probability")
    assert ("score" in told) == (data.kind == "score")
    assert ("hollow" in told) == bool(data.is_test.any())
    assert "training rows filled" in told


def test_the_same_data_gives_the_same_bytes(tmp_path):
    assert to_svg(SPEC, example()) == to_svg(SPEC, example())
    assert DARK.background in to_svg(SPEC, example(), DARK)
    for name in ("a.png", "b.png"):
        to_png(tmp_path / name, SPEC, example())
    assert filecmp.cmp(tmp_path / "a.png", tmp_path / "b.png", shallow=False)


def test_it_is_drawn_on_given_axes_and_may_be_changed_to_another_model():
    canvas = Figure(figsize=(6, 5))
    FigureCanvasAgg(canvas)
    left, right = canvas.subplots(1, 2)
    first, second = example(title="one"), example("scores", "two")
    parts = draw_parts(first, left)
    update_parts(parts, second)
    draw(second, right)
    assert left.get_title() == right.get_title() == "two"
    np.testing.assert_array_equal(left.images[0].get_array(), right.images[0].get_array())
    found, wanted = (only(ax, LineCollection)[0].get_segments() for ax in (left, right))
    np.testing.assert_array_equal(found[0], wanted[0])
    assert set(left.get_children()) >= set(parts.all)


def test_prepared_data_is_frozen_and_made_of_arrays_and_words():
    data = example()
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.title = "other"
    for field in dataclasses.fields(data):
        value = getattr(data, field.name)
        parts = value if isinstance(value, tuple) else (value,)
        assert all(isinstance(part, str | float | np.ndarray | None) for part in parts), field.name
