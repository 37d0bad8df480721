"""Files written whole or not at all, and the words for what stopped it."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from losslab.core.errors import LosslabError


class WriteError(LosslabError, RuntimeError):
    """A file cannot be written; what stood there before is untouched."""


@contextmanager
def replace_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a fresh file beside ``path``; rename it over ``path`` if the block succeeds.

    A reader sees the old file or the whole new one. If the block fails, or the disk is full,
    or the process dies, the old file is intact.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with replace_file(Path(folder, "report.html")) as part:
        ...         _ = part.write_text("<p>done</p>")
        ...     Path(folder, "report.html").read_text()
        '<p>done</p>'
    """
    # A link is followed, so that the file it names is replaced and not the link.
    target = Path(os.path.realpath(path))
    _refuse_what_is_no_file(target)
    part = target.with_name(f".losslab-{secrets.token_hex(8)}.part")
    try:
        part.touch(exist_ok=False)
        yield part
        _sync_file(part)
        if target.exists():
            shutil.copymode(target, part)
        os.replace(part, target)
        sync_folder(target.parent)
    except OSError as error:
        raise write_error(target, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` as UTF-8, whole or not at all."""
    write_bytes(path, text.encode())


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write ``data``, whole or not at all."""
    with replace_file(path) as part:
        part.write_bytes(data)


def check_writable(path: str | os.PathLike[str], option: str | None = None) -> None:
    """Refuse, before any work is done, a file that could not be written at its end."""
    target = Path(os.path.realpath(path))
    _refuse_what_is_no_file(target)
    probe = target.with_name(f".losslab-{secrets.token_hex(8)}.part")
    try:
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise WriteError(
            f"needed a file that can be written{f' for --{option}' if option else ''}",
            got=f"{target}: {error.strerror or error}",
            fix=_remedy(target, error),
        ) from error


def write_error(path: Path, error: OSError) -> WriteError:
    """Put the operating system's reason, the path and the free space into words."""
    return WriteError(
        f"needed to write {path}",
        got=f"{error.strerror or error} ({free_space(path)})",
        fix=_remedy(path, error),
    )


def free_space(path: Path) -> str:
    """Say how many bytes are free where ``path`` lies or would lie.

    Examples:
        >>> free_space(Path("report.html")).endswith(" bytes free")
        True
    """
    for place in (path, *path.absolute().parents):
        with suppress(OSError):
            return f"{shutil.disk_usage(place).free:,} bytes free"
    return "free space unknown"


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` outlast a power cut, where the system lets one ask for it."""
    if os.name != "posix":
        return
    # Some file systems refuse to sync a folder; the rename is then as durable as they make it.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sync_file(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _refuse_what_is_no_file(target: Path) -> None:
    # Renaming over a device such as /dev/null would replace it for the whole machine.
    if target.exists() and not target.is_file():
        kind = "a folder" if target.is_dir() else "a device or pipe"
        raise WriteError(
            f"needed to write {target} as a file", got=kind, fix="give the name of a file"
        )


def _remedy(path: Path, error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return "free some space, or write to another disk"
    if error.errno == errno.ENOENT:
        return f"create the folder {path.parent} first"
    return "choose a folder that you may write to"
