"""How a script gets its table: from scikit-learn, from a generator, or from a file."""

from dataclasses import dataclass
from pathlib import Path

from losslab.data import csv_table, raw
from losslab.data.catalog import DATASETS
from losslab.data.load import PARQUET_ENDINGS
from losslab.data.options import TableOptions
from losslab.data.spec import Dataset
from losslab.report.standalone.files import csv_body, parquet_body
from losslab.report.standalone.imports import NUMPY, PANDAS, Import
from losslab.report.standalone.literals import assignment
from losslab.report.standalone.loaders import LOADERS


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The body of the script's ``read_table`` and what goes with it.

    Args:
        summary: the function's docstring.
        body: its lines, indented.
        imports: what they need.
        takes_path: whether the table is a file, to be named by ``--data``.
        default: the assignment of the file's usual path; empty if it has none.
        help: what ``--data`` is.
    """

    summary: str
    body: str
    imports: frozenset[Import]
    takes_path: bool
    default: str = ""
    help: str = ""


def reading(source: str | None, data: Dataset, options: TableOptions) -> Reading:
    """Write the code that reads what losslab has read.

    Args:
        source: the name of a data set or the path of a file; None for a data frame, which the
            script expects as a Parquet file.
        data: the table as losslab has read it.
        options: as it was asked to.
    """
    if source is not None and source in DATASETS:
        return _from_catalogue(source)
    if source is None or source.lower().endswith(PARQUET_ENDINGS):
        summary, body = "Read the Parquet file.", parquet_body(data, options)
    else:
        text = raw.read_text(Path(source))
        separator = options.separator or csv_table.detect_separator(text)
        summary, body = "Read the CSV file.", csv_body(text, separator, data, options)
    return Reading(
        summary=summary,
        body=body,
        imports=frozenset({NUMPY, PANDAS}),
        takes_path=True,
        default="" if source is None else assignment("DATA", source),
        help="the table, saved by frame.to_parquet(...)" if source is None else "the table",
    )


def _from_catalogue(name: str) -> Reading:
    loader = LOADERS[name]
    return Reading(
        summary=loader.summary,
        body=loader.body,
        imports=loader.imports,
        takes_path=bool(loader.path),
        default=f"DATA = {loader.path}" if loader.path else "",
        help=loader.help,
    )
