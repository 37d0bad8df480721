"""Where the catalogue's data sets come from: scikit-learn's tables and generated points, cached."""

import io
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

from losslab.core.cache import cached_bytes
from losslab.data.dataset import Dataset


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


def class_dataset(name: str, *, target: str, source: str) -> Dataset:
    """Take scikit-learn's classification set of this name; sort its labels."""
    import pandas as pd

    found = _shipped(name)
    labels = [str(label) for label in found["target_names"]]
    classes = sorted(labels)  # the ten digits sort alike as text and as numbers
    code_of = np.array([classes.index(label) for label in labels])
    return Dataset(
        name=name,
        X=pd.DataFrame(found["data"], columns=found["feature_names"].astype(object)),
        y=code_of[found["target"]],
        task="binary" if len(classes) == 2 else "multiclass",
        classes=tuple(classes),
        target=target,
        source=source,
    )


def number_dataset(name: str, *, target: str, source: str, **options: Any) -> Dataset:
    """Take scikit-learn's regression set of this name."""
    import pandas as pd

    found = _shipped(name, **options)
    return Dataset(
        name=name,
        X=pd.DataFrame(found["data"], columns=found["feature_names"].astype(object)),
        y=found["target"].astype(np.float64),
        task="regression",
        target=target,
        source=source,
    )


def _shipped(name: str, **options: Any) -> dict[str, np.ndarray]:
    def load() -> dict[str, Any]:
        from sklearn import datasets

        bunch = getattr(datasets, f"load_{name}")(**options)
        return {
            "data": bunch.data.astype(np.float64),
            "target": bunch.target,
            "feature_names": np.array(bunch.feature_names, dtype=str),
            "target_names": np.array(getattr(bunch, "target_names", ()), dtype=str),
        }

    return cached_arrays("datasets", f"{name} {options}".encode(), load)


DECIMALS = 6


def points_dataset(name: str, points: np.ndarray, labels: np.ndarray, source: str) -> Dataset:
    """Name the two coordinates x1 and x2, and the classes by their codes.

    Coordinates are rounded to six decimals: behind them lies what depends on a processor's cosine
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
