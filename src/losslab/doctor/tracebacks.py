"""Tracebacks as the script alone would have written them."""

import os
import traceback
from pathlib import Path

_HERE = str(Path(__file__).parent) + os.sep


def own_traceback(error: BaseException) -> str:
    """Write the traceback of an exception without the frames of the doctor."""
    whole = traceback.TracebackException.from_exception(error)
    part: traceback.TracebackException | None = whole
    while part is not None:
        part.stack = traceback.StackSummary.from_list(
            [frame for frame in part.stack if not frame.filename.startswith(_HERE)]
        )
        part = part.__cause__ or part.__context__
    return "".join(whole.format())


def last_line(error: BaseException) -> str:
    """Write the last line of a traceback: the exception's type and message."""
    return traceback.format_exception_only(error)[-1].strip()
