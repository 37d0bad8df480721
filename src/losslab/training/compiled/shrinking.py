"""What follows an optimizer's step on some rows of a weight matrix; biases are left alone."""

from losslab.training.compiled.jit import Array


def nothing(
    weights: Array,
    slots: Array,
    settings: Array,
    penalty: Array,
    lr: float,
    count: int,
    first: int,
    layer: int,
) -> None:
    """Leave the weights as they are; a proximal step would shrink them here.

    The arguments are those of the optimizer's step, with ``weights`` as rows of the layer's matrix
    ``(rows, outputs)``, the penalty's own settings, and the layer's number from 0.
    """
