"""Animations as files: still parts are drawn once, moving parts over them, one palette for all."""

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
    from matplotlib.figure import Figure as Canvas
    from PIL.Image import Image

SUFFIXES = (".gif", ".webp")
AUTHOR = "losslab"  # by which a file is known as one that may be written over
# GIF counts hundredths of a second in 16 bits, and browsers slow down what is below two of them.
SHORTEST, LONGEST, STEP = 20, 655_350, 10
# A GIF has 256 colours; up to so many of the commonest stay as they are.
COLORS, EXACT, APART = 256, 16, 8

Frame = TypeVar("Frame")


def write_animation(  # noqa: PLR0913
    path: str | os.PathLike[str],
    canvas: "Canvas",
    frames: Sequence[Frame],
    update: "Callable[[Frame], Iterable[Artist]]",
    frame_ms: float = 500,
    hold_ms: float = 1500,
    alt: str = "",
) -> None:
    """Write an endless animation as GIF or WebP, whole or not at all, its description beside it.

    Args:
        path: a file name ending in .gif or .webp.
        canvas: a matplotlib figure outside pyplot, laid out; its size and dpi give the pixels.
        frames: what ``update`` is called with, once each and in this order.
        update: changes artists that were made with ``animated=True``, and returns all of them.
        frame_ms: how long a frame stands, in steps of 10 ms.
        hold_ms: how long the last frame stands, if that is longer.
        alt: what is to be seen, in words; written beside the animation as ``.gif.txt``.

    Raises:
        OptionError: if there is no frame, no description, a time that no GIF can hold, or another
            suffix.
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
    # Opened before anything is drawn, so that a folder that can't be written to is told at once.
    with replace_file(name) as picture, replace_file(get_description_path(name)) as words:
        words.write_text(f"{alt.strip()}\n", encoding="utf-8")
        with use_plot_settings():
            drawn = _draw_frames(canvas, frames, update)
            times = [_round_duration(frame_ms)] * (len(frames) - 1) + [
                _round_duration(max(frame_ms, hold_ms))
            ]
            write = _write_gif if name.suffix.lower() == ".gif" else _write_webp
            write(picture, drawn, times)


def get_description_path(path: str | os.PathLike[str]) -> Path:
    """The file that describes an animation in words; no other file is likely to have its name.

    >>> get_description_path("boundary.gif").name
    'boundary.gif.txt'
    """
    name = Path(path)
    return name.with_name(f"{name.name}.txt")


def check_animation(path: str | os.PathLike[str], frame_ms: float, hold_ms: float = 1500) -> None:
    """Refuse a file name or a time that no animation can have, before any work is done.

    Example
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
    for option, time in (("frame_ms", frame_ms), ("hold_ms", hold_ms)):
        if not is_number(time) or not SHORTEST <= time <= LONGEST:
            raise OptionError(
                f"needed {option} from {SHORTEST} to {LONGEST} milliseconds",
                got=repr(time),
                fix=f"{option}=500",
            )


def _round_duration(time: float) -> int:
    return round(time / STEP) * STEP


def _draw_frames(
    canvas: "Canvas", frames: Sequence[Frame], update: "Callable[[Frame], Iterable[Artist]]"
) -> "Iterator[Image]":
    """Draw the still parts once, and each frame's moving parts over a copy of them."""
    agg: Any = _get_agg_canvas(canvas)
    agg.draw()
    still = agg.copy_from_bbox(canvas.bbox)
    for frame in frames:
        agg.restore_region(still)
        for artist in sorted(update(frame), key=lambda artist: artist.get_zorder()):
            assert artist.get_animated(), f"{artist} is not animated: it would leave traces"
            artist.draw(agg.get_renderer())
        yield copy_pixels(canvas)


def copy_pixels(canvas: "Canvas") -> "Image":
    """Copy what is drawn on a canvas into an RGB image."""
    import numpy as np
    from PIL import Image

    return Image.fromarray(np.asarray(_get_agg_canvas(canvas).buffer_rgba())).convert("RGB")


def _get_agg_canvas(canvas: "Canvas") -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    given: Any = canvas.canvas
    return given if isinstance(given, FigureCanvasAgg) else FigureCanvasAgg(canvas)


def _write_gif(path: Path, drawn: "Iterator[Image]", times: Sequence[int]) -> None:
    from PIL import Image

    colored = list(drawn)
    colors = _choose_palette(colored)
    chart = Image.new("P", (1, 1))
    chart.putpalette(colors)
    first, *others = (frame.quantize(palette=chart, dither=Image.Dither.NONE) for frame in colored)
    first.save(
        path, format="GIF", save_all=True, append_images=others, duration=list(times), loop=0,
        palette=colors, optimize=False, comment=AUTHOR.encode(),
    )  # fmt: skip


def _choose_palette(frames: "Sequence[Image]") -> bytes:
    """Choose the colours that serve all frames, from a few of them spread over the whole."""
    from PIL import Image

    places = sorted({round(share * (len(frames) - 1) / 7) for share in range(8)})
    width, height = frames[0].size
    sample = Image.new("RGB", (width, height * len(places)))
    for row, place in enumerate(places):
        sample.paste(frames[place], (0, height * row))
    counted: Any = sample.getcolors(width * height * len(places))
    exact: list[tuple[int, ...]] = []
    for _, color in nlargest(EXACT, counted):
        if _is_apart(color, exact):
            exact.append(color)
    averaged = sample.quantize(COLORS - EXACT, Image.Quantize.MEDIANCUT).getpalette() or []
    # Pillow looks up the nearest colour for four neighbours at once, so that white paper would
    # become a grey of the palette that is nearly white.
    others = [color for color in zip(*[iter(averaged)] * 3, strict=True) if _is_apart(color, exact)]
    return bytes(part for color in (*exact, *others) for part in color)


def _is_apart(color: tuple[int, ...], others: Sequence[tuple[int, ...]]) -> bool:
    return all(max(map(abs, map(sub, color, other))) > APART for other in others)


def _write_webp(path: Path, drawn: "Iterator[Image]", times: Sequence[int]) -> None:
    from PIL.ExifTags import Base
    from PIL.Image import Exif

    own = Exif()
    own[Base.Software] = AUTHOR
    first = next(drawn)
    first.save(
        path, format="WEBP", save_all=True, append_images=drawn, duration=list(times), loop=0,
        quality=90, method=4, minimize_size=False, exif=own,
    )  # fmt: skip
