"""The user's line that made a call, and tracebacks without losslab's own frames."""

import os
import sys
import sysconfig
import traceback
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import NamedTuple

_STANDARD = tuple(
    os.path.realpath(sysconfig.get_paths()[key]) + os.sep for key in ("stdlib", "platstdlib")
)
_LOSSLAB = os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + os.sep
# Operators of tensors and functional calls of PyTorch pass through these files.
_PASSED_THROUGH = (
    os.path.join("torch", "overrides.py"),
    os.path.join("torch", "_tensor.py"),
    os.path.join("torch", "functional.py"),
    os.path.join("torch", "nn", "functional.py"),
    os.path.join("torch", "utils", "_contextlib.py"),
)


class Place(NamedTuple):
    """A line of the user's code.

    ``direct`` tells whether that line made the call itself; otherwise a library did on its
    behalf, as ``nn.MSELoss.forward`` calls ``F.mse_loss``.
    """

    file: str
    line: int
    direct: bool

    @property
    def key(self) -> tuple[str, int]:
        """File and line, which identify the place."""
        return self.file, self.line


NOWHERE = Place("", 0, direct=False)


def find_users_place(skip: int = 1) -> Place:
    """Find the nearest line outside PyTorch, losslab, the standard library and site-packages.

    Args:
        skip: Number of frames above the caller to start at.
    """
    frame: FrameType | None = sys._getframe(skip)
    direct = True
    while frame is not None:
        file = frame.f_code.co_filename
        owner = _find_owner(file)
        if owner == "user":
            return Place(file, frame.f_lineno, direct)
        if owner == "library":
            direct = False
        frame = frame.f_back
    return NOWHERE


@lru_cache(maxsize=4096)
def _find_owner(file: str) -> str:
    """Tell whose code a file holds: "user", "library", or "between", which does not count."""
    if file.startswith("<frozen"):
        return "library"
    if file.startswith("<"):  # typed in, or a notebook's cell
        return "user"
    path = os.path.realpath(file)
    if path.startswith(_LOSSLAB):
        in_doctor = path.startswith(os.path.join(_LOSSLAB, "doctor") + os.sep)
        return "between" if in_doctor else "library"
    if path.endswith(_PASSED_THROUGH):
        return "between"
    installed = f"{os.sep}site-packages{os.sep}" in path or f"{os.sep}dist-packages{os.sep}" in path
    # A notebook's cell has a name of its own, which is no path: "notebook.ipynb cell 12".
    return "library" if installed or path.startswith(_STANDARD) else "user"


def find_users_frame() -> FrameType | None:
    """Return the frame whose line :func:`find_users_place` finds."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _find_owner(frame.f_code.co_filename) != "user":
        frame = frame.f_back
    return frame


_HERE = str(Path(__file__).parent) + os.sep


def format_own_traceback(error: BaseException) -> str:
    """Write the traceback of an exception without the frames of the doctor."""
    outermost = traceback.TracebackException.from_exception(error)
    part: traceback.TracebackException | None = outermost
    while part is not None:
        part.stack = traceback.StackSummary.from_list(_drop_own_frames(part.stack))
        part = part.__cause__ or part.__context__
    return "".join(outermost.format())


def _drop_own_frames(stack: Sequence[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    """Drop the doctor's frames, and those in which PyTorch passes a call to its mode."""
    kept: list[traceback.FrameSummary] = []
    for frame in stack:
        if frame.filename.startswith(_HERE):
            continue
        if len(kept) > 1 and kept[-1].name == "handle_torch_function":
            asked = kept[-2]
            if (asked.filename, asked.name) == (frame.filename, frame.name):
                del kept[-2:]
        kept.append(frame)
    return kept
