"""``losslab doctor``: watch a training script; without one, check the installation."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from losslab.cli.options import AsJson, print_json
from losslab.core.errors import OptionError

if TYPE_CHECKING:
    from losslab.doctor.report import Report
    from losslab.doctor.supervise import Supervision

# What follows the script is its own: options too.
SETTINGS = {"ignore_unknown_options": False, "allow_interspersed_args": False}


def command(
    script: Annotated[
        str | None,
        typer.Argument(
            metavar="SCRIPT", help="The script or notebook to watch; without one, the installation."
        ),
    ] = None,
    args: Annotated[
        list[str] | None, typer.Argument(metavar="ARGS", help="The script's own arguments.")
    ] = None,
    as_json: AsJson = False,
    sarif: Annotated[bool, typer.Option("--sarif", help="Write the findings as SARIF.")] = False,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE,...", help="Check only these rules: LL1, LL101,LL2, a name."),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="RULE,...", help="Do not check these rules.")
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="End the run after this many optimizer steps."),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(min=0.1, metavar="SECONDS", help="End the run after this many seconds."),
    ] = None,
    prove: Annotated[
        bool,
        typer.Option(
            "--prove",
            help="Run the script again with its errors fixed, and show what it then reports. "
            "May also stand right behind the script.",
        ),
    ] = False,
    stop: Annotated[
        bool, typer.Option("--stop", help="End a notebook at the first cell that raises.")
    ] = False,
    list_rules: Annotated[bool, typer.Option("--list", help="List the rules.")] = False,
    explain: Annotated[
        str | None, typer.Option(metavar="RULE", help="Explain a rule, by code or name.")
    ] = None,
) -> None:
    """Watch a training script and name the line that makes its result wrong.

    The script runs unchanged, in a process of its own. It is supervision, not a sandbox. Options go
    before the script; what comes after it is the script's. Without a script: check the
    installation (versions, cores, compiled code).
    """
    if list_rules or explain is not None:
        typer.echo(_format_pages(explain), nl=False)
    elif script is None:
        _print_installation(as_json)
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
        _print_report(_format_report(outcome.report, as_json, sarif), outcome.report.traceback)
        raise typer.Exit(outcome.exit_code)


def _print_report(text: str, traceback: str) -> None:
    """Write a report, and the script's own traceback to stderr, behind it."""
    try:
        typer.echo(text, nl=False)
    except BrokenPipeError:
        # The reader of the pipe, such as head, has seen enough; the exit code stays true.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if traceback:
        typer.echo(traceback, nl=False, err=True)


def _prove(script: str, args: list[str], how: "Supervision") -> None:
    from losslab.doctor.prove.proof import prove, render_proof, write_through

    if how.quiet_stdout:
        raise OptionError("needed --prove by itself", got="--json or --sarif", fix="--prove")
    proof = prove(script, args, how, write_through)
    report = proof.first.outcome.report
    _print_report(str(report), report.traceback)
    _print_report("\n" + render_proof(proof), "")
    raise typer.Exit(proof.first.outcome.exit_code)


def _format_pages(explain: str | None) -> str:
    from losslab.doctor.catalog import RULES, find_rule
    from losslab.doctor.render import render_list, render_page

    return render_list(RULES) if explain is None else render_page(find_rule(explain))


def _format_report(report: "Report", as_json: bool, sarif: bool) -> str:
    from losslab.doctor.catalog import RULES
    from losslab.doctor.render import render_json, render_sarif

    if sarif:
        return render_sarif(report.findings, report.unchecked, report.complete, RULES)
    return render_json(report.findings) if as_json else str(report)


def _print_installation(as_json: bool) -> None:
    from losslab.report.installation import describe_installation, tabulate_installation

    found = describe_installation()
    if as_json:
        print_json(found)
        return
    from rich.console import Console

    Console(highlight=False, markup=False).print(tabulate_installation(found))
