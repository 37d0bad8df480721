"""Three optimizers on two half moons."""

import losslab
from losslab.plots.figures import learning_curves


def example() -> learning_curves.LearningCurves:
    found = losslab.compare(
        "moons", loss="bce_with_logits", optimizer=["sgd", "adam", "rmsprop"], hidden=(16,)
    )
    return learning_curves.prepare(found.findings)
