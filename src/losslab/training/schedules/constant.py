"""The same learning rate throughout."""

import numpy as np

from losslab.training.schedule import Schedule, Share


def constant(share: Share) -> Share:
    """1 at every step."""
    return np.ones_like(share)


SPEC = Schedule(
    name="constant",
    factor=constant,
    summary="the same learning rate throughout",
    reference="Robbins and Monro (1951)",
)
