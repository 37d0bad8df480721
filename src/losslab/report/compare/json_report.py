"""Findings as JSON: every number of a comparison, for machines."""

from typing import Any

from losslab.core.json_values import to_json_value
from losslab.experiment.comparison.findings import Findings, Row


def payload(findings: Findings, report: str | None = None) -> dict[str, Any]:
    """Return findings as JSON values; what is not a number is null."""
    content = {
        "data": findings.data,
        "target": findings.target,
        "task": findings.task,
        "n_rows": findings.n_rows,
        "n_features": findings.n_features,
        "classes": findings.classes,
        "metric": findings.metric,
        "rope": findings.rope,
        "level": findings.level,
        "n_splits": findings.n_splits,
        "settings": findings.settings,
        "rows": [_row(row) for row in findings.rows],
        "pairs": findings.pairs,
        "references": findings.references,
        "verdict": findings.verdict,
        "recommendation": findings.recommendation,
        "notes": findings.notes,
        "cuts": findings.cuts,
        "runs_trained": findings.runs_trained,
        "runs_reused": findings.runs_reused,
        "duplicates": findings.duplicates,
        "engine": findings.engine,
        "seconds": round(findings.seconds, 3),
        "versions": findings.versions,
        "command": findings.command,
        "report": report,
        "store": findings.store,
    }
    values: dict[str, Any] = to_json_value(content)
    return values


def _row(row: Row) -> dict[str, Any]:
    curves = ("train_loss", "validation")
    return {name: value for name, value in vars(row).items() if name not in curves}
