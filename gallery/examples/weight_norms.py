"""An L2 penalty on the layers of a network for two half moons."""

import losslab
from losslab.plots.alpha_axis import AlphaCurves
from losslab.plots.figures import weight_norms


def example() -> AlphaCurves:
    path = losslab.penalty_path("moons", kind="l2", alphas="1e-4:1e1:16", epochs=100)
    return weight_norms.prepare(path.findings)  # as path.plot(figure="weight_norms") does
