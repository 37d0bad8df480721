"""Notes of a comparison: its settings, and warnings about data, splits and learning rates."""

import math
from collections.abc import Sequence

import numpy as np

from losslab.data.dataset import Dataset
from losslab.data.options import format_list
from losslab.experiment.comparison.budget import BudgetPlan
from losslab.experiment.comparison.candidates import Candidate
from losslab.experiment.comparison.findings import Row
from losslab.experiment.comparison.settings import ComparisonSettings
from losslab.experiment.formatting import format_count, format_number
from losslab.experiment.store import Store
from losslab.metrics.catalog import MetricChoice
from losslab.metrics.spec import Metric

_FAR = 3.0  # times the median of the splits


def format_settings(settings: ComparisonSettings, plan: BudgetPlan) -> dict[str, str]:
    """Format what all candidates share, and the values of each axis."""
    options = {
        "hidden": " | ".join(",".join(map(str, widths)) or "none" for widths in settings.hidden),
        "activation": ", ".join(settings.activation),
        "optimizer": ", ".join(optimizer.label for optimizer in settings.optimizer),
        "lr": _format_tuned(settings.lr),
    }
    if any(penalty.name != "none" for penalty in settings.penalty):
        options["penalty"] = ", ".join(penalty.label for penalty in settings.penalty)
        options["alpha"] = _format_tuned(settings.alpha)
    folds, repeats = settings.plan.n_splits, settings.plan.repeats
    left = f"the first {plan.n_splits} of " if plan.n_splits < folds * repeats else ""
    return options | {
        "batch": ", ".join(map(str, settings.batch_size)),
        "epochs": f"{plan.epochs}, the best kept",
        "splits": f"{left}{folds} folds x {repeats}",
        "seed": str(settings.plan.seed),
    }


def _format_tuned(values: Sequence[float] | None) -> str:
    return "auto, per split" if values is None else ", ".join(f"{value:g}" for value in values)


def summarize_settings(settings: ComparisonSettings) -> str:
    """Summarize the settings in one line."""
    n_splits = settings.plan.n_splits * settings.plan.repeats
    complete = BudgetPlan(narrowed=False, epochs=settings.epochs, n_splits=n_splits)
    return " · ".join(
        value if name == "splits" else f"{name} {value}"
        for name, value in format_settings(settings, complete).items()
    )


def describe_table(data: Dataset, candidates: Sequence[Candidate], choice: MetricChoice) -> str:
    """Describe the table, the task, the candidates and the metric in one line."""
    kinds = f", {len(data.classes)} classes" if len(data.classes) > 2 else ""
    return (
        f"{data.name}: {format_count(len(data), 'row')}, "
        f"{format_count(data.X.shape[1], 'feature')}, target {data.target!r} ({data.task}{kinds}); "
        f"{format_count(len(candidates), 'candidate')}, "
        f"ranked by {choice.metric.label} ({choice.reason})"
    )


def note_changed_table(store: Store, data: Dataset) -> list[str]:
    """Note that stored runs were trained on other contents of a table of this name."""
    known = store.count_fingerprints(data.name)
    others = {old: count for old, count in known.items() if old != data.fingerprint}
    if not others or data.fingerprint in known:
        return []
    last, runs = list(others)[-1], format_count(sum(others.values()), "run")
    return [
        f"{data.name!r} (rows, columns or task) changed since {runs} of it came into the store: "
        f"fingerprint {last[:8]} then, {data.fingerprint[:8]} now; none of those is reused"
    ]


def note_unstored(candidates: Sequence[Candidate]) -> list[str]:
    """Note whose runs can't be stored, since versions of their code can't be told apart."""
    return [
        f"{candidate.name}: its source can't be read, so its runs are not kept for next time"
        for candidate in candidates
        if not candidate.run.reusable
    ]


def note_edge_rates(candidates: Sequence[Candidate], rows: Sequence[Row]) -> list[str]:
    """Note for which candidates most splits chose the first or last learning rate tried.

    A learning rate is no cure for a pairing of loss and head that does not fit.
    """
    rates = {candidate.name: candidate.rates for candidate in candidates}
    fitting = [row for row in rows if row.candidate.wrong is None and len(rates[row.name]) > 1]
    notes = []
    for place, side, beyond in ((0, "smallest", "a smaller"), (-1, "largest", "a larger")):
        at_end = {
            row.name: rates[row.name][place]
            for row in fitting
            if row.tuning.lrs.count(rates[row.name][place]) > len(row.tuning.lrs) / 2
        }
        if not at_end:
            continue
        who = next(iter(at_end))
        if len(at_end) > 1:
            who = f"{len(at_end)} of {len(rows)} candidates ({format_list(list(at_end))})"
        ends = " or ".join(f"{end:g}" for end in sorted(set(at_end.values())))
        notes.append(
            f"{who}: most splits chose the {side} learning rate tried, {ends}; "
            f"{beyond} one may be better"
        )
    return notes


def note_far_splits(rows: Sequence[Row], metric: Metric) -> list[str]:
    """Note whose mean is dominated by one split, such as after a prediction exploded."""
    return [
        f"{row.name}: one split is far off ({metric.label} {format_number(worst)}, the median is "
        f"{format_number(median)}), and with it the mean; look for rows unlike all others"
        for row in rows
        if metric.bounds[1] == math.inf
        for median, worst in [
            (float(np.median(row.scores.values)), float(np.max(row.scores.values)))
        ]
        if worst > _FAR * median
    ]
