"""Data sets that come with scikit-learn, brought into losslab's shape."""

from typing import Any

import numpy as np

from losslab.data.cached import cached_arrays
from losslab.data.spec import Dataset


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
