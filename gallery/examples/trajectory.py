"""Three learning rates in Rosenbrock's valley: too small, about right and too large."""

import losslab
from losslab.plots.figures import trajectory


def example() -> trajectory.Trajectories:
    found = losslab.landscape("rosenbrock", optimizer="sgd,adam")
    return trajectory.prepare(found.result)
