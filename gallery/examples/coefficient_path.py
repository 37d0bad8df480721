"""The lasso on the diabetes data."""

import losslab
from losslab.plots.figures import coefficient_path


def example() -> coefficient_path.CoefficientPath:
    path = losslab.penalty_path(
        "diabetes", kind="l1", alphas="1e-3:3:25", loss="mse", hidden=(), epochs=150
    )
    return coefficient_path.prepare(path.findings)  # as path.plot(figure="coefficient_path") does
