"""Group lasso, which drops whole features of breast cancer cells."""

import losslab
from losslab.plots.figures import sparsity


def example() -> sparsity.Sparsity:
    path = losslab.penalty_path(
        "breast_cancer", kind="group_lasso", alphas="1e-4:1:13", hidden=(16,), epochs=60
    )
    return sparsity.prepare(path.findings)  # as path.plot(figure="sparsity") does
