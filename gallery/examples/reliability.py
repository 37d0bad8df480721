"""A small network on two half moons, of which half are held out."""

import torch
from sklearn.model_selection import train_test_split

import losslab
from losslab.plots.figures import reliability


def example() -> reliability.Reliability:
    moons = losslab.load_dataset("moons")
    X, X_test, y, y_test = train_test_split(
        moons.X.to_numpy("float32"), moons.y, test_size=0.5, random_state=0
    )
    objective = losslab.objective("bce_with_logits", task="binary")
    model = losslab.MLP(2, (16,), objective.width, seed=0)
    losslab.Trainer(model, objective, lr=0.003, progress=False).train((X, y), epochs=30)
    probabilities = objective.predict_proba(model(torch.from_numpy(X_test)))
    return reliability.prepare(y_test, probabilities.detach().numpy())
