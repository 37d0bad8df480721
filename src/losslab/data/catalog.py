"""The catalogue of data sets."""

from losslab.core.registry import Registry
from losslab.data.dataset import Dataset, DatasetSpec
from losslab.data.datasets import (
    blobs,
    breast_cancer,
    circles,
    diabetes,
    digits,
    iris,
    moons,
    spirals,
    titanic,
    wine,
    xor,
)

DATASETS: Registry[DatasetSpec] = Registry(
    "data set",
    [
        # two classes
        breast_cancer.SPEC,
        titanic.SPEC,
        moons.SPEC,
        circles.SPEC,
        spirals.SPEC,
        xor.SPEC,
        # several classes
        iris.SPEC,
        wine.SPEC,
        digits.SPEC,
        blobs.SPEC,
        # regression
        diabetes.SPEC,
    ],
)


def load_dataset(name: str) -> Dataset:
    """Load a data set of the catalogue.

    Examples:
        >>> load_dataset("moons").X.shape
        (500, 2)
    """
    return DATASETS[name].load()
