"""The table of data sets for a terminal."""

from rich.table import Table
from rich.text import Text

from losslab.data.catalog import DATASETS


def tabulate_datasets() -> Table:
    """Tabulate each data set's name, title, task, size and source."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for spec in DATASETS.values():
        classes = f" ({spec.n_classes} classes)" if spec.n_classes > 2 else ""
        size = f"{spec.task}{classes}, {spec.n_rows:,} rows, {spec.n_features} features"
        text = Text(f"{spec.title}: {size}\n")
        text.append(f"{spec.source}; license: {spec.license}\n", style="dim")
        table.add_row(spec.name, text)
    table.add_row("FILE", "any CSV or Parquet file: losslab compare FILE --target COL")
    return table
