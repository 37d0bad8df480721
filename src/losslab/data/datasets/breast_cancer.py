"""Breast cancer: benign or malignant, from measurements of cell nuclei."""

from functools import partial

from losslab.data.dataset import DatasetSpec
from losslab.data.sources import load_sklearn_table

SOURCE = (
    "W. Wolberg, O. Mangasarian, N. Street (1993), UCI Machine Learning Repository; "
    "shipped with scikit-learn"
)


SPEC = DatasetSpec(
    name="breast_cancer",
    title="Breast cancer in Wisconsin, diagnostic",
    task="binary",
    source=SOURCE,
    license="CC BY 4.0",
    n_rows=569,
    n_features=30,
    n_classes=2,
    load=partial(load_sklearn_table, "breast_cancer", target="diagnosis", source=SOURCE),
)
