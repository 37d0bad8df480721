"""Where the names of curves fit in a picture: beside their own curve, away from the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

import numpy as np

from losslab.report.canvas import Dots

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
