"""What counts as a number where a setting is wanted."""

from numbers import Real
from typing import TypeGuard


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a real number of any library; True and False are none.

    Examples:
        >>> is_number(2), is_number(0.5), is_number(True), is_number("2")
        (True, True, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, bool)
