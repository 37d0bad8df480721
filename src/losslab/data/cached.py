"""Arrays that take scikit-learn to make, which takes seconds to import: made once, then read."""

import io
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

from losslab.core.cache import cached_bytes


def cached_arrays(
    folder: str, made_from: bytes, make: Callable[[], Mapping[str, Any]]
) -> dict[str, np.ndarray]:
    """Make arrays of numbers or texts by name, unless they were made before from the same.

    Another version of scikit-learn or NumPy makes them anew.
    """

    def packed() -> bytes:
        stream = io.BytesIO()
        np.savez(stream, **make())  # texts and numbers, so that nothing is pickled
        return stream.getvalue()

    versions = f"scikit-learn {version('scikit-learn')} numpy {version('numpy')} ".encode()
    content = cached_bytes(folder, ".npz", versions + made_from, packed)
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)
