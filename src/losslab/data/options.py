"""Options for reading a table, and the formatting of columns, values and options in messages."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from losslab.core.errors import OptionError
from losslab.core.tasks import check_task


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """The options of a table, named as on the command line.

    Attributes:
        target: the column to predict; a data set of the catalogue has a default.
        drop: columns to leave out.
        features: columns to keep, by name or unique prefix; all but the target if empty.
        task: binary, multiclass, regression or count; inferred from the target if None.
        groups: a column whose equal values stay together when splitting.
        impute: impute missing and non-finite feature values, and add indicator columns.
        decimal: the decimal mark of a CSV file, "." or ",".
        separator: the field separator of a CSV file; detected from its header if None.

    Examples:
        >>> TableOptions(target="price", drop=("make",)).drop
        ('make',)
    """

    target: str | None = None
    drop: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    task: str | None = None
    groups: str | None = None
    impute: bool = False
    decimal: str = "."
    separator: str | None = None

    def __post_init__(self) -> None:
        for name in ("drop", "features"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        if self.task is not None:
            check_task(self.task, option="task")
        if self.decimal not in (".", ","):
            raise OptionError(
                "needed '.' or ',' for --decimal", got=repr(self.decimal), fix="--decimal ,"
            )
        mark = self.separator
        if mark is not None and (len(mark) != 1 or mark in '"\r\n\0' or mark == " "):
            raise OptionError(
                "needed one character for --separator", got=repr(mark), fix='--separator ";"'
            )
        if mark is not None and mark == self.decimal:
            raise OptionError(
                "needed different characters for --separator and --decimal",
                got=f"{mark!r} for both",
                fix=f'--separator ";" --decimal {mark}',
            )


def format_list(names: Sequence[object], limit: int = 12) -> str:
    """List the first few names and count the rest.

    Examples:
        >>> format_list(["a", "b", "c"], limit=2)
        'a, b and 1 more'
    """
    rest = len(names) - limit
    first = ", ".join(str(name) for name in names[:limit])
    return f"{first} and {rest} more" if rest > 0 else first


def format_value(value: object, limit: int = 40) -> str:
    """Quote one cell, shortened if it is long.

    Examples:
        >>> format_value("1,5")
        "'1,5'"
    """
    text = str(value)
    return repr(text if len(text) <= limit else text[: limit - 3] + "...")


def format_option(option: str, names: Sequence[str]) -> str:
    """Format an option for a shell, repeated for each name if one has a comma in it.

    Examples:
        >>> format_option("drop", ["Name", "my id"])
        "--drop 'Name,my id'"
        >>> format_option("drop", ["Name", "x,y"])
        '--drop Name --drop x,y'
    """
    if any("," in name for name in names):
        return " ".join(f"--{option} {shlex.quote(name)}" for name in names)
    return f"--{option} {shlex.quote(','.join(names))}"
