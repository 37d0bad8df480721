"""Where a loss was first described."""

import inspect
from itertools import takewhile

from losslab.losses.spec import Loss

_HEADING = "Reference"


def full_reference(loss: Loss) -> str:
    """Authors, title and year from the docstring of the loss; else the short reference.

    Example
        >>> from losslab.losses.catalog import LOSSES
        >>> full_reference(LOSSES["huber"])
        'Huber, "Robust estimation of a location parameter" (1964)'
    """
    lines = (inspect.getdoc(loss.fn) or "").splitlines()
    if not loss.reference or _HEADING not in lines:
        return loss.reference
    below = lines[lines.index(_HEADING) + 1 :]
    said = " ".join(line.strip() for line in takewhile(lambda line: line.startswith(" "), below))
    return said.removesuffix(".") or loss.reference
