"""Broadcasting: which shapes stretch, and which of them by accident."""

from collections.abc import Sequence


def both_stretch(left: Sequence[int], right: Sequence[int]) -> bool:
    """Tell whether broadcasting repeats values of both sides.

    >>> both_stretch((32, 1), (32,)), both_stretch((32, 4), (4,)), both_stretch((32, 1), (32, 1))
    (True, False, False)
    """
    rank = max(len(left), len(right))
    one = (1,) * (rank - len(left)) + tuple(left)
    two = (1,) * (rank - len(right)) + tuple(right)
    pairs = list(zip(one, two, strict=True))
    return any(a == 1 < b for a, b in pairs) and any(b == 1 < a for a, b in pairs)


def column_against_row(left: Sequence[int], right: Sequence[int]) -> bool:
    """Tell whether two shapes differ by one axis of length one, and both stretch.

    That is the (N, 1) output against the (N,) target: they hold as many values, one for one,
    and broadcasting makes all pairs of them instead.

    >>> column_against_row((32, 1), (32,)), column_against_row((8, 1, 5, 5), (8, 5, 5))
    (True, True)
    >>> column_against_row((32, 1), (1, 32)), column_against_row((1, 1), (1,))
    (False, False)
    """
    longer, shorter = sorted((tuple(left), tuple(right)), key=len, reverse=True)
    without_one = any(
        length == 1 and (*longer[:place], *longer[place + 1 :]) == shorter
        for place, length in enumerate(longer)
    )
    return without_one and both_stretch(longer, shorter)


def stretched(left: Sequence[int], right: Sequence[int]) -> tuple[int, ...]:
    """Give the shape that broadcasting makes.

    >>> stretched((32, 1), (32,))
    (32, 32)
    """
    rank = max(len(left), len(right))
    one = (1,) * (rank - len(left)) + tuple(left)
    two = (1,) * (rank - len(right)) + tuple(right)
    return tuple(max(a, b) if min(a, b) else 0 for a, b in zip(one, two, strict=True))
