"""Digits: ten handwritten digits of 8 by 8 pixels."""

from functools import partial

from losslab.data.dataset import DatasetSpec
from losslab.data.sources import load_sklearn_table

SOURCE = (
    "E. Alpaydin and C. Kaynak (1998), UCI Machine Learning Repository; shipped with scikit-learn"
)


SPEC = DatasetSpec(
    name="digits",
    title="Handwritten digits, 8 by 8 pixels",
    task="multiclass",
    source=SOURCE,
    license="CC BY 4.0",
    n_rows=1797,
    n_features=64,
    n_classes=10,
    load=partial(load_sklearn_table, "digits", target="digit", source=SOURCE),
)
