"""A path in a terminal: a line for each alpha, the choice in words last."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.cells import cell_len
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
from losslab.report.terminal import visible

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


CHOSEN = "\N{LEFTWARDS ARROW} chosen"


@dataclass(frozen=True, kw_only=True)
class PathColumn:
    """A title of one or two lines, and a text for each alpha.

    ``needed`` orders what gives way where there is no room: the smallest goes first.
    """

    title: str
    cells: tuple[str, ...]
    needed: int
    right: bool = True


def path_columns(findings: PathFindings) -> tuple[PathColumn, ...]:
    """Write every cell; what diverged has a dash."""

    def column(title: str, needed: int, cell: Callable[[Point], str]) -> PathColumn:
        return PathColumn(title=title, needed=needed, cells=tuple(map(cell, findings.points)))

    # One repetition has no standard error.
    held = "held out \N{PLUS-MINUS SIGN} SE" if findings.repetitions > 1 else "held out"
    columns = [column("alpha", 99, lambda point: f"{point.alpha:.3g}")]
    for place, name in enumerate(findings.metrics):
        columns += [
            PathColumn(
                title=f"{METRICS[name].label}\n{part}",
                needed=needed - 20 * place,
                cells=_scores(findings, name, with_error=with_error),
            )
            for part, needed, with_error in (
                ("train", 25, False),
                (held, 40, True),
            )
        ]
    marks = [
        CHOSEN if findings.choice and point.alpha == findings.choice.alpha else _lost(point)
        for point in findings.points
    ]
    return (
        *columns,
        column(f"non-zero\nof {findings.n_weights:,}", 30, lambda point: _count(point.nonzero)),
        column(
            f"features\nof {len(findings.features):,}",
            # What the group lasso is for.
            35 if findings.kind == "group_lasso" else 12,
            lambda point: _count(point.features),
        ),
        column("L2 norm", 22, lambda point: format_score(point.l2.mean, ",.3f")),
        PathColumn(title="", needed=98, cells=tuple(marks), right=False),
    )


def _lost(point: Point) -> str:
    return f"{point.diverged} diverged" if point.diverged else ""


def _count(count: Estimate) -> str:
    """A mean of whole numbers, with a decimal only where it is none itself."""
    whole = count.mean == round(count.mean) if count.mean == count.mean else True
    return format_score(count.mean, ",.0f" if whole else ",.1f")


def _scores(findings: PathFindings, name: str, with_error: bool) -> tuple[str, ...]:
    held = [point.test[name] for point in findings.points]
    given = held if with_error else [point.train[name] for point in findings.points]
    shown = choose_score_format([one.mean for one in held])
    several = with_error and findings.repetitions > 1
    return tuple(
        f"{format_score(one.mean, shown)} \N{PLUS-MINUS SIGN} {format_score(one.error, shown)}"
        if several and one.mean == one.mean
        else format_score(one.mean, shown)
        for one in given
    )


def heading(findings: PathFindings) -> str:
    """Name table, penalty and network."""
    network = "a linear model"
    if findings.hidden:
        network = f"a network of {'-'.join(map(str, findings.hidden))} hidden units"
    ratio = findings.penalty_params.get("l1_ratio")
    penalty = findings.kind + ("" if ratio is None else f" (l1_ratio {ratio:g})")
    return f"{findings.data}: {penalty} penalty on {network}, loss {findings.loss}"


def reading(findings: PathFindings) -> str:
    """Say what was measured, and on what."""
    return (
        f"Judged by held-out {findings.label}, {describe_direction(findings.higher_is_better)} "
        f"({findings.reason}); mean of {format_count(findings.repetitions, 'repetition')}, each "
        f"with a split ({findings.train_rows:,} rows train, {findings.test_rows:,} held out) "
        "and initial weights of its own."
    )


def remarks(findings: PathFindings) -> Iterator[str]:
    """Explain the errors, and say what the penalty made of the weights."""
    if findings.repetitions > 1:
        yield f"SE: {INTERVAL}, N = {format_count(findings.repetitions, 'repetition')}."
    yield from findings.notes
    if findings.makes_zeros:
        yield _zeros(findings)
    elif any(point.nonzero.mean < findings.n_weights for point in findings.points):
        yield (
            f"{findings.kind} makes weights small, not zero: those that are zero became too small "
            "for a float32."
        )
    if findings.diverged:
        yield (
            f"{findings.diverged} of {format_count(findings.runs, 'run')} diverged; alphas with "
            "such runs have no means: try a smaller --lr"
        )


def _zeros(findings: PathFindings) -> str:
    total = findings.n_weights
    known = [point for point in findings.points if point.nonzero.mean == point.nonzero.mean]
    first = next((point for point in known if point.nonzero.mean < total), None)
    if first is None:
        return (
            f"No weight reached exactly zero, of {total:,}; larger --alphas would take some there."
        )
    least = min(known, key=lambda point: (point.nonzero.mean, point.alpha))
    parts = [f"{total - first.nonzero.mean:.3g} of {total:,} on average at alpha {first.alpha:.3g}"]
    if least.alpha != first.alpha:
        amount = "all" if least.nonzero.mean == 0 else f"{total - least.nonzero.mean:.3g}"
        parts.append(f"{amount} at alpha {least.alpha:.3g}")
    return f"Weights reach exactly zero: {', '.join(parts)}."


def verdict(findings: PathFindings) -> str:
    """Say which alpha to take, and why."""
    if findings.choice is None:
        return "No alpha can be chosen: each had runs that diverged. Try a smaller --lr."
    return f"Chosen: {findings.choice.reason}."


WIDEST, GAP = 100, 2


@dataclass(frozen=True, kw_only=True)
class PathTable:
    """What ``rich.console.Console.print`` shows of a path, in at most 100 columns.

    Args:
        findings: what was found.
        written: the files that were written, by what they hold.
    """

    findings: PathFindings
    written: Mapping[str, str] = field(default_factory=dict)

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        plain, found = options.ascii_only, self.findings
        narrow = options.update(width=min(options.max_width, WIDEST))
        yield from console.render(Text(visible(heading(found), plain), style="bold"), narrow)
        yield from console.render(Text(visible(reading(found), plain)), narrow)
        yield from console.render(Text(""), narrow)
        columns = fitting(path_columns(found), narrow.max_width)
        yield from console.render(_table(columns, plain), narrow)
        yield from console.render(Text(""), narrow)
        lines = [Text(visible(f"- {line}", plain)) for line in remarks(found)]
        for line in [*lines, Text("")] if lines else []:
            yield from console.render(line, narrow)
        yield from console.render(Text(visible(verdict(found), plain), style="bold"), narrow)
        yield from console.render(Text(visible(self._traces(), plain), style="dim"), narrow)

    def _traces(self) -> str:
        parts = [f"{what}: {path}" for what, path in self.written.items()]
        runs = format_count(self.findings.runs, "run")
        return "; ".join([*parts, f"{runs} trained", format_seconds(self.findings.seconds)])


def fitting(columns: Sequence[PathColumn], width: int) -> list[PathColumn]:
    """Leave out columns, the least needed first, until the others fit."""
    kept = list(columns)
    while len(kept) > 1 and sum(map(_width, kept)) + GAP * (len(kept) - 1) > width:
        kept.remove(min(kept, key=lambda column: column.needed))
    return kept


def _width(column: PathColumn) -> int:
    lines = [line for text in (column.title, *column.cells) for line in text.split("\n")]
    return max(map(cell_len, lines))


def _table(columns: Sequence[PathColumn], plain: bool) -> Table:
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, collapse_padding=True)
    for column in columns:
        title = Text("\n".join(visible(line, plain) for line in column.title.split("\n")))
        table.add_column(title, justify="right" if column.right else "left", no_wrap=True)
    for row in zip(*(column.cells for column in columns), strict=True):
        style = "bold green" if row[-1] == CHOSEN else ""
        table.add_row(*(Text(visible(cell, plain), style=style) for cell in row))
    return table
