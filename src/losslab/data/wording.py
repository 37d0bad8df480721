"""How messages about tables name columns, values and command-line options."""

import shlex
from collections.abc import Sequence


def listed(names: Sequence[object], limit: int = 12) -> str:
    """Name the first few and count the rest.

    >>> listed(["a", "b", "c"], limit=2)
    'a, b and 1 more'
    """
    rest = len(names) - limit
    shown = ", ".join(str(name) for name in names[:limit])
    return f"{shown} and {rest} more" if rest > 0 else shown


def shown(value: object, limit: int = 40) -> str:
    """Quote one cell, shortened where it is long.

    >>> shown("1,5")
    "'1,5'"
    """
    text = str(value)
    return repr(text if len(text) <= limit else text[: limit - 3] + "...")


def flag(option: str, names: Sequence[str]) -> str:
    """Write an option as one types it in a shell; a name with a comma stands alone.

    >>> flag("drop", ["Name", "my id"])
    "--drop 'Name,my id'"
    >>> flag("drop", ["Name", "x,y"])
    '--drop Name --drop x,y'
    """
    if any("," in name for name in names):
        return " ".join(f"--{option} {shlex.quote(name)}" for name in names)
    return f"--{option} {shlex.quote(','.join(names))}"
