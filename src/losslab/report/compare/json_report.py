"""The findings of a comparison as JSON values."""

from typing import Any

from losslab.core.json_values import to_json_value
from losslab.experiment.comparison.findings import Findings, Reference, Row


def build_payload(findings: Findings, report: str | None = None) -> dict[str, Any]:
    """Convert findings to JSON values; numbers that are not finite are null."""
    data, provenance = findings.data, findings.provenance
    content = {
        "data": data.name,
        "target": data.target,
        "task": data.task,
        "n_rows": data.n_rows,
        "n_features": data.n_features,
        "classes": data.classes,
        "metric": findings.metric.name,
        "rope": findings.metric.rope,
        "level": findings.level,
        "n_splits": findings.splits.n_splits,
        "settings": findings.settings,
        "rows": [_describe_row(row) for row in findings.rows],
        "pairs": findings.pairs,
        "references": [_describe_reference(reference) for reference in findings.references],
        "verdict": findings.verdict,
        "recommendation": findings.recommendation,
        "notes": findings.notes,
        "cuts": findings.cuts,
        "runs_trained": provenance.runs_trained,
        "runs_reused": provenance.runs_reused,
        "duplicates": provenance.duplicates,
        "engine": provenance.engine,
        "seconds": round(provenance.seconds, 3),
        "versions": provenance.versions,
        "command": provenance.command,
        "report": report,
        "store": provenance.store,
    }
    values: dict[str, Any] = to_json_value(content)
    return values


def _describe_row(row: Row) -> dict[str, Any]:
    """Flatten a row, as the JSON has always had it."""
    candidate, scores, difference = row.candidate, row.scores, row.difference
    tuning, training = row.tuning, row.training
    return {
        "name": candidate.name,
        "rank": row.rank,
        "loss": candidate.loss,
        "catalogue": candidate.catalogue,
        "head": candidate.head,
        "codec": candidate.codec,
        "optimizer": candidate.optimizer,
        "hidden": candidate.hidden,
        "activation": candidate.activation,
        "batch_size": candidate.batch_size,
        "same_as": candidate.same_as,
        "wrong": candidate.wrong,
        "lr": tuning.lr,
        "lrs": tuning.lrs,
        "penalty": candidate.penalty,
        "alpha": tuning.alpha,
        "alphas": tuning.alphas,
        "zeros": training.zeros,
        "weights": training.weights,
        "scores": scores.values,
        "mean": scores.mean,
        "ci_low": scores.low,
        "ci_high": scores.high,
        "n": len(scores.values),
        "diverged": training.diverged,
        "runs": training.runs,
        "delta": difference.delta,
        "delta_low": difference.low,
        "delta_high": difference.high,
        "p_tukey": row.p_tukey,
        "p_better": difference.p_better,
        "p_equal": difference.p_equal,
        "p_worse": difference.p_worse,
        "verdict": row.verdict,
        "never_settles": row.never_settles,
        "metrics": scores.metrics,
        "rates": tuning.rates,
        "selection": candidate.selection,
        "best_epochs": training.best_epochs,
        "gives_probabilities": candidate.gives_probabilities,
        "proper": candidate.proper,
    }


def _describe_reference(reference: Reference) -> dict[str, Any]:
    scores = reference.scores
    return {
        "name": reference.name,
        "summary": reference.summary,
        "scores": scores.values,
        "mean": scores.mean,
        "ci_low": scores.low,
        "ci_high": scores.high,
        "metrics": scores.metrics,
    }
