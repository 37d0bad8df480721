"""A file is written over only if it was losslab that wrote it, and never twice."""

import os
from collections.abc import Mapping
from pathlib import Path

from losslab.core.errors import OptionError

# What losslab's own files say of themselves near their beginning.
SIGNS = {
    "report": (b"(losslab)</title>",),
    "code": (b"as losslab recommends",),
    "out": (b"losslab",),
    "csv": (b"penalty,alpha,", b"surface,optimizer,"),
}
NEAR = 4096  # bytes


def check_replaceable(path: str | os.PathLike[str], option: str) -> None:
    """Refuse to write over a file that is neither empty nor an earlier output of this option.

    Args:
        path: where ``option`` is to write.
        option: one of ``SIGNS``; other options look after their files themselves.

    Example
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
            start = file.read(NEAR)
    except OSError:  # what can't be read can't be told to be ours
        start = b"?"
    if start and not any(sign in start for sign in SIGNS[option]):
        raise OptionError(
            f"needed a new file, or one that losslab wrote, for --{option}",
            got=f"{os.fspath(path)!r}, which is something else",
            fix=f"--{option} with another name, or move that file away",
        )


def check_distinct(
    source: str | None, outputs: Mapping[str, str | os.PathLike[str] | None]
) -> None:
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
