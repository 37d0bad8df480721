"""``losslab data``: the data sets known by name, with their sources."""

from losslab.cli.options import AsJson, print_json


def command(as_json: AsJson = False) -> None:
    """List the data sets known by name; any CSV or Parquet file works too, with --target."""
    from losslab.data.catalog import DATASETS

    if as_json:
        fields = [
            {name: value for name, value in vars(spec).items() if name != "load"}
            for spec in DATASETS.values()
        ]
        print_json(fields)
        return
    from rich.console import Console

    from losslab.report.datasets import tabulate_datasets

    Console().print(tabulate_datasets())
