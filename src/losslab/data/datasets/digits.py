"""Digits: ten handwritten digits of 8 by 8 pixels."""

from losslab.data.dataset import Dataset, DatasetSpec
from losslab.data.sources import class_dataset

SOURCE = (
    "E. Alpaydin and C. Kaynak (1998), UCI Machine Learning Repository; shipped with scikit-learn"
)


def load_digits() -> Dataset:
    """Load the table that scikit-learn ships."""
    return class_dataset("digits", target="digit", source=SOURCE)


SPEC = DatasetSpec(
    name="digits",
    title="Handwritten digits, 8 by 8 pixels",
    task="multiclass",
    source=SOURCE,
    license="CC BY 4.0",
    n_rows=1797,
    n_features=64,
    n_classes=10,
    load=load_digits,
)
