"""Streaks: what was seen at every look so far, or from early on, and at no fixed rhythm."""

from dataclasses import dataclass

LEAST_LOOKS = 5
LEAST_STEPS = 6
# A streak that began late may be a passing state of the training.
EARLY = 3
SHARE = 8


def is_looked_at(number: int) -> bool:
    """Tell whether the call of this number is one to look at, counted from 1.

    They grow rare like powers of two, and come in pairs: a script that does one thing at even and
    another at odd calls is seen at both.

    Examples:
        >>> [number for number in range(1, 40) if is_looked_at(number)]
        [1, 2, 3, 4, 5, 8, 9, 16, 17, 32, 33]
    """
    return number <= 4 or not number & (number - 1) or not (number - 1) & (number - 2)


@dataclass
class Streak:
    """The looks in a row at which the same was seen, up to the last.

    Args:
        calls: all calls, looked at or not; the owner counts them.
        looks: how many looks in a row.
        first: the number of the call at which the row began.
        first_step: optimizer steps before it.
        last_step: optimizer steps before the last look.
    """

    calls: int = 0
    looks: int = 0
    first: int = 0
    first_step: int = 0
    last_step: int = 0

    def look(self, seen: bool, step: int) -> None:
        """Lengthen the row, or end it.

        Examples:
            >>> streak = Streak()
            >>> for streak.calls in (1, 2, 3, 4, 5, 8):
            ...     streak.look(streak.calls > 1, step=streak.calls - 1)
            >>> streak.looks, streak.first, streak.lasts()
            (5, 2, True)
        """
        if not seen:
            self.looks = 0
            return
        if not self.looks:
            self.first, self.first_step = self.calls, step
        self.looks += 1
        self.last_step = step

    def lasts(self) -> bool:
        """Tell whether the row is long, began early and goes on to the last look."""
        early = self.first <= max(EARLY, self.calls // SHARE)
        long = self.last_step - self.first_step >= LEAST_STEPS
        return self.looks >= LEAST_LOOKS and long and early
