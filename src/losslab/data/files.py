"""Table files: opened, decompressed under a cap, decoded as UTF-8; Parquet through pyarrow."""

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
RATIO_FROM = 10_000_000  # below this a table of repeated rows may honestly shrink a lot
CHUNK = 1 << 20
# The only methods that zipfile decompresses in bounded pieces.
BOUNDED_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_text(path: Path) -> str:
    """Read a text file, plain, gzipped or zipped, as UTF-8."""
    return decode(read_bytes(path), path.name)


def read_bytes(path: Path) -> bytearray:
    """Read and decompress a regular file, refusing what grows beyond the caps."""
    check_file(path)
    try:
        with _opened(path) as stream:
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
        raise unreadable(path, error) from error


# BadGzipFile is an OSError, so this is asked first; ValueError and struct.error are what a
# forged zip directory raises, RuntimeError an encrypted member.
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


def check_file(path: Path) -> None:
    """Refuse a folder, a device and a name without a file."""
    if not path.is_file():
        what = "a folder" if path.is_dir() else "something else" if path.exists() else "nothing"
        raise DataError(
            f"needed a file at {path}", got=what, fix="give the path of a CSV or Parquet file"
        )


def unreadable(path: Path, error: OSError) -> DataError:
    """Say why the operating system did not hand out a file."""
    return DataError(
        f"needed to read {path}",
        got=error.strerror or str(error) or type(error).__name__,
        fix="check the path and its permissions",
    )


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    suffix = path.suffix.lower()
    if suffix == ".gz":
        with gzip.open(path) as stream:
            yield stream  # type: ignore[misc]
    elif suffix == ".zip":
        with zipfile.ZipFile(path) as archive, archive.open(_only_member(archive, path)) as member:
            yield member
    else:
        with path.open("rb") as plain:
            yield plain


def _only_member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
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
    """Decode UTF-8, with or without a byte order mark; name the byte that is not."""
    start = len(BYTE_ORDER_MARK) if content.startswith(BYTE_ORDER_MARK) else 0
    try:
        text = content[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        offset = start + error.start
        raise _odd_byte(name, content[offset], offset) from error
    nul = content.find(0)
    if nul >= 0:
        raise _odd_byte(name, 0, nul)
    return text


def _odd_byte(name: str, byte: int, offset: int) -> DataError:
    what = "a NUL byte" if byte == 0 else f"byte 0x{byte:02x}"
    return DataError(
        f"needed UTF-8 text in {name}",
        got=f"{what} at byte offset {offset} (counting from 0)",
        fix="save it as CSV in UTF-8 (in a spreadsheet: 'CSV UTF-8'); a packed file needs its "
        ".gz or .zip ending",
    )
