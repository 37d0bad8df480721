"""The report: one HTML file that needs nothing else, no script and no network."""

import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from losslab.core.files import write_text
from losslab.experiment.comparison.findings import Findings, Reference, Row
from losslab.experiment.formatting import format_count
from losslab.metrics.catalog import METRICS
from losslab.plots import wording
from losslab.plots.catalog import COMPARISON_FIGURES
from losslab.report.pictures import illustrate

if TYPE_CHECKING:
    from jinja2 import Environment


def write_report(findings: Findings, path: str | os.PathLike[str]) -> None:
    """Write the report to ``path``, whole or not at all."""
    write_text(path, report_html(findings))


def report_html(findings: Findings) -> str:
    """Render the whole page."""
    pictures = {name: illustrate(figure, findings) for name, figure in COMPARISON_FIGURES.items()}
    return _rendered("report.html.j2", findings, pictures=pictures)


def ranking_html(findings: Findings) -> str:
    """Render verdict, recommendation and ranking as a fragment, such as a notebook shows."""
    return _rendered("fragment.html.j2", findings)


def _rendered(template: str, findings: Findings, **more: Any) -> str:
    shown = wording.choose_ranking_format(findings)
    return (
        _environment()
        .get_template(template)
        .render(
            found=findings,
            interval_name=wording.describe_interval(findings),
            splits=wording.describe_splits(findings),
            level=f"{100 * findings.level:g} %",
            score=_with(wording.format_score, shown),
            signed=_with(wording.format_difference, shown),
            interval=lambda low, high: wording.format_interval(low, high, shown),
            metrics=metric_table(findings),
            **more,
        )
    )


def _with(write: Callable[[float, str], str], shown: str) -> Callable[[float], str]:
    return lambda value: write(value, shown)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("losslab.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "p": wording.format_p_value,
        "chance": wording.format_probability,
        "duration": wording.format_seconds,
        "counted": format_count,
        "direction": wording.describe_direction,
        "same_as": wording.format_duplicates,
        "setting": wording.describe_setting,
        "standing": wording.describe_verdict,
        "zero_share": wording.format_zero_share,
        "plain": _plain,
    }
    return environment


def _printable(value: Any) -> Any:
    """Replace what HTML or UTF-8 cannot hold, in text of the user's only."""
    if type(value) is not str or value.isprintable():  # markup is ours already
        return value
    return "".join(
        letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in value
    )


def _plain(value: Any) -> str:
    """Write a setting as people do.

    Examples:
        >>> _plain((64, 64)), _plain(0.001), _plain(True), _plain(None)
        ('64, 64', '0.001', 'yes', 'none')
    """
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "none"
        case float():
            return f"{value:g}"
        case list() | tuple():
            return ", ".join(map(_plain, value))
    return str(value)


def metric_table(findings: Findings) -> dict[str, Any]:
    """Lay out every metric's mean: titles, and a row of texts for each candidate and reference."""
    lines: list[Row | Reference] = [*findings.rows, *findings.references]
    names = list(dict.fromkeys(name for line in lines for name in line.scores.metrics))
    missing = dict.fromkeys(names, float("nan"))
    means = [(line.name, {**missing, **line.scores.metrics}) for line in lines]
    shown = {name: wording.choose_score_format([own[name] for _, own in means]) for name in names}
    return {
        "titles": [_title(name) for name in names],
        "rows": [
            (line, [wording.format_score(own[name], shown[name]) for name in names])
            for line, own in means
        ],
    }


def _title(name: str) -> tuple[str, str]:
    if name not in METRICS:
        return name, ""
    metric = METRICS[name]
    return metric.label, wording.describe_direction(metric.higher_is_better)
