"""Cached files in the user's cache folder, shared by all processes of a machine."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path

from losslab.core.files import WriteError, write_bytes


def get_cache_root() -> Path:
    """Return the folder of all caches: ``LOSSLAB_CACHE``, or losslab's part of the user's cache."""
    chosen = os.environ.get("LOSSLAB_CACHE")
    return Path(chosen) if chosen else user_cache_path("losslab", appauthor=False)


def cache_bytes(
    folder: str, suffix: str, inputs: bytes, make: Callable[[], bytes], *, max_files: int = 128
) -> bytes:
    """Return ``make()``, from the cache if it was called for the same inputs before.

    A damaged file is replaced. Nothing is cached where the folder is not writable.

    Args:
        folder: the folder in the cache.
        suffix: the ending of the file's name.
        inputs: everything the result depends on.
        make: computes the result.
        max_files: how many files the folder holds; the least recently used are deleted.
    """
    path = get_cache_root() / folder / f"{_compute_checksum(inputs).decode()}{suffix}"
    content = _read(path)
    if content is None:
        content = make()
        _write(path, content, max_files)
    return content


def _read(path: Path) -> bytes | None:
    try:
        checksum, _, content = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    if checksum != _compute_checksum(content):
        return None
    with suppress(OSError):  # the folder may be read-only
        path.touch()  # marks the file as used
    return content


def _write(path: Path, content: bytes, max_files: int) -> None:
    with suppress(OSError, WriteError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, _compute_checksum(content) + b"\n" + content)
        by_age = sorted(path.parent.iterdir(), key=lambda file: file.stat().st_mtime)
        for old in by_age[:-max_files]:
            old.unlink(missing_ok=True)


def _compute_checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).hexdigest().encode()
