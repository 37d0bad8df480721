"""Files that losslab wrote are replaced; any other file is refused before any work is done."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from losslab.core.errors import OptionError
from losslab.plots.animation import write_animation
from losslab.report.overwriting import check_outputs, check_replaceable

every_suffix = pytest.mark.parametrize("suffix", [".gif", ".webp"])


def animate(path):
    """A film of many thousand bytes, so that its middle hides nothing near its ends."""
    canvas = Figure(figsize=(3, 2))
    ax = canvas.add_subplot()
    noise = np.random.default_rng(0).random((6, 40, 40, 3))
    image = ax.imshow(noise[0], animated=True)

    def update(frame):
        image.set_data(frame)
        return [image]

    write_animation(path, canvas, list(noise), update, alt="noise")


@every_suffix
def test_an_animation_of_losslab_is_replaced_with_its_description(suffix, tmp_path):
    path = tmp_path / f"own{suffix}"
    animate(path)
    assert path.stat().st_size > 20_000
    check_outputs(None, {"gif": path})
    animate(path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [path.name, f"{path.name}.txt"]


@every_suffix
def test_another_animation_is_left_alone(suffix, tmp_path):
    path = tmp_path / f"holiday{suffix}"
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    with pytest.raises(OptionError, match=r"--gif.*holiday.*something else"):
        check_outputs(None, {"gif": path})


@every_suffix
def test_a_text_where_the_description_would_lie_is_left_alone(suffix, tmp_path):
    (tmp_path / f"mine{suffix}.txt").write_text("my notes", encoding="utf-8")
    with pytest.raises(OptionError, match=r"--gif.*mine\.(gif|webp)\.txt.*something else"):
        check_outputs(None, {"gif": tmp_path / f"mine{suffix}"})


@pytest.mark.parametrize("option", ["report", "code", "out", "csv", "gif"])
def test_empty_and_missing_files_may_be_written(option, tmp_path):
    check_replaceable(tmp_path / "missing", option)
    (tmp_path / "empty").touch()
    check_replaceable(tmp_path / "empty", option)
    (tmp_path / "full").write_text("mine", encoding="utf-8")
    with pytest.raises(OptionError, match="something else"):
        check_replaceable(tmp_path / "full", option)
