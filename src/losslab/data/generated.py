"""Points in the plane made into a data set, for the generated entries of the catalogue."""

import numpy as np

from losslab.data.spec import Dataset

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
