"""Diabetes: progression after one year, from ten measurements."""

from losslab.data.dataset import Dataset, DatasetSpec
from losslab.data.sources import number_dataset

SOURCE = (
    "B. Efron, T. Hastie, I. Johnstone, R. Tibshirani (2004), Least Angle Regression; "
    "shipped with scikit-learn"
)


def load_diabetes() -> Dataset:
    """Load the table that scikit-learn ships."""
    return number_dataset("diabetes", target="progression", source=SOURCE, scaled=False)


SPEC = DatasetSpec(
    name="diabetes",
    title="Progression of diabetes after one year",
    task="regression",
    source=SOURCE,
    license="as shipped with scikit-learn (BSD-3-Clause)",
    n_rows=442,
    n_features=10,
    n_classes=0,
    load=load_diabetes,
)
