"""``losslab compare``: train every fitting loss on the same splits and recommend one."""

from losslab.cli.options import make_command
from losslab.report.compare.compare import compare

command = make_command(
    compare,
    "A data set's name, or a CSV or Parquet file.",
)
