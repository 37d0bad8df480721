"""The strength of an L2 penalty on the diabetes data."""

import losslab
from losslab.plots.figures import regularisation_path


def example() -> regularisation_path.MetricPath:
    path = losslab.penalty_path("diabetes", kind="l2", alphas="1e-4:1e1:16", epochs=100)
    return regularisation_path.prepare(path.findings)  # as path.plot() does
