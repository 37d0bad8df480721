"""Findings as JSON: every number of a comparison, for machines."""

import math
from typing import Any

from losslab.experiment.comparison.findings import Findings, Reference, Row


def payload(findings: Findings, report: str | None = None) -> dict[str, Any]:
    """Return findings as JSON values; what is not a number is null."""
    chosen = findings.recommendation
    content = {
        "data": findings.data,
        "target": findings.target,
        "task": findings.task,
        "n_rows": findings.n_rows,
        "n_features": findings.n_features,
        "classes": list(findings.classes),
        "metric": findings.metric,
        "rope": findings.rope,
        "level": findings.level,
        "n_splits": findings.n_splits,
        "settings": dict(findings.settings),
        "rows": [_row(row) for row in findings.rows],
        "pairs": [vars(pair) for pair in findings.pairs],
        "references": [_reference(reference) for reference in findings.references],
        "verdict": findings.verdict,
        "recommendation": None if chosen is None else vars(chosen),
        "notes": list(findings.notes),
        "cuts": list(findings.cuts),
        "runs_trained": findings.runs_trained,
        "runs_reused": findings.runs_reused,
        "duplicates": findings.duplicates,
        "engine": findings.engine,
        "seconds": round(findings.seconds, 3),
        "versions": dict(findings.versions),
        "command": findings.command,
        "report": report,
        "store": findings.store,
    }
    values: dict[str, Any] = plain(content)
    return values


def _row(row: Row) -> dict[str, Any]:
    curves = ("train_loss", "validation")
    fields = {name: value for name, value in vars(row).items() if name not in curves}
    fields["scores"] = row.scores.tolist()
    fields["rates"] = [
        {
            "lr": rate.lr,
            "selection": rate.selection.tolist(),
            "scores": rate.scores.tolist(),
            "chosen": rate.chosen,
            "diverged": rate.diverged,
        }
        for rate in row.rates
    ]
    return fields


def _reference(reference: Reference) -> dict[str, Any]:
    return {**vars(reference), "scores": reference.scores.tolist()}


def plain(value: Any) -> Any:
    """Make a value one that JSON has: tuples become lists, and what is not a number null."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
