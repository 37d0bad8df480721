"""A table as read: columns not typed yet, with the position of each row in its file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from losslab.core.errors import DataError
from losslab.data.options import format_value

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """Columns as they were read.

    Args:
        frame: the columns.
        name: what reports call the table.
        source: what messages call it.
        lines: the file line of every row, if it came from a text file.
        notes: what a user should know about how it was read.
        trusted: it came from the catalogue, and needs no further checks.
    """

    frame: "pd.DataFrame"
    name: str
    source: str
    lines: Sequence[int] | None = None
    notes: tuple[str, ...] = ()
    trusted: bool = False

    @property
    def columns(self) -> list[str]:
        """The names of all columns, in order."""
        return [str(name) for name in self.frame.columns]

    @property
    def label(self) -> str:
        """The file, or the name of a data set, for messages."""
        return f"the data set {self.name!r}" if self.trusted else self.source

    def locate_row(self, row: int) -> str:
        """Describe the position of a row in the file or data frame."""
        if self.lines is not None:
            return f"line {self.lines[row]}"
        return f"row {row} (counting from 0)"


def build_table(frame: "pd.DataFrame", *, name: str, source: str) -> Table:
    """Convert a data frame: names become text, the index is dropped."""
    names = [str(column).strip() for column in frame.columns]
    check_unique_names(names, source)
    if not names or not len(frame):
        raise DataError(
            f"needed rows and columns in {source}",
            got=f"{len(frame)} rows and {len(names)} columns",
            fix="check what was read into it",
        )
    return Table(
        frame=frame.set_axis(names, axis=1).reset_index(drop=True), name=name, source=source
    )


def check_unique_names(names: Sequence[str], source: str) -> None:
    """Reject a duplicate column name, with both positions."""
    first: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if name in first:
            raise DataError(
                f"needed a different name for every column of {source}",
                got=f"{format_value(name)} as column {first[name]} and as column {position}",
                fix=f"rename or remove column {position}",
            )
        first[name] = position
