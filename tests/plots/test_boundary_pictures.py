"""Boundaries as one small picture, and as an animation."""

import filecmp

import matplotlib
import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression, RidgeClassifier

from boundary_samples import make_clouds, make_rows
from drawing_samples import every_theme
from losslab.core.errors import OptionError
from losslab.core.files import WriteError
from losslab.plots.boundary.surface import prepare
from losslab.plots.boundary_animation import draw_boundary_image, write_boundary_animation
from losslab.plots.theme import DARK

STRENGTHS = (100.0, 0.1, 0.001)


def frames(given=None):
    X, y = make_clouds()
    return [
        prepare(LogisticRegression(C=C).fit(X, y), given or make_rows(), f"C = {C:g}", 60)
        for C in STRENGTHS
    ]


def pixels_of(picture):
    return np.asarray(picture.convert("RGB")).astype(int)


@every_theme
def test_a_picture_has_600_by_500_pixels_in_the_themes_colours(theme):
    picture = draw_boundary_image(frames()[0], theme)
    assert isinstance(picture, Image.Image)
    assert (picture.mode, picture.size) == ("RGB", (600, 500))
    assert matplotlib.colors.to_hex(pixels_of(picture)[1, 1] / 255) == theme.background


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
@every_theme
def test_each_frame_of_an_animation_is_the_picture_of_its_model(suffix, theme, tmp_path):
    name = tmp_path / f"boundary{suffix}"
    given = frames()
    write_boundary_animation(name, given, theme, frame_ms=300, hold_ms=900)
    with Image.open(name) as animation:
        assert animation.n_frames == 3
        assert animation.info["loop"] == 0
        for place, data in enumerate(given):
            animation.seek(place)
            found, alone = pixels_of(animation), pixels_of(draw_boundary_image(data, theme))
            assert animation.info["duration"] == (900 if place == 2 else 300)
            assert np.abs(found - alone).mean() < 2
            others = [frame for frame in given if frame is not data]
            for other in others:
                different = pixels_of(draw_boundary_image(other, theme))
                assert np.abs(found - different).mean() > 2 * np.abs(found - alone).mean()


def test_words_beside_an_animation_tell_its_first_and_last_frame(tmp_path):
    write_boundary_animation(tmp_path / "boundary.gif", frames())
    told = (tmp_path / "boundary.gif.txt").read_text(encoding="utf-8")
    first, last = told.splitlines()[1:]
    assert told.startswith("Animation of 3 decision boundaries")
    assert first.startswith("First: ")
    assert "C = 100" in first
    assert last.startswith("Last: ")
    assert "C = 0.001" in last


def test_a_single_boundary_is_told_as_it_is(tmp_path):
    write_boundary_animation(tmp_path / "boundary.gif", frames()[:1])
    assert (
        (tmp_path / "boundary.gif.txt")
        .read_text(encoding="utf-8")
        .startswith("Decision boundary over")
    )


def test_ticks_can_be_left_out():
    data = frames()[0]
    assert (
        pixels_of(draw_boundary_image(data)) != pixels_of(draw_boundary_image(data, ticks=False))
    ).any()


def test_settings_of_the_user_change_nothing(tmp_path):
    plain = pixels_of(draw_boundary_image(frames()[0]))
    with matplotlib.rc_context({"axes.facecolor": "red", "font.size": 30, "figure.dpi": 30}):
        np.testing.assert_array_equal(pixels_of(draw_boundary_image(frames()[0])), plain)
        write_boundary_animation(tmp_path / "a.gif", frames())
    write_boundary_animation(tmp_path / "b.gif", frames())
    assert filecmp.cmp(tmp_path / "a.gif", tmp_path / "b.gif", shallow=False)


def test_frames_over_other_rows_or_of_another_kind_are_refused(tmp_path):
    X, y = make_clouds()
    elsewhere = frames(make_rows(test=False))
    scores = prepare(RidgeClassifier().fit(X, y), make_rows(), resolution=60)
    for strange in (elsewhere[0], scores):
        with pytest.raises(OptionError, match="got others in frame 4 than in the first"):
            write_boundary_animation(tmp_path / "boundary.gif", [*frames(), strange])
    with pytest.raises(OptionError, match="at least one boundary"):
        write_boundary_animation(tmp_path / "boundary.gif", [])
    assert list(tmp_path.iterdir()) == []


def test_names_and_folders_that_will_not_do_are_refused(tmp_path):
    with pytest.raises(OptionError, match=r"\.gif or \.webp"):
        write_boundary_animation(tmp_path / "boundary.mp4", frames())
    with pytest.raises(WriteError, match="create the folder"):
        write_boundary_animation(tmp_path / "nowhere" / "boundary.gif", frames(), DARK)
    assert list(tmp_path.iterdir()) == []


def test_scores_fade_from_frame_to_frame_as_a_penalty_grows(tmp_path):
    X, y = make_clouds()
    weak, strong = (
        prepare(RidgeClassifier(alpha=alpha).fit(X, y), make_rows(), f"alpha = {alpha:g}", 60)
        for alpha in (0.1, 1e4)
    )
    assert strong.certainty.max() == 1
    write_boundary_animation(tmp_path / "ridge.gif", [weak, strong])
    with Image.open(tmp_path / "ridge.gif") as animation:
        colourful = []
        for place in range(2):
            animation.seek(place)
            shown = pixels_of(animation)[150:400, 120:500]
            colourful.append((shown.max(axis=-1) - shown.min(axis=-1)).mean())
    assert colourful[1] < 0.5 * colourful[0]
