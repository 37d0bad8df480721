"""A small network on handwritten digits."""

import torch
from sklearn.model_selection import train_test_split

import losslab
from losslab.plots.figures import confusion


def example() -> confusion.Confusion:
    digits = losslab.load_dataset("digits")
    X, X_test, y, y_test = train_test_split(
        digits.X.to_numpy("float32") / 16, digits.y, test_size=0.5, random_state=0
    )
    objective = losslab.objective("cross_entropy", task="multiclass", n_classes=10)
    model = losslab.MLP(64, (16,), objective.width, seed=0)
    losslab.Trainer(model, objective, lr=0.005, progress=False).train((X, y), epochs=15)
    predicted = objective.predict(model(torch.from_numpy(X_test)))
    return confusion.prepare(y_test, predicted, classes=digits.classes)
