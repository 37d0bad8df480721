"""What an L1 penalty does to the weights for breast cancer: more and more are exactly zero."""

from sklearn.preprocessing import StandardScaler

import losslab
from losslab.plots.figures import weights


def example() -> weights.Weights:
    table = losslab.load_dataset("breast_cancer")
    X = StandardScaler().fit_transform(table.X).astype("float32")
    goal = losslab.objective("bce_with_logits", task="binary")
    model = losslab.MLP(30, (32, 16), goal.width, seed=0)
    trainer = losslab.Trainer(model, goal, lr=0.003, penalty="l1", alpha=0.003, progress=False)
    epochs, seen = [0], [[matrix for matrix, _ in model.get_weights()]]
    for wait in (1, 4, 5, 10, 20):
        trainer.train((X, table.y), epochs=wait)
        epochs.append(epochs[-1] + wait)
        seen.append([matrix for matrix, _ in model.get_weights()])
    return weights.prepare(epochs, seen)
