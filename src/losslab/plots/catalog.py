"""The index of figures: one line each, in reading order."""

from losslab.core.registry import Registry
from losslab.plots.figures import intervals, learning_curves, learning_rates

FIGURES = Registry("figure", [intervals.SPEC, learning_curves.SPEC, learning_rates.SPEC])
