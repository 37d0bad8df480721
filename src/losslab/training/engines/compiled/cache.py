"""Where compiled code is kept, so that only the first use on a machine waits for the compiler."""

import gc
import hashlib
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import numba
from filelock import FileLock

from losslab.core.cache import get_cache_root
from losslab.training.engines.compiled.jit import TARGET

# What is compiled lies in these folders and files; a change in any of them makes another cache.
_SOURCES = (
    *("training/*.py", "training/engines/compiled/*.py"),
    *("training/optimizers/*.py", "training/penalties/*.py"),
    *("elementary/*.py", "losses/**/*.py", "objectives/heads/*.py"),
)
_SEAL = "sealed"
_UNUSED_SECONDS = 30 * 24 * 60 * 60


@cache
def _fingerprint() -> str:
    """A hash of all sources, the compiler's versions and the processor it compiles for.

    Numba looks at a function's own file only, so that an edited callee in another one would go
    unnoticed.
    """
    package = Path(__file__).parents[3]
    digest = hashlib.sha256()
    for pattern in _SOURCES:
        for path in sorted(package.glob(pattern)):
            # Numba compiles again what was compiled for a file of another place or time, so that
            # two installations would undo each other's work.
            digest.update(f"{path} {path.stat().st_mtime_ns}".encode() + path.read_bytes())
    versions = (numba.__version__, llvmlite.__version__, platform.python_version())
    digest.update(repr((TARGET, versions)).encode())
    return digest.hexdigest()[:16]


_fingerprint()  # at once: what is edited from here on is not what this process has imported


def cache_folder() -> Path:
    """The folder of this code on this machine."""
    return get_cache_root() / f"compiled-{_fingerprint()}"


def kept() -> list[str]:
    """The names of all functions that are kept, whole or not."""
    folder = cache_folder()
    return (
        sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    )


def is_cached(name: str) -> bool:
    """Whether a function's compiled code is there and whole."""
    folder = cache_folder() / name
    seal = folder / _SEAL
    whole = seal.is_file() and seal.read_text() == _hash_of(folder)
    return whole and any(folder.rglob("*.nbc"))


def compiled(
    name: str, signature: Any, function: Callable[..., Any], options: dict[str, Any]
) -> Any:
    """Compile a function for a signature, or load what was compiled before.

    What is not whole, as after a kill or on a damaged disk, is compiled again; where nothing can
    be written, nothing is kept.
    """
    folder = cache_folder() / name
    with suppress(OSError):
        os.utime(folder.parent)  # the mark that it is in use
    try:
        if not is_cached(name):
            folder.parent.mkdir(parents=True, exist_ok=True)
            # Another process may be compiling the same.
            with FileLock(folder.with_suffix(".lock")):
                if not is_cached(name):
                    return _compiled_into(folder, signature, function, options)
        return _cached_in(folder, signature, function, options)
    except OSError:
        return numba.njit(signature, **options)(function)


def _compiled_into(
    folder: Path, signature: Any, function: Callable[..., Any], options: dict[str, Any]
) -> Any:
    shutil.rmtree(folder, ignore_errors=True)
    with _no_garbage_collection():
        made = _cached_in(folder, signature, function, options)
    (folder / _SEAL).write_text(_hash_of(folder))
    _remove_unused()
    return made


def _remove_unused() -> None:
    """Remove what was compiled for other versions and processors, and not used for a month."""
    for folder in get_cache_root().glob("compiled-*"):
        with suppress(OSError):
            used = folder.lstat().st_mtime
            if folder != cache_folder() and time.time() - used > _UNUSED_SECONDS:
                # Renamed first, so that whoever wants it now finds it whole or not at all.
                gone = folder.rename(folder.with_name(f"{folder.name}.removed"))
                shutil.rmtree(gone, ignore_errors=True)


def _cached_in(
    folder: Path, signature: Any, function: Callable[..., Any], options: dict[str, Any]
) -> Any:
    with _numba_keeps_in(folder):
        return numba.njit(signature, cache=True, **options)(function)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A compiler makes many objects and drops few: looking for garbage takes a twentieth of it."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _hash_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.nb?")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


@contextmanager
def _numba_keeps_in(folder: Path) -> Iterator[None]:
    settings: Any = numba.config  # of the whole process: callers hold a lock
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        settings.CACHE_DIR = before
