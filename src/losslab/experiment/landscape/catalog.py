"""The index of plain functions and planes: one line each, in reading order."""

from losslab.core.registry import Registry
from losslab.experiment.landscape.functions import himmelblau, rosenbrock, saddle, valley
from losslab.experiment.landscape.planes import pca, random

FUNCTIONS = Registry("plain function", [rosenbrock.SPEC, himmelblau.SPEC, saddle.SPEC, valley.SPEC])

PLANES = Registry("plane", [pca.SPEC, random.SPEC])
