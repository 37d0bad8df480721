"""Diabetes: progression after one year, from ten measurements."""

from functools import partial

from losslab.data.dataset import DatasetSpec
from losslab.data.sources import load_sklearn_table

SOURCE = (
    "B. Efron, T. Hastie, I. Johnstone, R. Tibshirani (2004), Least Angle Regression; "
    "shipped with scikit-learn"
)


SPEC = DatasetSpec(
    name="diabetes",
    title="Progression of diabetes after one year",
    task="regression",
    source=SOURCE,
    license="as shipped with scikit-learn (BSD-3-Clause)",
    n_rows=442,
    n_features=10,
    n_classes=0,
    load=partial(load_sklearn_table, "diabetes", target="progression", source=SOURCE, scaled=False),
)
