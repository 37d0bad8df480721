"""Iris flowers: three species told apart by four lengths."""

from losslab.data.dataset import Dataset, DatasetSpec
from losslab.data.sources import class_dataset

SOURCE = "R. A. Fisher (1936), UCI Machine Learning Repository; shipped with scikit-learn"


def load_iris() -> Dataset:
    """Load the table that scikit-learn ships."""
    return class_dataset("iris", target="species", source=SOURCE)


SPEC = DatasetSpec(
    name="iris",
    title="Iris flowers",
    task="multiclass",
    source=SOURCE,
    license="CC BY 4.0",
    n_rows=150,
    n_features=4,
    n_classes=3,
    load=load_iris,
)
