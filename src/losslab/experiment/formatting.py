"""Counts, quantities and durations as sentences write them."""


def counted(number: int, noun: str) -> str:
    """A number of things, one or several.

    >>> counted(1, "run"), counted(1250, "run")
    ('1 run', '1,250 runs')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def amount(value: float, digits: int = 3) -> str:
    """A number in so many significant digits, never with an exponent if it is large.

    >>> amount(0.01234), amount(54.555), amount(12345.6)
    ('0.0123', '54.6', '12,346')
    """
    return f"{value:,.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"


def spoken(seconds: float) -> str:
    """A duration as one says it.

    >>> spoken(0.3), spoken(42), spoken(200), spoken(8000)
    ('1 s', '42 s', '3 min', '2.2 h')
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
