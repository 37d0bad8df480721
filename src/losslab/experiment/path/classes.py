"""The rows of some classes only, named by their beginnings."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from losslab.core.beginnings import meant_by
from losslab.core.errors import OptionError
from losslab.core.registry import suggestion
from losslab.data.spec import Dataset
from losslab.data.wording import flag


def keep_classes(data: Dataset, names: Sequence[str]) -> Dataset:
    """Keep the rows of the named classes, which are coded anew in the order of the table's.

    Args:
        data: a table with classes.
        names: at least two; a name may be shortened to a beginning that no other class has.

    Example
        >>> from losslab.data.catalog import load_dataset
        >>> kept = keep_classes(load_dataset("iris"), ["setosa", "Versi"])
        >>> kept.classes, len(kept), kept.task
        (('setosa', 'versicolor'), 100, 'binary')
    """
    if not data.classes:
        raise OptionError(
            "needed a target with classes for --classes",
            got=f"task {data.task!r}",
            fix="leave out --classes",
        )
    found = [_class_of(name, data) for name in names]
    kept = tuple(label for label in data.classes if label in found)
    if len(kept) < 2:
        raise OptionError(
            "needed at least two different --classes to keep",
            got=", ".join(map(repr, kept)) or "none",
            fix=flag("classes", data.classes[:2]),
        )
    codes = np.array([data.classes.index(label) for label in kept])
    rows = np.flatnonzero(np.isin(data.y, codes))
    words = tuple(note for note in data.notes if not note.startswith("task "))
    return replace(
        data,
        X=data.X.iloc[rows].reset_index(drop=True),
        y=np.searchsorted(codes, data.y[rows]),
        task="binary" if len(kept) == 2 else "multiclass",
        classes=kept,
        groups=None if data.groups is None else data.groups[rows],
        notes=(*words, f"kept {len(rows)} of {len(data)} rows, those of {', '.join(kept)}"),
    )


def _class_of(name: str, data: Dataset) -> str:
    meant = meant_by(name, data.classes)
    if not meant:
        raise OptionError(
            f"needed the name of a class of {data.target!r} for --classes",
            got=repr(name),
            fix=suggestion(name, data.classes),
        )
    if len(meant) > 1:
        raise OptionError(
            f"needed the beginning of one class of {data.target!r} only for --classes",
            got=f"{name!r}, with which {', '.join(map(repr, meant))} begin",
            fix=flag("classes", meant[:1]),
        )
    return meant[0]
