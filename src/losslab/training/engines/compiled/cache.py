"""The cache of compiled code, so that only the first use on a machine waits for the compiler."""

import gc
import hashlib
import os
import platform
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import numba
from filelock import FileLock

from losslab.core.cache import get_cache_root
from losslab.training.engines.compiled.jit import TARGET, Dispatcher

# Every file with code that is compiled; a change in any of them starts another cache.
_SOURCES = (
    *("training/*.py", "training/engines/compiled/*.py"),
    *("training/optimizers/*.py", "training/penalties/*.py"),
    *("elementary/*.py", "losses/**/*.py", "objectives/heads/*.py"),
)
_SEAL = "sealed"
_UNUSED_SECONDS = 30 * 24 * 60 * 60


@cache
def _compute_fingerprint() -> str:
    """Hash all sources, the compiler's versions and the target processor.

    Numba checks the file of a function only, so that an edited callee in another one would go
    unnoticed.
    """
    package = Path(__file__).parents[3]
    digest = hashlib.sha256()
    for pattern in _SOURCES:
        for path in sorted(package.glob(pattern)):
            # Numba recompiles what was compiled from a file of another path or time, so that two
            # installations would undo each other's work.
            digest.update(f"{path} {path.stat().st_mtime_ns}".encode() + path.read_bytes())
    versions = (numba.__version__, llvmlite.__version__, platform.python_version())
    digest.update(repr((TARGET, versions)).encode())
    return digest.hexdigest()[:16]


_compute_fingerprint()  # at import: this process does not run what is edited from here on


def cache_folder() -> Path:
    """Return the folder for this code on this machine."""
    return get_cache_root() / f"compiled-{_compute_fingerprint()}"


def list_cached() -> list[str]:
    """List the names of all cached functions, damaged ones included."""
    return sorted(path.name for path in cache_folder().glob("*") if path.is_dir())


def is_cached(name: str) -> bool:
    """Whether a function's compiled code is there and undamaged."""
    folder = cache_folder() / name
    seal = folder / _SEAL
    intact = seal.is_file() and seal.read_text() == _hash_folder(folder)
    return intact and any(folder.rglob("*.nbc"))


def compile_cached(
    name: str, signature: Any, function: Callable[..., Any], options: dict[str, Any]
) -> Dispatcher:
    """Compile a function for a signature, or load it from the cache.

    Damaged code, as after a kill or on a faulty disk, is compiled again; if the cache cannot be
    written, nothing is cached.
    """
    folder = cache_folder() / name
    with suppress(OSError):
        os.utime(folder.parent)  # marks the cache as used
    try:
        if not is_cached(name):
            folder.parent.mkdir(parents=True, exist_ok=True)
            # Another process may be compiling the same function.
            with FileLock(folder.with_suffix(".lock")):
                if not is_cached(name):
                    shutil.rmtree(folder, ignore_errors=True)
                    dispatcher = _compile_in(folder, signature, function, options)
                    (folder / _SEAL).write_text(_hash_folder(folder))
                    _remove_unused()
                    return dispatcher
        return _compile_in(folder, signature, function, options)
    except OSError:
        return numba.njit(signature, **options)(function)


def _remove_unused() -> None:
    """Remove caches of other versions and processors that were not used for a month."""
    for folder in get_cache_root().glob("compiled-*"):
        with suppress(OSError):
            used = folder.lstat().st_mtime
            if folder != cache_folder() and time.time() - used > _UNUSED_SECONDS:
                # Renamed first, so that other processes find all of it or nothing.
                removed = folder.rename(folder.with_name(f"{folder.name}.removed"))
                shutil.rmtree(removed, ignore_errors=True)


def _compile_in(
    folder: Path, signature: Any, function: Callable[..., Any], options: dict[str, Any]
) -> Dispatcher:
    """Compile with Numba's own cache in ``folder``, or load what is there."""
    settings: Any = numba.config  # process-wide: callers hold a lock
    previous, collects = settings.CACHE_DIR, gc.isenabled()
    settings.CACHE_DIR = str(folder)
    gc.disable()  # a compiler frees few objects: collecting takes 5 % of its time
    try:
        return numba.njit(signature, cache=True, **options)(function)
    finally:
        settings.CACHE_DIR = previous
        if collects:
            gc.enable()


def _hash_folder(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.nb?")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
