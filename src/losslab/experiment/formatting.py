"""Counts, numbers and durations as text."""


def format_count(number: int, noun: str) -> str:
    """Format a number of things, with the noun in the singular or plural.

    Examples:
        >>> format_count(1, "run"), format_count(1250, "run")
        ('1 run', '1,250 runs')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def format_number(value: float, digits: int = 3) -> str:
    """Format a number with significant digits, never with an exponent if it is large.

    Examples:
        >>> format_number(0.01234), format_number(54.555), format_number(12345.6)
        ('0.0123', '54.6', '12,346')
    """
    return f"{value:,.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"


def format_duration(seconds: float) -> str:
    """Format an approximate duration.

    Examples:
        >>> format_duration(0.3), format_duration(42), format_duration(200), format_duration(8000)
        ('1 s', '42 s', '3 min', '2.2 h')
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
