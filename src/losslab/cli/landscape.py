"""``losslab landscape``: the surface of a loss, and the paths that optimizers take down it."""

from losslab.cli.options import make_command
from losslab.report.landscape.landscape import landscape

command = make_command(
    landscape,
    "A data set's name, a CSV or Parquet file, or a plain function: "
    "rosenbrock, himmelblau, saddle or valley.",
    indent=None,
)
