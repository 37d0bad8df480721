"""``losslab penalty``: train at every strength of a penalty, show what it does, choose one."""

from losslab.cli.options import make_command
from losslab.report.penalty.penalty_path import penalty_path

command = make_command(
    penalty_path,
    "A data set's name, or a CSV or Parquet file.",
)
