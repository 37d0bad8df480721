"""A network for the three species of iris."""

import losslab
from losslab.plots.figures import network


def example() -> network.Network:
    iris = losslab.load_dataset("iris")
    return network.prepare(
        4, (64, 64), 3, "relu", "softmax", features=list(iris.X.columns), outputs=iris.classes
    )
