"""A network on two half moons."""

from sklearn.model_selection import train_test_split

import losslab
from losslab.plots.boundary.rows import prepare_rows
from losslab.plots.boundary.surface import Boundary, prepare


def example() -> Boundary:
    moons = losslab.load_dataset("moons")
    X, X_test, y, y_test = train_test_split(
        moons.X.to_numpy("float32"), moons.y, test_size=0.2, random_state=0
    )
    objective = losslab.objective("bce_with_logits", task="binary")
    model = losslab.MLP(2, (64, 64), objective.width, seed=0)
    losslab.Trainer(model, objective, lr=0.01, progress=False).train((X, y), epochs=30)
    rows = prepare_rows(X, y, test=(X_test, y_test), axes=("x1", "x2"), classes=("upper", "lower"))
    return prepare(model, rows)
