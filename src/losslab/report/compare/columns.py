"""The columns of the ranking in a terminal, and which of them fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len

from losslab.experiment.comparison.findings import Findings, Reference, Row
from losslab.plots.wording import (
    NOTHING,
    choose_ranking_format,
    format_difference,
    format_interval,
    format_p_value,
    format_probability,
    format_score,
    format_zero_share,
)

GAP = 2
# Least and greatest widths of what can give way: the names, and the picture of the intervals.
NAME, PLOT = (14, 26), (9, 25)
TITLE = 20
DROPPED_FIRST = ("zeros", "lr", "alpha", "plot", "evidence", "difference")


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: a title, and a text for each candidate and then for each reference."""

    key: str
    title: str
    right: bool
    cells: tuple[str, ...]

    @property
    def width(self) -> int:
        """The letters that the widest line needs."""
        lines = [line for text in (self.title, *self.cells) for line in text.split("\n")]
        return max(map(cell_len, lines))


def columns_of(findings: Findings, text: Callable[[str], str]) -> tuple[Column, ...]:
    """Write every cell; ``text`` makes names safe to show. The plot's cells are drawn later."""
    shown = choose_ranking_format(findings)
    level = f"{100 * findings.level:g} % CI"

    def column(
        key: str,
        title: str,
        of_row: Callable[[Row], str],
        of_reference: Callable[[Reference], str] = lambda _: "",
        right: bool = False,
    ) -> Column:
        cells = [*map(of_row, findings.rows), *map(of_reference, findings.references)]
        cells = ["\n".join(map(text, cell.split("\n"))) for cell in cells]
        return Column(key=key, title=title, right=right, cells=tuple(cells))

    columns = (
        column("name", "loss", _name, lambda reference: f"  {reference.name}"),
        column(
            "score",
            "\n".join([*wrap(text(findings.metric.label), TITLE), f"mean [{level}]"]),
            lambda row: _score(row.scores.mean, row.scores.low, row.scores.high, shown),
            lambda one: _score(one.scores.mean, one.scores.low, one.scores.high, shown),
        ),
        column("plot", "", lambda _: ""),
        column("difference", "vs best", lambda row: _difference(row, shown), right=True),
        column("verdict", "verdict", lambda row: row.verdict, lambda _: "not ranked"),
        column("evidence", "evidence", _evidence),
        column("lr", "lr", lambda row: f"{row.tuning.lr:.3g}", right=True),
        column("alpha", "alpha", _alpha, right=True),
        column("zeros", "zero\nweights", format_zero_share, right=True),
    )
    # Without a penalty these two say nothing.
    return tuple(own for own in columns if own.key not in ("alpha", "zeros") or any(own.cells))


def fitted(columns: Sequence[Column], width: int) -> dict[str, int]:
    """Choose columns for ``width`` letters, and the width of each.

    Columns go, the least needed first; names are cut into lines only before the difference goes.
    What is left over widens the names and then the picture.
    """
    widths = {column.key: column.width for column in columns}
    longest = widths["name"]
    widths["name"], widths["plot"] = min(longest, NAME[1]), PLOT[0]
    for key in DROPPED_FIRST:
        if key == "difference" and _total(widths) > width:
            widths["name"] = min(longest, NAME[0])
        if _total(widths) > width:
            widths.pop(key, None)
    for key, most in (("name", min(longest, NAME[1])), ("plot", PLOT[1])):
        if key in widths:
            widths[key] += max(0, min(most - widths[key], width - _total(widths)))
    return widths


def _total(widths: dict[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def _name(row: Row) -> str:
    lines = [f"{row.rank} {row.name}"]
    if row.candidate.same_as:
        lines.append(f"  = {', '.join(row.candidate.same_as)}")
    if row.candidate.wrong:
        lines.append("  wrong on purpose")
    if row.training.diverged and row.verdict != "diverged":
        lines.append(f"  {row.training.diverged}/{row.training.runs} diverged")
    return "\n".join(lines)


def _score(mean: float, low: float, high: float, shown: str) -> str:
    around = format_interval(low, high, shown)
    return (
        format_score(mean, shown) if around == NOTHING else f"{format_score(mean, shown)} {around}"
    )


def _difference(row: Row, shown: str) -> str:
    return (
        ""
        if row.verdict in ("best", "diverged")
        else format_difference(row.difference.delta, shown)
    )


def _alpha(row: Row) -> str:
    return "" if row.candidate.penalty == "none" else f"{row.tuning.alpha:.3g}"


def _evidence(row: Row) -> str:
    """Give the number behind the verdict: Tukey's p, or P(practically equal)."""
    p = format_p_value(row.p_tukey)
    if row.verdict == "diverged":
        return f"{row.training.diverged}/{row.training.runs} runs"
    if row.verdict == "practically equal":
        p = format_probability(row.difference.p_equal)
        return f"P {p}" if p.startswith(("<", ">")) else f"P = {p}"
    if row.verdict not in ("worse", "no difference shown") or p == NOTHING:
        return ""
    return f"p {p}" if p.startswith("<") else f"p = {p}"
