"""Three losses on the diabetes data."""

import losslab
from losslab.plots.figures import learning_rates


def example() -> learning_rates.LearningRates:
    found = losslab.compare("diabetes", loss="mse,huber,l1", hidden=(16,), epochs=20)
    return learning_rates.prepare(found.findings)
