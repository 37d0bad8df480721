"""What a comparison says about itself before it starts."""

import math
from collections.abc import Sequence

import numpy as np

from losslab.data.dataset import Dataset
from losslab.data.options import format_list
from losslab.experiment.comparison.budget import BudgetPlan
from losslab.experiment.comparison.candidate import Candidate
from losslab.experiment.comparison.findings import Row
from losslab.experiment.comparison.settings import ComparisonSettings
from losslab.experiment.formatting import format_count, format_number
from losslab.experiment.store import Store
from losslab.metrics.spec import Metric

_FAR = 3.0  # times the median of the splits


def format_settings(settings: ComparisonSettings, cut: BudgetPlan) -> dict[str, str]:
    """What every candidate shares, or each axis with its values, as readers see it."""
    rates = settings.lr
    return {
        "hidden": " | ".join(",".join(map(str, widths)) or "none" for widths in settings.hidden),
        "activation": ", ".join(settings.activation),
        "optimizer": ", ".join(optimizer.label for optimizer in settings.optimizer),
        "lr": "auto, per split" if rates is None else ", ".join(f"{rate:g}" for rate in rates),
        **_penalties(settings),
        "batch": ", ".join(map(str, settings.batch_size)),
        "epochs": f"{cut.epochs}, the best kept",
        "splits": _splits(settings, cut),
        "seed": str(settings.plan.seed),
    }


def _penalties(settings: ComparisonSettings) -> dict[str, str]:
    if all(penalty.name == "none" for penalty in settings.penalty):
        return {}
    tried = settings.alpha
    return {
        "penalty": ", ".join(penalty.label for penalty in settings.penalty),
        "alpha": "auto, per split" if tried is None else ", ".join(f"{own:g}" for own in tried),
    }


def _splits(settings: ComparisonSettings, cut: BudgetPlan) -> str:
    plan = settings.plan
    left = f"the first {cut.n_splits} of " if cut.n_splits < plan.n_splits * plan.repeats else ""
    return f"{left}{plan.n_splits} folds x {plan.repeats}"


def summarize_settings(settings: ComparisonSettings) -> str:
    """The settings in one line."""
    full = BudgetPlan(
        narrowed=False,
        epochs=settings.epochs,
        n_splits=settings.plan.n_splits * settings.plan.repeats,
    )
    shown = format_settings(settings, full)
    return " · ".join(
        value if name == "splits" else f"{name} {value}" for name, value in shown.items()
    )


def describe_table(data: Dataset, candidates: Sequence[Candidate], metric: str, why: str) -> str:
    """The table, the task, the candidates and the metric in one line."""
    kinds = f", {len(data.classes)} classes" if len(data.classes) > 2 else ""
    return (
        f"{data.name}: {format_count(len(data), 'row')}, "
        f"{format_count(data.X.shape[1], 'feature')}, target {data.target!r} ({data.task}{kinds}); "
        f"{format_count(len(candidates), 'candidate')}, ranked by {metric} ({why})"
    )


def note_changed_table(store: Store, data: Dataset) -> list[str]:
    """Say that a table of this name has other contents than stored runs were trained on."""
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
    """Say whose runs can't be stored, since nothing tells one version of the code from another."""
    return [
        f"{candidate.name}: its source can't be read, so its runs are not kept for next time"
        for candidate in candidates
        if not candidate.run.reusable
    ]


def note_edge_rates(candidates: Sequence[Candidate], rows: Sequence[Row]) -> list[str]:
    """Say whose best learning rate lies at the end of those tried, mostly.

    What is wrong on purpose is not to be mended by a learning rate.
    """
    rates = {candidate.name: candidate.rates for candidate in candidates}
    sound = [row for row in rows if row.candidate.wrong is None and len(rates[row.name]) > 1]
    notes = []
    for place, side, beyond in ((0, "smallest", "a smaller"), (-1, "largest", "a larger")):
        at_end = {
            row.name: rates[row.name][place]
            for row in sound
            if row.tuning.lrs.count(rates[row.name][place]) > len(row.tuning.lrs) / 2
        }
        if not at_end:
            continue
        ends = sorted(set(at_end.values()))
        chose = f"chose the {side} learning rate tried, {' or '.join(f'{end:g}' for end in ends)}"
        who = (
            f"{next(iter(at_end))}: most splits"
            if len(at_end) == 1
            else f"{len(at_end)} of {len(rows)} candidates ({format_list(list(at_end))}): "
            "most splits"
        )
        notes.append(f"{who} {chose}; {beyond} one may be better")
    return notes


def note_far_splits(rows: Sequence[Row], metric: Metric) -> list[str]:
    """Say whose mean rests on one split that is far off, as where a prediction exploded."""
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
