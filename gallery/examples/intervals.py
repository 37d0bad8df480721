"""Losses for breast cancer, on the same ten splits."""

import losslab
from losslab.plots.figures import intervals


def example() -> intervals.Intervals:
    found = losslab.compare(
        "breast_cancer", loss="bce_with_logits,focal,hinge,mse,l1", hidden=(16,), epochs=20
    )
    return intervals.prepare(found.findings)  # as found.plot(figure="intervals") does
