"""Sources of the catalogue's data sets: scikit-learn's tables and generated points, cached."""

import io
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

from losslab.core.cache import cache_bytes
from losslab.data.dataset import Dataset

DECIMALS = 6


def cache_arrays(
    folder: str, key: bytes, make: Callable[[], Mapping[str, Any]]
) -> dict[str, np.ndarray]:
    """Make arrays of numbers or texts by name, or read them from the cache.

    Args:
        folder: the folder of the cache.
        key: everything they depend on, apart from the versions of scikit-learn and NumPy.
        make: makes the arrays.
    """

    def pack() -> bytes:
        stream = io.BytesIO()
        np.savez(stream, **make())  # texts and numbers, so that nothing is pickled
        return stream.getvalue()

    versions = f"scikit-learn {version('scikit-learn')} numpy {version('numpy')} ".encode()
    content = cache_bytes(folder, ".npz", versions + key, pack)
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)


def load_sklearn_table(name: str, *, target: str, source: str, **options: Any) -> Dataset:
    """Load the table that scikit-learn ships as ``load_<name>``, with class labels sorted."""
    import pandas as pd

    def load() -> dict[str, Any]:
        from sklearn import datasets

        bunch = getattr(datasets, f"load_{name}")(**options)
        return {
            "data": bunch.data.astype(np.float64),
            "target": bunch.target,
            "feature_names": np.array(bunch.feature_names, dtype=str),
            "target_names": np.array(getattr(bunch, "target_names", ()), dtype=str),
        }

    arrays = cache_arrays("datasets", f"{name} {options}".encode(), load)
    labels = [str(label) for label in arrays["target_names"]]
    classes = sorted(labels)  # the ten digits sort alike as text and as numbers
    y = arrays["target"].astype(np.float64)
    if classes:
        y = np.array([classes.index(label) for label in labels])[arrays["target"]]
    return Dataset(
        name=name,
        X=pd.DataFrame(arrays["data"], columns=arrays["feature_names"].astype(object)),
        y=y,
        task={0: "regression", 2: "binary"}.get(len(classes), "multiclass"),
        classes=tuple(classes),
        target=target,
        source=source,
    )


def build_points(name: str, points: np.ndarray, labels: np.ndarray, source: str) -> Dataset:
    """Build a data set of two coordinates, x1 and x2, whose classes are named by their codes.

    Coordinates are rounded to six decimals; the digits beyond depend on the processor's cosine
    and logarithm.
    """
    import pandas as pd

    classes = tuple(str(label) for label in np.unique(labels))
    return Dataset(
        name=name,
        X=pd.DataFrame(np.round(points, DECIMALS), columns=["x1", "x2"]),
        y=labels,
        task="binary" if len(classes) == 2 else "multiclass",
        classes=classes,
        target="side" if len(classes) == 2 else "blob",
        source=source,
    )
