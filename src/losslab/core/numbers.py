"""Type checks for numbers."""

from numbers import Real
from typing import TypeGuard


def is_number(value: object) -> TypeGuard[float]:
    """Return whether a value is a real number of any library, but not a bool.

    Examples:
        >>> is_number(2), is_number(0.5), is_number(True), is_number("2")
        (True, True, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, bool)
