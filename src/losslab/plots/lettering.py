"""Text that any picture can show: short enough, and only letters that its font has."""

import textwrap
from functools import cache

from losslab.plots.theme import FONT


def legible(text: str) -> str:
    """Replace what the font lacks or what is no visible character by a replacement mark.

    >>> legible("loss\\x1b[31m")
    'loss�[31m'
    """
    known = _letters()
    return "".join(
        letter if letter.isprintable() and ord(letter) in known else "\ufffd" for letter in text
    )


def folded(text: str, width: int, lines: int = 2) -> str:
    """Fold text into at most ``lines`` lines of ``width`` letters, cut with an ellipsis.

    >>> folded("mse, sgd, hidden 64-64-64-64, batch 128", 16)
    'mse, sgd, hidden\\n64-64-64-64, ba…'
    """
    parts = textwrap.wrap(legible(text), width, break_on_hyphens=False) or [""]
    if len(parts) <= lines:
        return "\n".join(parts)
    rest = " ".join(parts[lines - 1 :])
    return "\n".join([*parts[: lines - 1], f"{rest[: width - 1].rstrip()}…"])


@cache
def _letters() -> frozenset[int]:
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(findfont(FONT)).get_charmap())
