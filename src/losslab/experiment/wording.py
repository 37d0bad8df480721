"""What a comparison says about itself before it starts."""

from collections.abc import Sequence

from losslab.data.spec import Dataset
from losslab.experiment.budget import Cut
from losslab.experiment.candidates import Candidate
from losslab.experiment.findings import Row
from losslab.experiment.settings import Settings
from losslab.experiment.store import Store


def shown_settings(settings: Settings, cut: Cut) -> dict[str, str]:
    """What every candidate shares, or each axis with its values, as readers see it."""
    rates = settings.learning_rates
    return {
        "hidden": " | ".join(
            ",".join(map(str, widths)) or "none" for widths in settings.architectures
        ),
        "activation": ", ".join(settings.activations),
        "optimizer": ", ".join(optimizer.label for optimizer in settings.optimizers),
        "lr": "auto, per split" if rates is None else ", ".join(f"{rate:g}" for rate in rates),
        "batch": ", ".join(map(str, settings.batch_sizes)),
        "epochs": f"{cut.epochs}, the best kept",
        "splits": f"{settings.plan.n_splits} folds x {settings.plan.repeats}",
        "seed": str(settings.plan.seed),
    }


def first_line(settings: Settings) -> str:
    """The settings in one line."""
    full = Cut(
        narrowed=False,
        epochs=settings.epochs,
        n_splits=settings.plan.n_splits * settings.plan.repeats,
    )
    shown = shown_settings(settings, full)
    return " · ".join(
        value if name == "splits" else f"{name} {value}" for name, value in shown.items()
    )


def about_table(data: Dataset, candidates: Sequence[Candidate], metric: str, why: str) -> str:
    """The table, the task, the candidates and the metric in one line."""
    kinds = f", {len(data.classes)} classes" if len(data.classes) > 2 else ""
    return (
        f"{data.name}: {len(data)} rows, {data.X.shape[1]} features, target {data.target!r} "
        f"({data.task}{kinds}); {len(candidates)} candidates, ranked by {metric} ({why})"
    )


def changed_since(store: Store, data: Dataset) -> list[str]:
    """Say that a table of this name has other contents than stored runs were trained on."""
    known = store.fingerprints(data.name)
    others = {old: count for old, count in known.items() if old != data.fingerprint}
    if not others or data.fingerprint in known:
        return []
    last = list(others)[-1]
    return [
        f"the contents of {data.name!r} changed since {sum(others.values())} runs were stored "
        f"(fingerprint {last[:8]} then, {data.fingerprint[:8]} now): none of those is reused"
    ]


def unstored(candidates: Sequence[Candidate]) -> list[str]:
    """Say whose runs can't be stored, since nothing tells one version of the code from another."""
    return [
        f"{candidate.name}: its source can't be read, so its runs are not kept for next time"
        for candidate in candidates
        if not candidate.run.reusable
    ]


def edge_notes(candidates: Sequence[Candidate], rows: Sequence[Row]) -> list[str]:
    """Say whose best learning rate lies at the end of those tried, mostly."""
    rates = {candidate.name: candidate.rates for candidate in candidates}
    notes = []
    for row in rows:
        tried = rates[row.name]
        for end, side in ((tried[0], "smallest"), (tried[-1], "largest")):
            if len(tried) > 1 and row.lrs.count(end) > len(row.lrs) / 2:
                notes.append(
                    f"{row.name}: most splits chose the {side} learning rate tried, {end:g}; one "
                    "beyond it may be better"
                )
    return notes


def spoken(seconds: float) -> str:
    """A duration as one says it.

    >>> spoken(0.3), spoken(42), spoken(200), spoken(8000)
    ('1 s', '42 s', '3 min', '2.2 h')
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
