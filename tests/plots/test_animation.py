"""Animations are whole, keep their times and colours, and come with words."""

import errno
import filecmp

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from losslab.core.errors import OptionError
from losslab.core.files import WriteError
from losslab.plots.animation import SUFFIXES, check_animation, copy_pixels, write_animation

PAPER, INK, BALL = (255, 255, 255), (0, 0, 0), (37, 45, 131)
SPOTS = (0.2, 0.5, 0.8)

every_suffix = pytest.mark.parametrize("suffix", SUFFIXES)


class Scene:
    """A square that moves over a still bar at the bottom."""

    def __init__(self, shade=None):
        self.canvas = Figure(figsize=(2, 1), dpi=100, facecolor="white")
        FigureCanvasAgg(self.canvas)
        ax = self.canvas.add_axes((0, 0, 1, 1))
        ax.set(xlim=(0, 1), ylim=(0, 1))
        ax.axis("off")
        if shade is not None:
            ax.imshow(shade, extent=(0, 1, 0, 1), aspect="auto", cmap="Greys")
        ax.axhspan(0, 0.2, color="black", linewidth=0)
        (self.ball,) = ax.plot([], [], "s", color="#252d83", markersize=10, animated=True)
        self.seen = []

    def update(self, x):
        self.seen.append(x)
        self.ball.set_data([x], [0.6])
        return [self.ball]

    def write(self, path, frames=SPOTS, alt="A square moves right.", **times):
        write_animation(path, self.canvas, frames, self.update, alt=alt, **times)


def frames_of(path):
    with Image.open(path) as picture:
        found = []
        for place in range(picture.n_frames):
            picture.seek(place)
            found.append((np.asarray(picture.convert("RGB")), picture.info["duration"]))
        return found, picture.info["loop"]


@every_suffix
def test_every_frame_shows_the_still_parts_and_only_its_own_moving_ones(suffix, tmp_path):
    scene = Scene()
    scene.write(tmp_path / f"ball{suffix}")
    found, loop = frames_of(tmp_path / f"ball{suffix}")
    assert scene.seen == list(SPOTS)
    assert loop == 0, "endless"
    assert len(found) == len(SPOTS)
    for (picture, _), spot in zip(found, SPOTS, strict=True):
        assert picture.shape == (100, 200, 3)
        np.testing.assert_allclose(picture[95, ::7], [INK] * 29, atol=6)
        for x in SPOTS:
            expected = BALL if x == spot else PAPER
            np.testing.assert_allclose(picture[40, round(200 * x)], expected, atol=6)


@every_suffix
@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({}, [500, 500, 1500]),
        ({"frame_ms": 80, "hold_ms": 700}, [80, 80, 700]),
        ({"frame_ms": 33.4, "hold_ms": 33.4}, [30, 30, 30]),
        ({"frame_ms": 2000}, [2000, 2000, 2000]),
    ],
)
def test_the_last_frame_is_held_and_times_are_in_steps_that_a_gif_can_hold(
    suffix, times, expected, tmp_path
):
    Scene().write(tmp_path / f"ball{suffix}", **times)
    assert [time for _, time in frames_of(tmp_path / f"ball{suffix}")[0]] == expected


def test_all_frames_of_a_gif_share_one_palette(tmp_path):
    shade = np.linspace(0, 1, 200)[None, :].repeat(100, axis=0)
    Scene(shade).write(tmp_path / "ball.gif")
    is_global, locals_ = color_tables((tmp_path / "ball.gif").read_bytes())
    assert is_global
    assert locals_ == [False] * 3


def color_tables(data):
    """Whether a GIF has a table of colours for all frames, and whether each frame has its own."""
    place = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    own = []
    while data[place] != 0x3B:
        if data[place] == 0x21:
            place += 2
        else:
            flags = data[place + 9]
            own.append(bool(flags & 0x80))
            place += 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
        while data[place]:
            place += data[place] + 1
        place += 1
    return bool(data[10] & 0x80), own


def test_paper_and_marks_keep_their_exact_colours_beside_a_smooth_shade(tmp_path):
    shade = np.linspace(0, 1, 4000).reshape(20, 200)
    scene = Scene(shade)
    scene.canvas.axes[0].axvspan(0, 0.3, ymin=0.3, color="white", linewidth=0)
    scene.write(tmp_path / "ball.gif")
    for picture, _ in frames_of(tmp_path / "ball.gif")[0]:
        np.testing.assert_array_equal(picture[5, 5:50], [PAPER] * 45)
        np.testing.assert_array_equal(picture[95, 5:190], [INK] * 185)
    np.testing.assert_array_equal(frames_of(tmp_path / "ball.gif")[0][0][0][40, 40], BALL)


def test_a_gif_differs_little_from_what_was_drawn(tmp_path):
    generator = np.random.default_rng(0)
    scene = Scene(generator.uniform(size=(6, 9)).repeat(20, 0).repeat(20, 1))
    scene.write(tmp_path / "ball.gif", frames=[0.5])
    scene.ball.set_animated(False)
    scene.canvas.canvas.draw()
    drawn = np.asarray(copy_pixels(scene.canvas)).astype(int)
    assert np.abs(frames_of(tmp_path / "ball.gif")[0][0][0] - drawn).max() <= 12


@every_suffix
def test_words_stand_beside_the_animation(suffix, tmp_path):
    Scene().write(tmp_path / f"ball{suffix}", alt="  Ein Quadrat rückt.\n")
    assert (tmp_path / f"ball{suffix}.txt").read_text(encoding="utf-8") == "Ein Quadrat rückt.\n"
    assert {path.name for path in tmp_path.iterdir()} == {f"ball{suffix}", f"ball{suffix}.txt"}


@every_suffix
def test_the_same_frames_give_the_same_bytes(suffix, tmp_path):
    for name in ("a", "b"):
        Scene().write(tmp_path / f"{name}{suffix}")
    assert filecmp.cmp(tmp_path / f"a{suffix}", tmp_path / f"b{suffix}", shallow=False)


@every_suffix
def test_one_frame_is_enough_and_a_suffix_may_be_in_capitals(suffix, tmp_path):
    Scene().write(tmp_path / f"BALL{suffix.upper()}", frames=[0.5])
    assert len(frames_of(tmp_path / f"BALL{suffix.upper()}")[0]) == 1


@every_suffix
def test_an_error_while_drawing_leaves_the_old_files_as_they_were(suffix, tmp_path):
    old = tmp_path / f"ball{suffix}", tmp_path / f"ball{suffix}.txt"
    for path in old:
        path.write_text("old", encoding="utf-8")
    scene = Scene()

    def breaks(x):
        if x == SPOTS[1]:
            raise ZeroDivisionError
        return scene.update(x)

    with pytest.raises(ZeroDivisionError):
        write_animation(old[0], scene.canvas, SPOTS, breaks, alt="A square.")
    assert sorted(tmp_path.iterdir()) == sorted(old)
    assert [path.read_text(encoding="utf-8") for path in old] == ["old", "old"]


def test_a_full_disk_leaves_the_old_files_as_they_were(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(WriteError, match="No space left"):
        Scene().write(tmp_path / "ball.gif")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", ["ball.gif", "ball.gif.txt"])
def test_a_folder_in_the_way_is_told_before_anything_is_drawn(taken, tmp_path):
    (tmp_path / taken).mkdir()
    scene = Scene()
    with pytest.raises(WriteError, match="a folder"):
        scene.write(tmp_path / "ball.gif")
    assert scene.seen == []
    assert [path.name for path in tmp_path.iterdir()] == [taken]


def test_a_missing_folder_is_told_before_anything_is_drawn(tmp_path):
    scene = Scene()
    with pytest.raises(WriteError, match="create the folder"):
        scene.write(tmp_path / "nowhere" / "ball.gif")
    assert scene.seen == []


@pytest.mark.parametrize("name", ["ball.mp4", "ball", "ball.png", ".gif"])
def test_other_suffixes_are_refused_with_a_name_that_would_do(name, tmp_path):
    with pytest.raises(OptionError, match=r"ending in \.gif or \.webp") as told:
        Scene().write(tmp_path / name)
    assert told.value.fix.endswith(".gif'")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["frame_ms", "hold_ms"])
@pytest.mark.parametrize("time", [0, -500, 19, float("nan"), float("inf"), 1e6, "500", None, True])
def test_times_that_a_gif_cannot_hold_are_refused(option, time, tmp_path):
    with pytest.raises(OptionError, match=f"needed {option} from 20 to 655350 milliseconds"):
        Scene().write(tmp_path / "ball.gif", **{option: time})
    assert list(tmp_path.iterdir()) == []


def test_no_frames_and_no_words_are_refused(tmp_path):
    with pytest.raises(OptionError, match="got no frame"):
        Scene().write(tmp_path / "ball.gif", frames=[])
    with pytest.raises(OptionError, match="got no description"):
        Scene().write(tmp_path / "ball.gif", alt=" ")
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_would_leave_traces_is_no_moving_part(tmp_path):
    scene = Scene()
    scene.ball.set_animated(False)
    with pytest.raises(AssertionError, match="leave traces"):
        scene.write(tmp_path / "ball.gif")


def test_a_name_and_times_can_be_checked_before_any_work():
    check_animation("boundary.webp", 20, 655_350)
    with pytest.raises(OptionError, match="frame_ms"):
        check_animation("boundary.gif", 5)
