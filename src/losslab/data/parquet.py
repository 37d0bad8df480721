"""Parquet files, read with pyarrow where it is installed."""

from pathlib import Path
from typing import Any

from losslab.core.errors import DataError
from losslab.core.optional import require
from losslab.data.files import SIZE_CAP, check_file, unreadable
from losslab.data.table import Table, table_from_frame

CELL_CAP = 1 << 28  # repeated values take next to no bytes on disk, but 8 each in memory


def read_parquet(path: Path) -> Table:
    """Open a Parquet file; its columns come typed."""
    check_file(path)
    parquet = require("pyarrow.parquet", extra="parquet", purpose="read Parquet files")
    try:
        with path.open("rb") as stream:
            frame = _frame(parquet.ParquetFile(stream), path)
    except DataError:
        raise
    except OSError as error:
        # pyarrow reports damage as OSError too, then without an error number.
        raise (unreadable(path, error) if error.errno else _damaged(path, error)) from error
    except Exception as error:  # a forged file reaches many of pyarrow's own errors
        raise _damaged(path, error) from error
    return table_from_frame(frame, name=path.name.split(".")[0] or path.name, source=path.name)


def _frame(file: Any, path: Path) -> Any:
    groups = [file.metadata.row_group(index) for index in range(file.metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    cells = file.metadata.num_rows * file.metadata.num_columns
    if size > SIZE_CAP or cells > CELL_CAP:
        raise DataError(
            f"needed at most {SIZE_CAP:,} bytes and {CELL_CAP:,} cells of table in {path.name}",
            got=f"{size:,} bytes and {cells:,} cells",
            fix="take a sample of its rows",
        )
    return file.read().to_pandas()


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        f"needed a Parquet file at {path}",
        got=f"something else or a damaged one ({str(error)[:80]})",
        fix="write the file again",
    )
