"""Wine: three cultivars told apart by a chemical analysis."""

from losslab.data.dataset import Dataset, DatasetSpec
from losslab.data.sources import class_dataset

SOURCE = (
    "S. Aeberhard and M. Forina (1991), UCI Machine Learning Repository; shipped with scikit-learn"
)


def load_wine() -> Dataset:
    """Load the table that scikit-learn ships."""
    return class_dataset("wine", target="cultivar", source=SOURCE)


SPEC = DatasetSpec(
    name="wine",
    title="Wine cultivars",
    task="multiclass",
    source=SOURCE,
    license="CC BY 4.0",
    n_rows=178,
    n_features=13,
    n_classes=3,
    load=load_wine,
)
