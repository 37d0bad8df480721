"""Drawings kept from one report to the next, which shows most of the same."""

import dataclasses
import hashlib
import json
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from losslab.core.cache import cached_bytes
from losslab.plots.render import to_svg
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT

MOST = 128  # drawings, of about 100 kB each


def kept_svg(figure: Figure, data: Any, width: float) -> str:
    """Draw what ``figure`` prepared in light colours, unless the same was drawn before."""
    shown = json.dumps(dataclasses.asdict(data), default=np.ndarray.tolist, sort_keys=True)
    return cached_bytes(
        "drawings",
        ".svg",
        f"{_fingerprint()} {figure.name} {width!r} {shown}".encode(),
        lambda: to_svg(figure, data, LIGHT, width).encode(),
        most=MOST,
    ).decode()


@cache
def _fingerprint() -> str:
    """A hash of all that draws."""
    digest = hashlib.blake2b(version("matplotlib").encode(), digest_size=16)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


_fingerprint()  # at once: what is edited from here on is not what this process draws by
