"""What is made once on a machine and used again: files in the user's cache folder."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path

from losslab.core.files import WriteError, write_bytes


def cache_root() -> Path:
    """The folder of all caches: ``LOSSLAB_CACHE``, or losslab's part of the user's cache folder."""
    chosen = os.environ.get("LOSSLAB_CACHE")
    return Path(chosen) if chosen else user_cache_path("losslab", appauthor=False)


def cached_bytes(
    folder: str, suffix: str, made_from: bytes, make: Callable[[], bytes], *, most: int = 128
) -> bytes:
    """Make bytes, unless they were made before from the same.

    What is damaged is made again; where nothing can be written, nothing is kept.

    Args:
        folder: where in the cache.
        suffix: what the file's name ends in.
        made_from: everything that the result depends on.
        make: makes it.
        most: how many files the folder keeps, the latest used.
    """
    key = hashlib.blake2b(made_from, digest_size=16).hexdigest()
    path = cache_root() / folder / f"{key}{suffix}"
    found = _read(path)
    if found is None:
        found = make()
        _keep(path, found, most)
    return found


def _read(path: Path) -> bytes | None:
    try:
        seal, _, content = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    if seal != _seal(content):
        return None
    with suppress(OSError):  # a folder may be there to be read only
        path.touch()  # the mark that it is in use
    return content


def _keep(path: Path, content: bytes, most: int) -> None:
    with suppress(OSError, WriteError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, _seal(content) + b"\n" + content)
        by_age = sorted(path.parent.iterdir(), key=lambda each: each.stat().st_mtime)
        for old in by_age[:-most]:
            old.unlink(missing_ok=True)


def _seal(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).hexdigest().encode()
