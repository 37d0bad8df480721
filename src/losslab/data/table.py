"""A table as it was opened: columns not typed yet, and where each row stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from losslab.core.errors import DataError
from losslab.data.options import format_value

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """Columns as they came, with the file line of every row where there is a file of lines."""

    frame: "pd.DataFrame"
    name: str
    source: str
    lines: Sequence[int] | None = None
    notes: tuple[str, ...] = ()
    trusted: bool = False  # from the catalogue: its columns need no further checks

    @property
    def columns(self) -> list[str]:
        """The names of all columns, in order."""
        return [str(name) for name in self.frame.columns]

    @property
    def called(self) -> str:
        """What it is called in a message: its file, or the name of a data set."""
        return f"the data set {self.name!r}" if self.trusted else self.source

    def place(self, row: int) -> str:
        """Say where a row stands, as an editor or a data frame would show it."""
        if self.lines is not None:
            return f"line {self.lines[row]}"
        return f"row {row} (counting from 0)"


def table_from_frame(frame: "pd.DataFrame", *, name: str, source: str) -> Table:
    """Take a data frame: names become text, the index is left aside."""
    names = [str(column).strip() for column in frame.columns]
    check_header(names, source)
    if not names or not len(frame):
        raise DataError(
            f"needed rows and columns in {source}",
            got=f"{len(frame)} rows and {len(names)} columns",
            fix="check what was read into it",
        )
    return Table(
        frame=frame.set_axis(names, axis=1).reset_index(drop=True), name=name, source=source
    )


def check_header(names: Sequence[str], source: str) -> None:
    """Refuse a column name that stands there twice, naming both positions."""
    first: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if name in first:
            raise DataError(
                f"needed a different name for every column of {source}",
                got=f"{format_value(name)} as column {first[name]} and as column {position}",
                fix=f"rename or remove column {position}",
            )
        first[name] = position
