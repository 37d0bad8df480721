"""Drawings kept from one report to the next, which shows most of the same."""

import dataclasses
import hashlib
import json
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from losslab.core.cache import cache_root
from losslab.core.files import WriteError, write_bytes
from losslab.plots.render import to_svg
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT

MOST = 128  # drawings, of about 100 kB each


def kept_svg(figure: Figure, data: Any, width: float) -> str:
    """Draw what ``figure`` prepared in light colours, unless the same was drawn before.

    What is damaged is drawn again; where nothing can be written, nothing is kept.
    """
    path = _folder() / f"{_key(figure, data, width)}.svg"
    drawing = _read(path)
    if drawing is None:
        drawing = to_svg(figure, data, LIGHT, width)
        _keep(path, drawing)
    return drawing


def _folder() -> Path:
    return cache_root() / "drawings"


def _key(figure: Figure, data: Any, width: float) -> str:
    shown = json.dumps(dataclasses.asdict(data), default=np.ndarray.tolist, sort_keys=True)
    told = f"{_fingerprint()} {figure.name} {width!r} {shown}"
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


@cache
def _fingerprint() -> str:
    """A hash of all that draws."""
    digest = hashlib.blake2b(version("matplotlib").encode(), digest_size=16)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


_fingerprint()  # at once: what is edited from here on is not what this process draws by


def _read(path: Path) -> str | None:
    with suppress(OSError, UnicodeDecodeError):
        seal, _, drawing = path.read_text(encoding="utf-8").partition("\n")
        if seal == _seal(drawing):
            path.touch()  # the mark that it is in use
            return drawing
    return None


def _keep(path: Path, drawing: str) -> None:
    with suppress(OSError, WriteError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, f"{_seal(drawing)}\n{drawing}".encode())
        by_age = sorted(path.parent.glob("*.svg"), key=lambda each: each.stat().st_mtime)
        for old in by_age[:-MOST]:
            old.unlink(missing_ok=True)


def _seal(drawing: str) -> str:
    return hashlib.blake2b(drawing.encode(), digest_size=16).hexdigest()
