"""Curves rasterized into characters of a terminal, and the placement of their labels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class GlyphSet:
    """Characters that stand for small grids of dots.

    Args:
        across, down: the dots of a character.
        glyphs: the character of each bit pattern, whose lowest bit is the top left dot, row by row.
    """

    across: int
    down: int
    glyphs: str


def _list_braille() -> str:
    # Unicode counts the upper six dots column by column, and the lowest two last.
    bits = (0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80)
    codes = (sum(bit for at, bit in enumerate(bits) if code >> at & 1) for code in range(256))
    # Some fonts draw the empty pattern as circles; a space is empty in all.
    return "".join(chr(0x2800 + code) if code else " " for code in codes)


BRAILLE = GlyphSet(across=2, down=4, glyphs=_list_braille())
ASCII = GlyphSet(across=1, down=3, glyphs=" '-'.:.|")


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """A rectangle of the plane, drawn with characters.

    Args:
        x, y: the limits of the axes.
        width, height: the size in characters.
        glyphs: what it is drawn with.

    Examples:
        >>> ends = np.array([0.0, 1.0])
        >>> for glyphs in (BRAILLE, ASCII):
        ...     canvas = Canvas(x=(0, 1), y=(0, 1), width=3, height=2, glyphs=glyphs)
        ...     canvas.render(canvas.rasterize(ends, ends))
        [' ⢀⠎', '⡠⠃ ']
        [" .'", ".' "]
    """

    x: tuple[float, float]
    y: tuple[float, float]
    width: int
    height: int
    glyphs: GlyphSet

    def find_rows(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Find the row of dots, from the top, of each ``y``; one beyond the edge if outside."""
        low, high = self.y
        rows = self.height * self.glyphs.down
        return np.rint(np.clip((high - y) / (high - low) * (rows - 1), -1, rows))

    def rasterize(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Mask:
        """Draw ``y`` over ``x`` as connected dots, clipped to the canvas.

        Shape:
            x, y ``(N,)`` -> dots ``(height * down, width * across)``
        """
        columns = self.width * self.glyphs.across
        at = np.interp(np.linspace(*self.x, columns), x, y, left=np.nan, right=np.nan)
        dots = np.zeros((self.height * self.glyphs.down, columns), dtype=bool)
        previous = np.nan
        for column, row in enumerate(self.find_rows(at)):
            if not np.isnan(row):
                start = row if np.isnan(previous) else previous + np.sign(row - previous)
                first, last = sorted((int(start), int(row)))
                dots[max(first, 0) : last + 1, column] = True
            previous = row
        return dots

    def find_cells(self, dots: Mask) -> Mask:
        """Mark the characters that hold any dot.

        Shape:
            dots ``(height * down, width * across)`` -> ``(height, width)``
        """
        return np.asarray(self._split_cells(dots).any(-1))

    def render(self, dots: Mask) -> list[str]:
        """Convert dots to lines of text."""
        codes = self._split_cells(dots) @ (1 << np.arange(self.glyphs.across * self.glyphs.down))
        return ["".join(self.glyphs.glyphs[code] for code in row) for row in codes]

    def _split_cells(self, dots: Mask) -> Mask:
        cells = dots.reshape(self.height, self.glyphs.down, self.width, self.glyphs.across)
        return cells.transpose(0, 2, 3, 1).reshape(self.height, self.width, -1)


_FAR = 6


@dataclass(frozen=True, kw_only=True)
class Label:
    """A text and its position."""

    text: str
    row: int
    column: int

    def slice_around(self, margin: int) -> tuple[slice, slice]:
        """Index the characters of the text with a margin around them."""
        above, before = max(self.row - margin, 0), max(self.column - margin, 0)
        after = self.column + len(self.text) + margin
        return slice(above, self.row + margin + 1), slice(before, after)


def place_labels(names: Sequence[str], lines: Sequence[Mask], taken: Mask) -> list[Label | None]:
    """Place each name on characters that no curve crosses.

    Without such a place, a capital letter on the curve itself stands for the name; None if other
    curves cover it.

    Args:
        names: one for each curve.
        lines: the characters each curve crosses, ``(height, width)`` each.
        taken: characters in use for other things.
    """
    used = np.logical_or.reduce([taken, *lines])
    labels: list[Label | None] = []
    for number, (name, line) in enumerate(zip(names, lines, strict=True)):
        others = np.logical_or.reduce([np.zeros_like(used), *lines[:number], *lines[number + 1 :]])
        letter = ascii_uppercase[number % 26]
        label = _find_farthest(_find_free(name, line, used), others) or _find_farthest(
            (
                Label(text=letter, row=int(row), column=int(column))
                for row, column in np.argwhere(line & ~others)
            ),
            others,
        )
        if label is not None:
            used[label.row, label.slice_around(1)[1]] = True
        labels.append(label)
    return labels


def _find_farthest(candidates: Iterator[Label], others: Mask) -> Label | None:
    """Find the label farthest from other curves, the rightmost of several."""

    def measure(label: Label) -> tuple[int, int]:
        steps = (step for step in range(1, _FAR) if others[label.slice_around(step)].any())
        return next(steps, _FAR), label.column

    return max(candidates, key=measure, default=None)


def _find_free(name: str, line: Mask, used: Mask) -> Iterator[Label]:
    """Find the unused positions beside a curve."""
    height, width = line.shape
    for row in range(height):
        for column in range(width - len(name) + 1):
            label = Label(text=name, row=row, column=column)
            free = not used[row, label.slice_around(1)[1]].any()
            if free and line[label.slice_around(1)].any():
                yield label
