"""Breast cancer: benign or malignant, from measurements of cell nuclei."""

from losslab.data.dataset import Dataset, DatasetSpec
from losslab.data.sources import class_dataset

SOURCE = (
    "W. Wolberg, O. Mangasarian, N. Street (1993), UCI Machine Learning Repository; "
    "shipped with scikit-learn"
)


def load_breast_cancer() -> Dataset:
    """Load the table that scikit-learn ships."""
    return class_dataset("breast_cancer", target="diagnosis", source=SOURCE)


SPEC = DatasetSpec(
    name="breast_cancer",
    title="Breast cancer in Wisconsin, diagnostic",
    task="binary",
    source=SOURCE,
    license="CC BY 4.0",
    n_rows=569,
    n_features=30,
    n_classes=2,
    load=load_breast_cancer,
)
