"""The HTML report of a comparison: one self-contained file without scripts."""

import os
from typing import Any

from losslab.core.files import write_text
from losslab.experiment.comparison.findings import Findings, Reference, Row
from losslab.metrics.catalog import METRICS
from losslab.plots import wording
from losslab.plots.catalog import COMPARISON_FIGURES
from losslab.report.html import render_template
from losslab.report.pictures import illustrate


def write_report(findings: Findings, path: str | os.PathLike[str]) -> None:
    """Write the report to ``path``, whole or not at all."""
    write_text(path, render_report(findings))


def render_report(findings: Findings) -> str:
    """Render the whole page."""
    pictures = {name: illustrate(figure, findings) for name, figure in COMPARISON_FIGURES.items()}
    return _render(
        "report.html.j2", findings, pictures=pictures, metrics=tabulate_metrics(findings)
    )


def render_ranking(findings: Findings) -> str:
    """Render verdict, recommendation and ranking as a fragment for notebooks."""
    return _render("fragment.html.j2", findings)


def _render(template: str, findings: Findings, **more: Any) -> str:
    decimals = wording.choose_ranking_format(findings)
    return render_template(
        template,
        found=findings,
        interval_name=wording.describe_interval(findings),
        splits=wording.describe_splits(findings),
        level=f"{100 * findings.level:g} %",
        score=lambda value: wording.format_score(value, decimals),
        signed=lambda value: wording.format_difference(value, decimals),
        interval=lambda low, high: wording.format_interval(low, high, decimals),
        **more,
    )


def tabulate_metrics(findings: Findings) -> dict[str, Any]:
    """Tabulate every metric's mean: titles, and the texts of each candidate and reference."""
    lines: list[Row | Reference] = [*findings.rows, *findings.references]
    names = list(dict.fromkeys(name for line in lines for name in line.scores.metrics))
    missing = dict.fromkeys(names, float("nan"))
    means = [(line.name, {**missing, **line.scores.metrics}) for line in lines]
    decimals = {
        name: wording.choose_score_format([own[name] for _, own in means]) for name in names
    }
    rows = [
        (line, [wording.format_score(own[name], decimals[name]) for name in names])
        for line, own in means
    ]
    return {"titles": [_describe_metric(name) for name in names], "rows": rows}


def _describe_metric(name: str) -> tuple[str, str]:
    if name not in METRICS:
        return name, ""
    metric = METRICS[name]
    return metric.label, wording.describe_direction(metric.higher_is_better)
