"""A penalty path in a terminal: a line for each alpha, the choice in words last."""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from rich.table import Table
from rich.text import Text

from losslab.experiment.formatting import format_count
from losslab.experiment.penalty_path.findings import INTERVAL, Estimate, PathFindings, Point
from losslab.metrics.catalog import METRICS
from losslab.plots.wording import (
    choose_score_format,
    describe_direction,
    format_score,
    format_seconds,
)
from losslab.report.terminal import (
    Column,
    TerminalReport,
    fit_columns,
    format_footer,
    lay_out_columns,
    list_notes,
)


def make_columns(findings: PathFindings) -> tuple[Column, ...]:
    """Make the columns, with a line for each alpha; numbers of diverged runs are dashes."""
    columns = [_make_column(findings, "alpha", None, lambda point: f"{point.alpha:.3g}")]
    for place, name in enumerate(findings.metrics):
        columns += _make_score_columns(findings, name, 20 * place)
    columns += [
        _make_column(
            findings,
            f"non-zero\nof {findings.network.n_weights:,}",
            30,
            lambda point: _format_mean_count(point.nonzero),
        ),
        _make_column(
            findings,
            f"features\nof {len(findings.network.features):,}",
            # Dropping features is what the group lasso is for.
            35 if findings.penalty.kind == "group_lasso" else 12,
            lambda point: _format_mean_count(point.features),
        ),
        _make_column(findings, "L2 norm", 22, lambda point: format_score(point.l2.mean, ",.3f")),
    ]
    marks = [f"{point.diverged} diverged" if point.diverged else "" for point in findings.points]
    if (index := _find_chosen(findings)) is not None:
        marks[index] = "\N{LEFTWARDS ARROW} chosen"
    return (*columns, Column(key="marks", title="", cells=tuple(marks), right=False, priority=98))


def _make_column(
    findings: PathFindings, title: str, priority: int | None, cell: Callable[[Point], str]
) -> Column:
    cells = tuple(map(cell, findings.points))
    return Column(key=title, title=title, cells=cells, priority=priority)


def _make_score_columns(findings: PathFindings, name: str, penalty: int) -> list[Column]:
    decimals = choose_score_format([point.test[name].mean for point in findings.points])
    label = METRICS[name].label

    def format_held_out(point: Point) -> str:
        held_out = point.test[name]
        mean = format_score(held_out.mean, decimals)
        # A single repetition has no standard error, and diverged ones no mean.
        if findings.holdouts.repetitions == 1 or math.isnan(held_out.mean):
            return mean
        return f"{mean} \N{PLUS-MINUS SIGN} {format_score(held_out.error, decimals)}"

    error = " \N{PLUS-MINUS SIGN} SE" if findings.holdouts.repetitions > 1 else ""
    return [
        _make_column(
            findings,
            f"{label}\ntrain",
            25 - penalty,
            lambda point: format_score(point.train[name].mean, decimals),
        ),
        _make_column(findings, f"{label}\nheld out{error}", 40 - penalty, format_held_out),
    ]


def _format_mean_count(count: Estimate) -> str:
    """Format a mean of whole numbers, with a decimal only if it is not whole itself."""
    is_whole = math.isnan(count.mean) or count.mean.is_integer()
    return format_score(count.mean, ",.0f" if is_whole else ",.1f")


def _find_chosen(findings: PathFindings) -> int | None:
    alphas = [point.alpha for point in findings.points]
    return None if findings.choice is None else alphas.index(findings.choice.alpha)


def write_heading(findings: PathFindings) -> str:
    """Name table, penalty and network."""
    network = "a linear model"
    if findings.network.hidden:
        network = f"a network of {'-'.join(map(str, findings.network.hidden))} hidden units"
    ratio = findings.penalty.params.get("l1_ratio")
    penalty = findings.penalty.kind + ("" if ratio is None else f" (l1_ratio {ratio:g})")
    return f"{findings.data.name}: {penalty} penalty on {network}, loss {findings.network.loss}"


def describe_measurement(findings: PathFindings) -> str:
    """Say what was measured, and on which rows."""
    metric, holdouts = findings.metric, findings.holdouts
    return (
        f"Judged by held-out {metric.label}, {describe_direction(metric.higher_is_better)} "
        f"({findings.reason}); mean of {format_count(holdouts.repetitions, 'repetition')}, each "
        f"with a split ({holdouts.train_rows:,} rows train, {holdouts.test_rows:,} held out) "
        "and initial weights of its own."
    )


def write_notes(findings: PathFindings) -> Iterator[str]:
    """Explain the errors, and say how many weights the penalty made zero."""
    if findings.holdouts.repetitions > 1:
        yield f"SE: {INTERVAL}, N = {format_count(findings.holdouts.repetitions, 'repetition')}."
    yield from findings.notes
    if findings.penalty.makes_zeros:
        yield _describe_zeros(findings)
    elif any(point.nonzero.mean < findings.network.n_weights for point in findings.points):
        yield (
            f"{findings.penalty.kind} makes weights small, not zero: those that are zero became "
            "too small for a float32."
        )
    if findings.diverged:
        yield (
            f"{findings.diverged} of {format_count(findings.runs, 'run')} diverged; alphas with "
            "such runs have no means: try a smaller --lr"
        )


def _describe_zeros(findings: PathFindings) -> str:
    total = findings.network.n_weights
    known = [point for point in findings.points if not math.isnan(point.nonzero.mean)]
    first = next((point for point in known if point.nonzero.mean < total), None)
    if first is None:
        return (
            f"No weight reached exactly zero, of {total:,}; larger --alphas would take some there."
        )
    fewest = min(known, key=lambda point: (point.nonzero.mean, point.alpha))
    parts = [f"{total - first.nonzero.mean:.3g} of {total:,} on average at alpha {first.alpha:.3g}"]
    if fewest.alpha != first.alpha:
        count = "all" if fewest.nonzero.mean == 0 else f"{total - fewest.nonzero.mean:.3g}"
        parts.append(f"{count} at alpha {fewest.alpha:.3g}")
    return f"Weights reach exactly zero: {', '.join(parts)}."


def write_verdict(findings: PathFindings) -> str:
    """Say which alpha to take, and why."""
    if findings.choice is None:
        return "No alpha can be chosen: each had runs that diverged. Try a smaller --lr."
    return f"Chosen: {findings.choice.reason}."


def format_path(findings: PathFindings, written: Mapping[str, str]) -> TerminalReport:
    """Format a path for a terminal; ``written`` are the files by what they hold."""
    return TerminalReport(lay_out=partial(_lay_out, findings, written))


def _lay_out(
    findings: PathFindings, written: Mapping[str, str], width: int, ascii_only: bool
) -> Iterator[Text | Table]:
    columns = [column.make_printable(ascii_only) for column in make_columns(findings)]
    chosen = _find_chosen(findings)
    yield Text(write_heading(findings), style="bold")
    yield Text(describe_measurement(findings))
    yield Text("")
    yield lay_out_columns(
        columns,
        fit_columns(columns, width),
        lambda column, row: "bold green" if row == chosen else "",
    )
    yield Text("")
    if notes := list(list_notes(write_notes(findings))):
        yield from (*notes, Text(""))
    yield Text(write_verdict(findings), style="bold")
    runs = format_count(findings.runs, "run")
    yield format_footer(written, f"{runs} trained", format_seconds(findings.seconds))
