"""The six workloads."""

from collections.abc import Callable
from itertools import cycle, islice, product

import numpy as np

from benchmarks.study import Study
from benchmarks.workload import Features, Labels, Model, Workload
from losslab.data.catalog import load_dataset

TRAINING_SHARE = 0.8
# Each can be trained by every engine and by PyTorch and JAX; scikit-learn has the first only.
BINARY_LOSSES = ("bce_with_logits", "mse", "l1", "hinge", "squared_hinge", "focal")
LEARNING_RATES = (0.0003, 0.001, 0.003, 0.01)


def single() -> Workload:
    """One small network on the table of the classic exercise."""
    X, y = _load_titanic()
    return Workload(
        name="single",
        description="571 x 4, 64-64-64-64, binary, batch 32, 100 epochs, one model",
        X=X,
        y=y,
        task="binary",
        hidden=(64, 64, 64, 64),
        batch_size=32,
        epochs=100,
        models=(Model(seed=0, lr=1e-3, loss="bce_with_logits"),),
        sample=1,
    )


def fleet() -> Workload:
    """Many small networks that differ in seed, learning rate and loss."""
    X, y = _load_titanic()
    grid = list(product(LEARNING_RATES, BINARY_LOSSES))
    models = [
        Model(seed=number, lr=lr, loss=loss)
        for number, (lr, loss) in enumerate(islice(cycle(grid), 64))
    ]
    return Workload(
        name="fleet",
        description=(
            "571 x 4, 64-64-64-64, batch 32, 30 epochs, 64 models: 6 losses, 4 learning rates"
        ),
        X=X,
        y=y,
        task="binary",
        hidden=(64, 64, 64, 64),
        batch_size=32,
        epochs=30,
        models=tuple(models),
        sample=5,
    )


def digits() -> Workload:
    """Thirty networks that tell handwritten digits apart."""
    data = load_dataset("digits")
    X, y = _select_training_rows(data.X.to_numpy(np.float64), data.y)
    return Workload(
        name="digits",
        description="1,437 x 64, 128-128, 10 classes, batch 128, 20 epochs, 30 models",
        X=X,
        y=y,
        task="multiclass",
        hidden=(128, 128),
        batch_size=128,
        epochs=20,
        models=tuple(Model(seed=n, lr=1e-3, loss="cross_entropy") for n in range(30)),
        sample=4,
    )


def table() -> Workload:
    """Eight networks of middling width on a large table of numbers."""
    X, y = _generate_table(20_000, 32)
    return Workload(
        name="table",
        description="20,000 x 32 regression, 256-256-256, batch 256, 5 epochs, 8 models",
        X=X,
        y=y,
        task="regression",
        hidden=(256, 256, 256),
        batch_size=256,
        epochs=5,
        models=tuple(Model(seed=n, lr=1e-3, loss="mse") for n in range(8)),
        sample=2,
    )


def wide() -> Workload:
    """One network whose layers are wide enough for BLAS."""
    X, y = _generate_table(20_000, 64)
    return Workload(
        name="wide",
        description="20,000 x 64 regression, 512-512-512, batch 256, 2 epochs, one model",
        X=X,
        y=y,
        task="regression",
        hidden=(512, 512, 512),
        batch_size=256,
        epochs=2,
        models=(Model(seed=0, lr=1e-3, loss="mse"),),
        sample=1,
    )


def compare() -> Study:
    """All of ``losslab compare titanic`` against a grid search of the log loss alone."""
    load_dataset("titanic")  # so that it is missed here and not by every peer
    return Study(
        name="compare",
        description="all of `losslab compare titanic`, a new process, against GridSearchCV per fit",
        table="titanic",
    )


WORKLOADS: dict[str, Callable[[], Workload | Study]] = {
    made.__name__: made for made in (single, fleet, digits, table, wide, compare)
}


def _load_titanic() -> tuple[Features, Labels]:
    data = load_dataset("titanic")
    numbers = data.X.assign(Sex=data.X["Sex"].cat.codes).to_numpy(np.float64)
    return _select_training_rows(numbers, data.y)


def _select_training_rows(X: np.ndarray, y: np.ndarray) -> tuple[Features, Labels]:
    """Select the rows a network would be trained on, and standardise them."""
    order = np.random.default_rng(0).permutation(len(X))
    rows = order[: int(TRAINING_SHARE * len(X))]
    return _standardize(X[rows]), y[rows].astype(np.int64)


def _generate_table(n_rows: int, n_features: int) -> tuple[Features, Labels]:
    """Generate a smooth function of half of the features, with noise."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(n_rows, n_features))
    half = n_features // 2
    mixed = X[:, :half] @ generator.normal(size=(half, 8)) / np.sqrt(half)
    values = np.sin(mixed).sum(axis=1) + 0.3 * generator.normal(size=n_rows)
    return _standardize(X), _standardize(values)


def _standardize(values: np.ndarray) -> Features:
    deviation = values.std(axis=0)
    centred = values - values.mean(axis=0)
    return np.asarray(centred / np.where(deviation > 0, deviation, 1.0), dtype=np.float32)
