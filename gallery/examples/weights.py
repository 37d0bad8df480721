"""An L1 penalty on a network for breast cancer: more and more weights are exactly zero."""

from sklearn.preprocessing import StandardScaler

import losslab
from losslab.plots.figures import weights


def example() -> weights.Weights:
    table = losslab.load_dataset("breast_cancer")
    X = StandardScaler().fit_transform(table.X).astype("float32")
    objective = losslab.objective("bce_with_logits", task="binary")
    model = losslab.MLP(30, (32, 16), objective.width, seed=0)
    trainer = losslab.Trainer(model, objective, lr=0.003, penalty="l1", alpha=0.003, progress=False)
    epochs, matrices = [0], [[matrix for matrix, _ in model.get_weights()]]
    for more in (1, 4, 5, 10, 20):
        trainer.train((X, table.y), epochs=more)
        epochs.append(epochs[-1] + more)
        matrices.append([matrix for matrix, _ in model.get_weights()])
    return weights.prepare(epochs, matrices)
