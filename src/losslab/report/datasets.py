"""The table of data sets for a terminal."""

from rich import box
from rich.table import Table
from rich.text import Text

from losslab.data.catalog import DATASETS


def datasets_table() -> Table:
    """One line per data set: name, task, size, what it is and where it comes from."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("name", "task", "rows", "features", "what it is"):
        size = heading in ("rows", "features")
        table.add_column(heading, justify="right" if size else "left", no_wrap=heading == "name")
    for spec in DATASETS.values():
        kinds = f" ({spec.n_classes})" if spec.n_classes > 2 else ""
        table.add_row(
            spec.name,
            f"{spec.task}{kinds}",
            str(spec.n_rows),
            str(spec.n_features),
            Text(f"{spec.title}\n{spec.source}; {spec.license}"),
        )
    table.caption = "Any CSV or Parquet file works too: losslab compare FILE --target COL"
    return table
