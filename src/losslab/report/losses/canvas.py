"""Lines drawn with the letters of a terminal, and where the names of curves fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

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


_FAR = 6


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a text starts."""

    text: str
    row: int
    column: int

    def around(self, margin: int) -> tuple[slice, slice]:
        """The letters of the text, and so many around it."""
        above, before = max(self.row - margin, 0), max(self.column - margin, 0)
        after = self.column + len(self.text) + margin
        return slice(above, self.row + margin + 1), slice(before, after)


def places(names: Sequence[str], lines: Sequence[Dots], taken: Dots) -> list[Place | None]:
    """Find a place for each name on letters that no curve crosses.

    Where there is none, a capital letter on the curve itself stands for the name; None where the
    other curves cover it.

    Args:
        names: one for each line.
        lines: the letters each curve crosses, ``(height, width)`` each.
        taken: letters that are in use for other things.
    """
    used = np.logical_or.reduce([taken, *lines])
    found: list[Place | None] = []
    for number, (name, own) in enumerate(zip(names, lines, strict=True)):
        others = np.zeros_like(used)
        for line in (*lines[:number], *lines[number + 1 :]):
            others |= line
        place = _farthest(_beside(name, own, used), others)
        if place is None:
            place = _farthest(_upon(ascii_uppercase[number % 26], own & ~others), others)
        if place is not None:
            used[place.row, place.around(1)[1]] = True
        found.append(place)
    return found


def _farthest(candidates: Iterator[Place], others: Dots) -> Place | None:
    return max(candidates, key=lambda place: (_distance(place, others), place.column), default=None)


def _beside(name: str, own: Dots, used: Dots) -> Iterator[Place]:
    height, width = own.shape
    for row in range(height):
        for column in range(width - len(name) + 1):
            place = Place(text=name, row=row, column=column)
            clear = not used[row, place.around(1)[1]].any()
            if clear and own[place.around(1)].any():
                yield place


def _upon(letter: str, own: Dots) -> Iterator[Place]:
    for row, column in np.argwhere(own):
        yield Place(text=letter, row=int(row), column=int(column))


def _distance(place: Place, lines: Dots) -> int:
    """How many letters lie between a text and the nearest line, up to what matters."""
    reached = (lines[place.around(step)].any() for step in range(1, _FAR))
    return next((step for step, hit in enumerate(reached, 1) if hit), _FAR)
