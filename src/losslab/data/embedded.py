"""Data sets that come with scikit-learn, brought into losslab's shape."""

from typing import Any

import numpy as np

from losslab.data.spec import Dataset


def class_dataset(name: str, bunch: Any, *, target: str, source: str) -> Dataset:
    """Take a classification set loaded with ``as_frame=True``; sort its labels."""
    labels = [str(label) for label in bunch.target_names]
    classes = sorted(labels)  # the ten digits sort alike as text and as numbers
    code_of = np.array([classes.index(label) for label in labels])
    return Dataset(
        name=name,
        X=bunch.data.astype(np.float64),
        y=code_of[bunch.target.to_numpy()],
        task="binary" if len(classes) == 2 else "multiclass",
        classes=tuple(classes),
        target=target,
        source=source,
    )


def number_dataset(name: str, bunch: Any, *, target: str, source: str) -> Dataset:
    """Take a regression set loaded with ``as_frame=True``."""
    return Dataset(
        name=name,
        X=bunch.data.astype(np.float64),
        y=bunch.target.to_numpy(np.float64),
        task="regression",
        target=target,
        source=source,
    )
