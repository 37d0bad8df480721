"""Lines drawn with the letters of a terminal: Braille's small dots, or ASCII."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Dots = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Grain:
    """How many dots a letter holds, and the letters: a dot's bit is its place down, then across."""

    across: int
    down: int
    letters: str


def _braille() -> str:
    # Unicode counts the upper six dots column by column, and the lowest two last.
    bits = (0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80)
    codes = (sum(bit for at, bit in enumerate(bits) if code >> at & 1) for code in range(256))
    # Some fonts draw the empty pattern as circles; a space is empty in all.
    return "".join(chr(0x2800 + code) if code else " " for code in codes)


BRAILLE = Grain(across=2, down=4, letters=_braille())
ASCII = Grain(across=1, down=3, letters=" '-'.:.|")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The part of the plane that a picture shows, and its size in letters."""

    x: tuple[float, float]
    y: tuple[float, float]
    width: int
    height: int

    def depths(self, y: NDArray[np.float64], grain: Grain) -> NDArray[np.float64]:
        """The row of dots, from the top, on which each ``y`` lies; one more where it is outside."""
        low, high = self.y
        rows = self.height * grain.down
        return np.rint(np.clip((high - y) / (high - low) * (rows - 1), -1, rows))


def trace(x: NDArray[np.float64], y: NDArray[np.float64], frame: Frame, grain: Grain) -> Dots:
    """Draw ``y`` over ``x`` as connected dots; what lies outside the frame is left out.

    Shape
        x, y ``(N,)`` -> dots ``(height * down, width * across)``
    """
    rows, columns = frame.height * grain.down, frame.width * grain.across
    at = np.interp(np.linspace(*frame.x, columns), x, y, left=np.nan, right=np.nan)
    dots = np.zeros((rows, columns), dtype=bool)
    before = np.nan
    for column, now in enumerate(frame.depths(at, grain)):
        if not np.isnan(now):
            start = now if np.isnan(before) else before + np.sign(now - before)
            first, last = sorted((int(start), int(now)))
            dots[max(first, 0) : last + 1, column] = True
        before = now
    return dots


def cells(dots: Dots, grain: Grain) -> Dots:
    """Which letters hold any dot.

    Shape
        dots ``(height * down, width * across)`` -> ``(height, width)``
    """
    return np.asarray(_blocks(dots, grain).any(-1))


def letters(dots: Dots, grain: Grain) -> list[str]:
    """Write dots as lines of text.

    Example
        >>> rising = Frame(x=(0, 1), y=(0, 1), width=3, height=2)
        >>> ends = np.array([0.0, 1.0])
        >>> letters(trace(ends, ends, rising, BRAILLE), BRAILLE)
        [' ⢀⠎', '⡠⠃ ']
        >>> letters(trace(ends, ends, rising, ASCII), ASCII)
        [" .'", ".' "]
    """
    codes = _blocks(dots, grain) @ (1 << np.arange(grain.across * grain.down))
    return ["".join(grain.letters[code] for code in row) for row in codes]


def _blocks(dots: Dots, grain: Grain) -> Dots:
    height, width = dots.shape[0] // grain.down, dots.shape[1] // grain.across
    apart = dots.reshape(height, grain.down, width, grain.across)
    return apart.transpose(0, 2, 3, 1).reshape(height, width, -1)
