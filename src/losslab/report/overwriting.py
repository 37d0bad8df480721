"""Output files: checked before any work is done, and overwritten only if losslab wrote them."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from losslab.core.errors import OptionError
from losslab.core.files import check_writable

# What losslab's own files contain near their beginning or end.
SIGNATURES = {
    "report": (b"(losslab)</title>",),
    "code": (b"as losslab recommends",),
    "out": (b"losslab",),
    "csv": (b"penalty,alpha,", b"surface,optimizer,"),
    "gif": (b"losslab",),
}
NEAR = 4096  # bytes from either end

PathLike = str | os.PathLike[str]


def check_outputs(
    source: str | None, outputs: Mapping[str, PathLike | None], frame_ms: float = 500
) -> None:
    """Refuse files that can't or must not be written, before any work is done.

    Args:
        source: the path of the table, if it is a file.
        outputs: the path of each option; ``gif`` for an animation, ``out`` for a picture.
        frame_ms: milliseconds that each frame of the animation is shown.
    """
    if (out := outputs.get("out")) is not None:
        from losslab.plots.render import check_picture

        check_picture(out, "out")
    if (gif := outputs.get("gif")) is not None:
        from losslab.plots.animation import check_animation, get_description_path

        check_animation(gif, frame_ms)
    check_distinct(source, outputs)
    for option, path in outputs.items():
        if path is not None:
            check_writable(path, option)
            check_replaceable(path, option)
    if gif is not None:
        description = get_description_path(gif)
        check_writable(description, "gif")
        if description.exists() and not Path(gif).exists():  # not that of an animation by losslab
            raise _refuse(description, "gif")


class Result(Protocol):
    """A result that can be written as pictures and numbers."""

    def picture(self, path: PathLike) -> None: ...
    def gif(self, path: PathLike, frame_ms: float) -> None: ...
    def to_csv(self, path: PathLike) -> None: ...


def write_outputs(result: Result, outputs: Mapping[str, PathLike | None], frame_ms: float) -> None:
    """Write the pictures and numbers of a result that were asked for."""
    writers: dict[str, Callable[[PathLike], None]] = {
        "gif": lambda path: result.gif(path, frame_ms),  # first, since it may be refused
        "out": result.picture,
        "csv": result.to_csv,
    }
    for option, write in writers.items():
        if (path := outputs.get(option)) is not None:
            write(path)


def check_replaceable(path: PathLike, option: str) -> None:
    """Refuse to overwrite a file that is neither empty nor an earlier output of this option.

    Args:
        path: of the output.
        option: one of ``SIGNATURES``; other options check their files themselves.

    Examples:
        >>> check_replaceable("no such file.py", "code")
        >>> check_replaceable(os.__file__, "code")
        Traceback (most recent call last):
        losslab.core.errors.OptionError: needed a new file, or one that losslab wrote, for --code...
    """
    place = Path(path)
    if option not in SIGNATURES or not place.is_file():
        return
    try:
        with place.open("rb") as file:
            ends = file.read(NEAR)
            file.seek(max(0, place.stat().st_size - NEAR))
            ends += file.read(NEAR)
    except OSError:  # an unreadable file may not be losslab's
        ends = b"?"
    if ends and not any(sign in ends for sign in SIGNATURES[option]):
        raise _refuse(path, option)


def _refuse(path: PathLike, option: str) -> OptionError:
    return OptionError(
        f"needed a new file, or one that losslab wrote, for --{option}",
        got=f"{os.fspath(path)!r}, which is something else",
        fix=f"--{option} with another name, or move that file away",
    )


def check_distinct(source: str | None, outputs: Mapping[str, PathLike | None]) -> None:
    """Refuse to write two outputs into one file, or to overwrite the table itself."""
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
