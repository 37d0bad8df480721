"""Tracebacks as the script alone would have written them."""

import os
import traceback
from collections.abc import Sequence
from pathlib import Path

_HERE = str(Path(__file__).parent) + os.sep


def own_traceback(error: BaseException) -> str:
    """Write the traceback of an exception without the frames of the doctor."""
    whole = traceback.TracebackException.from_exception(error)
    part: traceback.TracebackException | None = whole
    while part is not None:
        part.stack = traceback.StackSummary.from_list(_alone(part.stack))
        part = part.__cause__ or part.__context__
    return "".join(whole.format())


def _alone(stack: Sequence[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    """Leave out our frames, and those in which PyTorch hands a call to us and gets it back."""
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


def last_line(error: BaseException) -> str:
    """Write the last line of a traceback: the exception's type and message."""
    return traceback.format_exception_only(error)[-1].strip()
