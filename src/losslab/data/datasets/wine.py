"""Wine: three cultivars classified by a chemical analysis."""

from functools import partial

from losslab.data.dataset import DatasetSpec
from losslab.data.sources import load_sklearn_table

SOURCE = (
    "S. Aeberhard and M. Forina (1991), UCI Machine Learning Repository; shipped with scikit-learn"
)


SPEC = DatasetSpec(
    name="wine",
    title="Wine cultivars",
    task="multiclass",
    source=SOURCE,
    license="CC BY 4.0",
    n_rows=178,
    n_features=13,
    n_classes=3,
    load=partial(load_sklearn_table, "wine", target="cultivar", source=SOURCE),
)
