"""All activation functions and heads."""

from losslab.plots.figures import activations


def example() -> activations.Activations:
    return activations.prepare()
