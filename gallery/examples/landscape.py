"""Two losses for two half moons, each with the paths of two optimizers."""

import losslab
from losslab.plots.figures import landscape


def example() -> landscape.LandscapePicture:
    found = losslab.landscape("moons", loss="mse,bce_with_logits", optimizer="sgd,adam")
    return landscape.prepare(found.result)  # as found.plot() does
