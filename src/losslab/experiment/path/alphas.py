"""The alphas of a path: a range in equal ratios, or a list."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from losslab.core.errors import OptionError
from losslab.elementary.scalar import exp, log
from losslab.experiment.axes import number, values_of

RANGE = "1e-4:1e2:24"
MOST = 1000


def alphas_of(value: Any) -> tuple[float, ...]:
    """Read ``low:high:count``, both ends included and in equal ratios, or a rising list.

    Example
        >>> alphas_of("0.01:1:3"), alphas_of("0, 0.5, 2"), alphas_of([0.1, 1])
        ((0.01, 0.1, 1.0), (0.0, 0.5, 2.0), (0.1, 1.0))
    """
    texts = values_of(value)
    if len(texts) == 1 and isinstance(texts[0], str) and ":" in texts[0]:
        return _range(texts[0])
    alphas = tuple(float(number("alphas", part, float)) for part in texts)
    _check(alphas, texts)
    return alphas


def _range(text: str) -> tuple[float, ...]:
    parts = [part.strip() for part in text.split(":")]
    if len(parts) != 3:
        raise _unreadable("low:high:count", text)
    try:
        low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
    except ValueError:
        raise _unreadable("low:high:count, two numbers and a whole one", text) from None
    if not 0 < low < math.inf or not low < high < math.inf:
        raise _unreadable("low:high:count with 0 < low < high", text)
    if not 2 <= count <= MOST:
        raise _unreadable(f"low:high:count with a count from 2 to {MOST}", text)
    return geometric(low, high, count)


def geometric(low: float, high: float, count: int) -> tuple[float, ...]:
    """Numbers in equal ratios, to twelve digits and both ends exactly.

    >>> geometric(0.001, 10.0, 5)
    (0.001, 0.01, 0.1, 1.0, 10.0)
    """
    step = (log(high) - log(low)) / (count - 1)
    between = (exp(log(low) + step * place) for place in range(1, count - 1))
    return (low, *(float(f"{alpha:.12g}") for alpha in between), high)


def _unreadable(needed: str, text: str) -> OptionError:
    return OptionError(f"needed --alphas as {needed}", got=repr(text), fix=f"--alphas {RANGE}")


def _check(alphas: Sequence[float], texts: Sequence[Any]) -> None:
    if not 2 <= len(alphas) <= MOST:
        raise OptionError(
            f"needed from 2 to {MOST} --alphas",
            got=f"{len(alphas)}: {', '.join(map(str, texts[:3]))}" if alphas else "none",
            fix=f"--alphas {RANGE}, or a list such as 0,0.01,0.1",
        )
    bad = [alpha for alpha in alphas if not 0 <= alpha < math.inf]
    if bad:
        raise OptionError(
            "needed --alphas as finite numbers from 0 on", got=f"{bad[0]:g}", fix="--alphas 0,0.1,1"
        )
    for one, other in pairwise(alphas):
        if other <= one:
            rising = ",".join(f"{alpha:g}" for alpha in sorted(set(alphas)))
            raise OptionError(
                "needed --alphas in rising order, each once",
                got=f"{other:g} after {one:g}",
                fix=f"--alphas {rising}" if len(set(alphas)) > 1 else f"--alphas {RANGE}",
            )
