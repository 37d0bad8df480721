"""Reading table files: decompression under a size cap, and decoding as UTF-8."""

import gzip
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from losslab.core.errors import DataError, LosslabError
from losslab.data.options import format_list

SIZE_CAP = 1 << 30
RATIO_CAP = 100
RATIO_FROM = 10_000_000  # a smaller table of repeated rows may well compress this much
CHUNK = 1 << 20
# The only methods that zipfile decompresses in bounded pieces.
BOUNDED_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# Caught before OSError, which BadGzipFile is; ValueError and struct.error come from a forged zip
# directory, RuntimeError from an encrypted member.
_DAMAGE = (
    gzip.BadGzipFile,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
)


def read_text(path: Path) -> str:
    """Read a text file, plain, gzipped or zipped, as UTF-8."""
    return decode(read_bytes(path), path.name)


def read_bytes(path: Path) -> bytearray:
    """Read and decompress a regular file; reject one that exceeds the caps."""
    check_file(path)
    try:
        with _open_stream(path) as stream:
            return _read_capped(stream, path)
    except LosslabError:
        raise
    except _DAMAGE as error:
        raise DataError(
            f"needed an intact compressed file {path.name}",
            got=f"damage ({error or type(error).__name__})",
            fix="fetch or compress the file again",
        ) from error
    except OSError as error:
        raise make_read_error(path, error) from error


def check_file(path: Path) -> None:
    """Reject a folder, a device and a path without a file."""
    if not path.is_file():
        found = "a folder" if path.is_dir() else "something else" if path.exists() else "nothing"
        raise DataError(
            f"needed a file at {path}", got=found, fix="give the path of a CSV or Parquet file"
        )


def make_read_error(path: Path, error: OSError) -> DataError:
    """Make the error for a file that the operating system cannot read."""
    return DataError(
        f"needed to read {path}",
        got=error.strerror or str(error) or type(error).__name__,
        fix="check the path and its permissions",
    )


@contextmanager
def _open_stream(path: Path) -> Iterator[IO[bytes]]:
    suffix = path.suffix.lower()
    if suffix == ".gz":
        with gzip.open(path) as stream:
            yield stream  # type: ignore[misc]
    elif suffix == ".zip":
        with zipfile.ZipFile(path) as archive, archive.open(_find_member(archive, path)) as member:
            yield member
    else:
        with path.open("rb") as plain:
            yield plain


def _find_member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    members = archive.infolist()
    if len(members) != 1:
        raise DataError(
            f"needed exactly one file in {path.name}",
            got=f"{len(members)}: {format_list([member.filename for member in members], 4)}",
            fix="unpack it and name the CSV file",
        )
    if members[0].compress_type not in BOUNDED_METHODS:
        raise DataError(
            f"needed {path.name} to be stored or deflated",
            got=f"compression method {members[0].compress_type}",
            fix="unpack it and name the CSV file",
        )
    return members[0]


def _read_capped(stream: IO[bytes], path: Path) -> bytearray:
    packed = path.stat().st_size
    content = bytearray()
    while chunk := stream.read(CHUNK):
        content += chunk
        if len(content) > SIZE_CAP:
            raise DataError(
                f"needed at most {SIZE_CAP:,} bytes of table in {path.name}",
                got="more (reading stopped there)",
                fix="take a sample of its rows",
            )
        if len(content) > RATIO_FROM and len(content) > RATIO_CAP * packed:
            raise DataError(
                f"needed {path.name} to grow at most {RATIO_CAP}-fold when decompressed",
                got=f"more than {len(content):,} bytes from {packed:,} (reading stopped there)",
                fix="if you trust it, unpack it yourself and name the unpacked file",
            )
    return content


def decode(content: bytes | bytearray, name: str) -> str:
    """Decode UTF-8, with or without a byte order mark; report the first invalid byte."""
    start = len(BYTE_ORDER_MARK) if content.startswith(BYTE_ORDER_MARK) else 0
    cause: UnicodeDecodeError | None = None
    try:
        text = content[start:].decode("utf-8")
        offset = content.find(0)
    except UnicodeDecodeError as error:
        cause, offset = error, start + error.start
    if offset < 0:
        return text
    byte = f"byte 0x{content[offset]:02x}" if content[offset] else "a NUL byte"
    raise DataError(
        f"needed UTF-8 text in {name}",
        got=f"{byte} at byte offset {offset} (counting from 0)",
        fix="save it as CSV in UTF-8 (in a spreadsheet: 'CSV UTF-8'); a packed file needs its "
        ".gz or .zip ending",
    ) from cause
