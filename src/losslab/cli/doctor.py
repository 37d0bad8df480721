"""``losslab doctor``: watch a training script; without one, check the installation."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from losslab.doctor.report import Report
    from losslab.doctor.supervise import Supervision

# What follows the script is its own: options too.
SETTINGS = {"ignore_unknown_options": False, "allow_interspersed_args": False}


def command(
    script: Annotated[
        str | None, typer.Argument(help="The script to watch; without one, the installation.")
    ] = None,
    args: Annotated[list[str] | None, typer.Argument(help="The script's own arguments.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the result to stdout as JSON.")
    ] = False,
    sarif: Annotated[bool, typer.Option("--sarif", help="Write the findings as SARIF.")] = False,
    select: Annotated[
        list[str] | None, typer.Option(help="Check only these rules: LL1, LL101,LL2, a name.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Do not check these rules.")] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="End the run after so many optimizer steps.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(min=0.1, help="End the run after so many seconds.")
    ] = None,
    prove: Annotated[
        bool,
        typer.Option(
            "--prove",
            help="Run the script again with its errors mended, and show what it then says. "
            "May also stand right behind the script.",
        ),
    ] = False,
    stop: Annotated[
        bool, typer.Option("--stop", help="End a notebook at the first cell that raises.")
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the rules.")] = False,
    explain: Annotated[str | None, typer.Option(help="Explain a rule, by code or name.")] = None,
) -> None:
    """Watch a training script and name the line that makes its result wrong.

    The script runs unchanged, in a process of its own. It is supervision, not a sandbox. Options go
    before the script; what comes after it is the script's. Without a script: check the
    installation (versions, cores, compiled code).
    """
    if listed or explain is not None:
        typer.echo(_pages(explain), nl=False)
    elif script is None:
        _installation(as_json)
    else:
        from losslab.doctor.selection import read_selection
        from losslab.doctor.supervise import Supervision, supervise

        wanted = read_selection(Path.cwd(), select or [], ignore or [])
        how = Supervision(
            select=wanted.select,
            ignore=wanted.ignore,
            steps=steps,
            timeout=timeout,
            stop=stop,
            quiet_stdout=as_json or sarif,
        )
        own = list(args or [])
        if own[:1] == ["--prove"]:
            prove, own = True, own[1:]
        if prove:
            _prove(script, own, how)
        outcome = supervise(script, own, how)
        _tell(_rendered(outcome.report, as_json, sarif), outcome.report.traceback)
        raise typer.Exit(outcome.exit_code)


def _tell(text: str, traceback: str) -> None:
    """Write a report, and the script's own traceback to stderr, behind it."""
    try:
        typer.echo(text, nl=False)
    except BrokenPipeError:
        # The reader of the pipe, such as head, has seen enough; the exit code stays true.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if traceback:
        typer.echo(traceback, nl=False, err=True)


def _prove(script: str, args: list[str], how: "Supervision") -> None:
    from losslab.core.errors import OptionError
    from losslab.doctor.prove.proof import prove, render_proof, write_through

    if how.quiet_stdout:
        raise OptionError("needed --prove by itself", got="--json or --sarif", fix="--prove")
    proof = prove(script, args, how, write_through)
    report = proof.first.outcome.report
    _tell(str(report), report.traceback)
    _tell("\n" + render_proof(proof), "")
    raise typer.Exit(proof.first.outcome.exit_code)


def _pages(explain: str | None) -> str:
    from losslab.doctor.catalog import RULES, find_rule
    from losslab.doctor.render import render_list, render_page

    return render_list(RULES) if explain is None else render_page(find_rule(explain))


def _rendered(report: "Report", as_json: bool, sarif: bool) -> str:
    from losslab.doctor.catalog import RULES
    from losslab.doctor.render import render_json, render_sarif

    if sarif:
        return render_sarif(report.findings, report.unchecked, report.complete, RULES)
    return render_json(report.findings) if as_json else str(report)


def _installation(as_json: bool) -> None:
    from losslab.report.installation import installation, installation_table

    found = installation()
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    from rich.console import Console

    Console(highlight=False, markup=False).print(installation_table(found))
