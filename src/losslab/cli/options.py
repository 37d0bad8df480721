"""Options that several commands share, as types: how a table is read, and what all end with."""

from typing import Annotated

import typer


def option(text: str, metavar: str | None = None) -> typer.models.OptionInfo:
    """An option that is named as its argument is."""
    made: typer.models.OptionInfo = typer.Option(help=text, metavar=metavar)
    return made


Source = Annotated[
    str, typer.Argument(help="A data set's name, or a CSV or Parquet file.", metavar="DATA")
]
Target = Annotated[str | None, option("The column to predict.", "COL")]
Drop = Annotated[list[str] | None, option("Columns to leave out.", "COL,...")]
Features = Annotated[
    list[str] | None, option("Columns to keep; beginnings of names will do.", "COL,...")
]
Task = Annotated[
    str | None, option("binary, multiclass, regression or count; inferred by default.", "TASK")
]
Groups = Annotated[
    str | None, option("A column whose equal values stay together in a split.", "COL")
]
Impute = Annotated[
    bool, typer.Option("--impute", help="Fill in missing features instead of refusing.")
]
Decimal = Annotated[str, option("The decimal mark of a CSV file.", "CHAR")]
Separator = Annotated[str | None, option("What separates the fields of a CSV file.", "CHAR")]
Seed = Annotated[int, option("What all randomness derives from.", "N")]
AsJson = Annotated[bool, typer.Option("--json", help="Write the results to stdout as JSON.")]
