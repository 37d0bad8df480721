"""One stored run in a few plain values, for a list."""

import math
from collections.abc import Mapping
from typing import Any

from losslab.experiment.store.reader import Stored

_RUN_FIELDS = ("loss", "loss_params", "head", "optimizer", "lr", "hidden", "seed", "unchecked")


def summarise(stored: Stored) -> dict[str, Any]:
    """Pick what a list of runs shows, as JSON values; what a record lacks is None.

    A number that JSON cannot say, such as NaN, is None as well.
    """
    spec, outcome = stored.record.spec, stored.record.outcome
    data, run, split = (_mapping(spec, part) for part in ("data", "run", "split"))
    summary = {
        "number": stored.number,
        "key": stored.record.key,
        "committed": stored.committed.isoformat(timespec="seconds"),
        "data": data.get("name"),
        "fingerprint": data.get("fingerprint"),
        "task": data.get("task", run.get("task")),
        **{name: run.get(name) for name in _RUN_FIELDS},
        "stands_for": _stands_for(spec),
        "repeat": split.get("repeat"),
        "fold": split.get("fold"),
        "best_epoch": outcome.get("best_epoch"),
        "diverged_at": outcome.get("diverged_at"),
        "metrics": _mapping(outcome, "metrics"),
    }
    return {name: _sayable(value) for name, value in summary.items()}


def _stands_for(spec: Mapping[str, Any]) -> str | None:
    """What a record that is no network's training stands for."""
    if "budget" in spec:
        return "cut to a budget"
    name = _mapping(spec, "reference").get("name")
    return None if name is None else f"reference: {name}"


def _mapping(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, Mapping) else {}


def _sayable(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {name: _sayable(inner) for name, inner in value.items()}
        case list():
            return [_sayable(inner) for inner in value]
    return value
