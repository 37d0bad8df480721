"""Animations as GIF or WebP: static parts are drawn once, moving parts over them."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nlargest
from operator import sub
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from losslab.core.errors import OptionError
from losslab.core.files import replace_file
from losslab.core.numbers import is_number
from losslab.plots.render import use_plot_settings

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure as MplFigure
    from PIL.Image import Image

SUFFIXES = (".gif", ".webp")
AUTHOR = "losslab"  # marks files that losslab may overwrite
# Milliseconds. GIF counts hundredths of a second in 16 bits, and browsers slow down frames that are
# shorter than two of them.
SHORTEST, LONGEST, STEP = 20, 655_350, 10
# A GIF has 256 colors; the most frequent ones stay exact if they differ by more than so much.
COLORS, MAX_EXACT, MIN_DIFFERENCE = 256, 16, 8

Frame = TypeVar("Frame")


def write_animation(  # noqa: PLR0913
    path: str | os.PathLike[str],
    fig: "MplFigure",
    frames: Sequence[Frame],
    update: "Callable[[Frame], Iterable[Artist]]",
    frame_ms: float = 500,
    hold_ms: float = 1500,
    alt: str = "",
) -> None:
    """Write an endless animation as GIF or WebP, atomically, with a description beside it.

    Args:
        path: a file name ending in .gif or .webp.
        fig: a matplotlib figure outside pyplot, laid out; its size and dpi give the pixels.
        frames: the values that ``update`` is called with, once each and in this order.
        update: changes artists with ``animated=True``, and returns all of them.
        frame_ms: the duration of a frame, rounded to 10 ms.
        hold_ms: the duration of the last frame, if longer.
        alt: the description, written beside the animation as ``.gif.txt``.

    Raises:
        OptionError: if there is no frame, no description, a duration that no GIF can store, or
            another suffix.
        WriteError: if a file cannot be written.
    """
    check_animation(path, frame_ms, hold_ms)
    if not len(frames) or not alt.strip():
        raise OptionError(
            "needed at least one frame and a description in words",
            got="no frame" if not len(frames) else "no description",
            fix="pass frames=[...] and alt='what is to be seen'",
        )
    name = Path(path)
    durations = [frame_ms] * (len(frames) - 1) + [max(frame_ms, hold_ms)]
    rounded = [round(duration / STEP) * STEP for duration in durations]
    # Opened before anything is drawn, to report at once a folder that can't be written to.
    with replace_file(name) as file, replace_file(get_description_path(name)) as description:
        description.write_text(f"{alt.strip()}\n", encoding="utf-8")
        with use_plot_settings():
            images = _draw_frames(fig, frames, update)
            write = _write_gif if name.suffix.lower() == ".gif" else _write_webp
            write(file, images, rounded)


def get_description_path(path: str | os.PathLike[str]) -> Path:
    """Return the path of an animation's description; no other file is likely to have its name.

    Examples:
        >>> get_description_path("boundary.gif").name
        'boundary.gif.txt'
    """
    name = Path(path)
    return name.with_name(f"{name.name}.txt")


def check_animation(path: str | os.PathLike[str], frame_ms: float, hold_ms: float = 1500) -> None:
    """Refuse a file name or a duration that no animation can have, before any work is done.

    Examples:
        >>> check_animation("boundary.mp4", 500)
        Traceback (most recent call last):
        losslab.core.errors.OptionError: needed a file name ending in .gif or .webp, but got ...
    """
    name = Path(path)
    if name.suffix.lower() not in SUFFIXES:
        raise OptionError(
            f"needed a file name ending in {' or '.join(SUFFIXES)}",
            got=repr(name.name),
            fix=repr(name.with_suffix(".gif").name if name.stem else "animation.gif"),
        )
    for option, duration in (("frame_ms", frame_ms), ("hold_ms", hold_ms)):
        if not is_number(duration) or not SHORTEST <= duration <= LONGEST:
            raise OptionError(
                f"needed {option} from {SHORTEST} to {LONGEST} milliseconds",
                got=repr(duration),
                fix=f"{option}=500",
            )


def _draw_frames(
    fig: "MplFigure", frames: Sequence[Frame], update: "Callable[[Frame], Iterable[Artist]]"
) -> "Iterator[Image]":
    """Draw the static parts once, and each frame's moving parts over a copy of them."""
    agg: Any = _get_agg_canvas(fig)
    agg.draw()
    still = agg.copy_from_bbox(fig.bbox)
    for frame in frames:
        agg.restore_region(still)
        for artist in sorted(update(frame), key=lambda artist: artist.get_zorder()):
            assert artist.get_animated(), f"{artist} is not animated: it would leave traces"
            artist.draw(agg.get_renderer())
        yield copy_pixels(fig)


def copy_pixels(fig: "MplFigure") -> "Image":
    """Copy what is drawn on a figure's canvas into an RGB image."""
    import numpy as np
    from PIL import Image

    return Image.fromarray(np.asarray(_get_agg_canvas(fig).buffer_rgba())).convert("RGB")


def _get_agg_canvas(fig: "MplFigure") -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = fig.canvas
    return canvas if isinstance(canvas, FigureCanvasAgg) else FigureCanvasAgg(fig)


def _write_gif(path: Path, images: "Iterator[Image]", durations: list[int]) -> None:
    from PIL import Image

    frames = list(images)
    colors = _choose_palette(frames)
    palette = Image.new("P", (1, 1))
    palette.putpalette(colors)
    first, *others = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    first.save(
        path, format="GIF", save_all=True, append_images=others, duration=durations, loop=0,
        palette=colors, optimize=False, comment=AUTHOR.encode(),
    )  # fmt: skip


def _choose_palette(frames: "Sequence[Image]") -> bytes:
    """Choose one palette for all frames, from eight of them at equal distances."""
    from PIL import Image

    places = sorted({round(share * (len(frames) - 1) / 7) for share in range(8)})
    width, height = frames[0].size
    sample = Image.new("RGB", (width, height * len(places)))
    for row, place in enumerate(places):
        sample.paste(frames[place], (0, height * row))
    counts: Any = sample.getcolors(width * height * len(places))
    exact: list[tuple[int, ...]] = []
    for _, color in nlargest(MAX_EXACT, counts):
        if _differs_from_all(color, exact):
            exact.append(color)
    quantized = sample.quantize(COLORS - MAX_EXACT, Image.Quantize.MEDIANCUT).getpalette() or []
    averages = zip(*[iter(quantized)] * 3, strict=True)
    # Pillow looks up the nearest color for four neighbors at once, so a white background would
    # become a nearly white gray of the palette.
    others = [color for color in averages if _differs_from_all(color, exact)]
    return bytes(part for color in (*exact, *others) for part in color)


def _differs_from_all(color: tuple[int, ...], others: Sequence[tuple[int, ...]]) -> bool:
    return all(max(map(abs, map(sub, color, other))) > MIN_DIFFERENCE for other in others)


def _write_webp(path: Path, images: "Iterator[Image]", durations: list[int]) -> None:
    from PIL.ExifTags import Base
    from PIL.Image import Exif

    exif = Exif()
    exif[Base.Software] = AUTHOR
    first = next(images)
    first.save(
        path, format="WEBP", save_all=True, append_images=images, duration=durations, loop=0,
        quality=90, method=4, minimize_size=False, exif=exif,
    )  # fmt: skip
