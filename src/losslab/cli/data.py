"""``losslab data``: the data sets known by name, with their sources."""

import json
from typing import Annotated

import typer


def command(
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the result to stdout as JSON.")
    ] = False,
) -> None:
    """List the data sets known by name; any CSV or Parquet file works too, with --target."""
    from losslab.data.catalog import DATASETS

    if as_json:
        fields = [
            {name: value for name, value in vars(spec).items() if name != "load"}
            for spec in DATASETS.values()
        ]
        typer.echo(json.dumps(fields, indent=2))
        return
    from rich.console import Console

    from losslab.report.datasets import datasets_table

    Console().print(datasets_table())
