"""The data sets for a terminal."""

from rich.table import Table
from rich.text import Text

from losslab.data.catalog import DATASETS
from losslab.data.dataset import DatasetSpec


def datasets_table() -> Table:
    """Return each data set's name, what it is, its task and size, and where it comes from."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for spec in DATASETS.values():
        table.add_row(spec.name, _described(spec))
    table.add_row("FILE", "any CSV or Parquet file: losslab compare FILE --target COL")
    return table


def _described(spec: DatasetSpec) -> Text:
    kinds = f" ({spec.n_classes} classes)" if spec.n_classes > 2 else ""
    size = f"{spec.task}{kinds}, {spec.n_rows:,} rows, {spec.n_features} features"
    text = Text(f"{spec.title}: {size}\n")
    text.append(f"{spec.source}; license: {spec.license}\n", style="dim")
    return text
