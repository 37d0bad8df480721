"""The folder of what is made once on a machine and used again."""

import os
from pathlib import Path


def cache_root() -> Path:
    """The folder of all caches: ``LOSSLAB_CACHE``, or losslab's part of the user's cache folder."""
    given = os.environ.get("LOSSLAB_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "losslab"
