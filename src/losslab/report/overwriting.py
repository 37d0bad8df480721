"""A file is written over only if it was losslab that wrote it, and never twice."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from losslab.core.errors import OptionError
from losslab.core.files import check_writable

# What losslab's own files say of themselves near their beginning or end.
SIGNS = {
    "report": (b"(losslab)</title>",),
    "code": (b"as losslab recommends",),
    "out": (b"losslab",),
    "csv": (b"penalty,alpha,", b"surface,optimizer,"),
    "gif": (b"losslab",),
}
NEAR = 4096  # bytes

PathLike = str | os.PathLike[str]


def check_outputs(
    source: str | None, outputs: Mapping[str, PathLike | None], frame_ms: float = 500
) -> None:
    """Refuse, before any work is done, what can't or must not be written.

    Args:
        source: the table's file, if it is one.
        outputs: where each option is to write; an animation under ``gif``, a picture under ``out``.
        frame_ms: how long a frame of the animation stands.
    """
    if (out := outputs.get("out")) is not None:
        from losslab.plots.render import check_picture

        check_picture(out, "out")
    if (gif := outputs.get("gif")) is not None:
        from losslab.plots.animation import check_animation

        check_animation(gif, frame_ms)
    check_distinct(source, outputs)
    for option, path in outputs.items():
        if path is not None:
            check_writable(path, option)
            check_replaceable(path, option)
    if gif is not None:
        _check_words(gif)


class Drawn(Protocol):
    """A result that can be written as pictures and numbers."""

    def picture(self, path: PathLike) -> None: ...
    def gif(self, path: PathLike, frame_ms: float) -> None: ...
    def to_csv(self, path: PathLike) -> None: ...


def write_outputs(result: Drawn, outputs: Mapping[str, PathLike | None], frame_ms: float) -> None:
    """Write a result's pictures and numbers, those that were asked for."""
    if (gif := outputs.get("gif")) is not None:  # first, since it may be refused
        result.gif(gif, frame_ms)
    if (out := outputs.get("out")) is not None:
        result.picture(out)
    if (csv := outputs.get("csv")) is not None:
        result.to_csv(csv)


def _check_words(gif: PathLike) -> None:
    """Refuse to write over a text that is not the description of an animation of losslab's."""
    from losslab.plots.animation import get_description_path

    words = get_description_path(gif)
    check_writable(words, "gif")
    if words.exists() and not Path(gif).exists():  # if it did, it would be losslab's
        raise _taken(words, "gif")


def check_replaceable(path: PathLike, option: str) -> None:
    """Refuse to write over a file that is neither empty nor an earlier output of this option.

    Args:
        path: where ``option`` is to write.
        option: one of ``SIGNS``; other options look after their files themselves.

    Examples:
        >>> check_replaceable("no such file.py", "code")
        >>> check_replaceable(os.__file__, "code")
        Traceback (most recent call last):
        losslab.core.errors.OptionError: needed a new file, or one that losslab wrote, for --code...
    """
    place = Path(path)
    if option not in SIGNS or not place.is_file():
        return
    try:
        with place.open("rb") as file:
            ends = file.read(NEAR)
            file.seek(max(0, place.stat().st_size - NEAR))
            ends += file.read(NEAR)
    except OSError:  # what can't be read can't be told to be ours
        ends = b"?"
    if ends and not any(sign in ends for sign in SIGNS[option]):
        raise _taken(path, option)


def _taken(path: PathLike, option: str) -> OptionError:
    return OptionError(
        f"needed a new file, or one that losslab wrote, for --{option}",
        got=f"{os.fspath(path)!r}, which is something else",
        fix=f"--{option} with another name, or move that file away",
    )


def check_distinct(source: str | None, outputs: Mapping[str, PathLike | None]) -> None:
    """Refuse to write two things into one file, or anything over the table itself."""
    taken = {} if source is None else {os.path.realpath(source): "the table"}
    for option, path in outputs.items():
        if path is None:
            continue
        place = os.path.realpath(path)
        if place in taken:
            raise OptionError(
                f"needed a file of its own for --{option}",
                got=f"{os.fspath(path)!r}, which is {taken[place]}",
                fix=f"--{option} with another name",
            )
        taken[place] = f"that of --{option}"
