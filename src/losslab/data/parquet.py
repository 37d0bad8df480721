"""Reading Parquet files with pyarrow, where it is installed."""

from pathlib import Path
from typing import Any

from losslab.core.errors import DataError
from losslab.core.optional import require
from losslab.data.files import SIZE_CAP, check_file, make_read_error
from losslab.data.table import Table, build_table

CELL_CAP = 1 << 28  # repeated values take next to no bytes on disk, but 8 each in memory


def read_parquet(path: Path) -> Table:
    """Read a Parquet file, whose columns are typed already."""
    check_file(path)
    parquet = require("pyarrow.parquet", extra="parquet", purpose="read Parquet files")
    try:
        with path.open("rb") as stream:
            file = parquet.ParquetFile(stream)
            _check_size(file.metadata, path)
            frame = file.read().to_pandas()
    except DataError:
        raise
    except Exception as error:  # pyarrow raises many kinds for a forged file
        # It reports damage as OSError too, then without an error number.
        if isinstance(error, OSError) and error.errno:
            raise make_read_error(path, error) from error
        raise DataError(
            f"needed a Parquet file at {path}",
            got=f"something else or a damaged one ({str(error)[:80]})",
            fix="write the file again",
        ) from error
    return build_table(frame, name=path.name.split(".")[0] or path.name, source=path.name)


def _check_size(metadata: Any, path: Path) -> None:
    size = sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
    cells = metadata.num_rows * metadata.num_columns
    if size > SIZE_CAP or cells > CELL_CAP:
        raise DataError(
            f"needed at most {SIZE_CAP:,} bytes and {CELL_CAP:,} cells of table in {path.name}",
            got=f"{size:,} bytes and {cells:,} cells",
            fix="take a sample of its rows",
        )
