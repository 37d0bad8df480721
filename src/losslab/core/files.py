"""Atomic writes, and error messages for files that cannot be written."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from losslab.core.errors import LosslabError


class WriteError(LosslabError, RuntimeError):
    """A file cannot be written; an older file of that name is untouched."""


@contextmanager
def replace_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary file beside ``path``; rename it to ``path`` if the block succeeds.

    A reader sees either the old file or the complete new one. If the block fails, the disk is
    full or the process dies, the old file is intact.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with replace_file(Path(folder, "report.html")) as part:
        ...         _ = part.write_text("<p>done</p>")
        ...     Path(folder, "report.html").read_text()
        '<p>done</p>'
    """
    # Follow a link, so that its target is replaced rather than the link.
    target = Path(os.path.realpath(path))
    _check_is_file(target)
    part = target.with_name(f".losslab-{secrets.token_hex(8)}.part")
    try:
        part.touch(exist_ok=False)
        yield part
        with part.open("r+b") as file:
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, part)
        os.replace(part, target)
        sync_folder(target.parent)
    except OSError as error:
        raise describe_write_error(target, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` as UTF-8, atomically."""
    write_bytes(path, text.encode())


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write ``data`` atomically."""
    with replace_file(path) as part:
        part.write_bytes(data)


def check_writable(path: str | os.PathLike[str], option: str | None = None) -> None:
    """Raise a ``WriteError`` if a file could not be written, before any work is done."""
    target = Path(os.path.realpath(path))
    _check_is_file(target)
    probe = target.with_name(f".losslab-{secrets.token_hex(8)}.part")
    try:
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise WriteError(
            f"needed a file that can be written{f' for --{option}' if option else ''}",
            got=f"{target}: {error.strerror or error}",
            fix=_suggest_fix(target, error),
        ) from error


def describe_write_error(path: Path, error: OSError) -> WriteError:
    """Describe a failed write: the system's reason, the path and the free space."""
    return WriteError(
        f"needed to write {path}",
        got=f"{error.strerror or error} ({describe_free_space(path)})",
        fix=_suggest_fix(path, error),
    )


def describe_free_space(path: Path) -> str:
    """Describe how many bytes are free on the disk of ``path``, which need not exist.

    Examples:
        >>> describe_free_space(Path("report.html")).endswith(" bytes free")
        True
    """
    for existing in (path, *path.absolute().parents):
        with suppress(OSError):
            return f"{shutil.disk_usage(existing).free:,} bytes free"
    return "free space unknown"


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut, on systems that support it."""
    if os.name != "posix":
        return
    # Some file systems cannot sync a folder.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _check_is_file(target: Path) -> None:
    # Renaming over a device such as /dev/null would replace it for the whole machine.
    if target.exists() and not target.is_file():
        kind = "a folder" if target.is_dir() else "a device or pipe"
        raise WriteError(
            f"needed to write {target} as a file", got=kind, fix="pass the name of a file"
        )


def _suggest_fix(path: Path, error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return "free some space, or write to another disk"
    if error.errno == errno.ENOENT:
        return f"create the folder {path.parent} first"
    return "choose a folder that you may write to"
