"""Iris flowers: three species classified by four lengths."""

from functools import partial

from losslab.data.dataset import DatasetSpec
from losslab.data.sources import load_sklearn_table

SOURCE = "R. A. Fisher (1936), UCI Machine Learning Repository; shipped with scikit-learn"


SPEC = DatasetSpec(
    name="iris",
    title="Iris flowers",
    task="multiclass",
    source=SOURCE,
    license="CC BY 4.0",
    n_rows=150,
    n_features=4,
    n_classes=3,
    load=partial(load_sklearn_table, "iris", target="species", source=SOURCE),
)
