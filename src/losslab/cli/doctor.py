"""``losslab doctor``: what losslab runs on, and whether it is ready."""

import json
from typing import Annotated

import typer


def command(
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the result to stdout as JSON.")
    ] = False,
) -> None:
    """Check the installation: versions, cores, compiled code."""
    from losslab.report.installation import installation, installation_table

    found = installation()
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    from rich.console import Console

    Console(highlight=False, markup=False).print(installation_table(found))
