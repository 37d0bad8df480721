"""The record of one run: its spec, its outcome and its curves."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from json import loads
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import StoreError
from losslab.core.hashing import hash_content, to_canonical_json

Curve = NDArray[np.float32] | NDArray[np.float64]

# Stored outcomes hold NaN and infinity as {"$float": "nan"}, since JSON has neither.
RESERVED_NAME = "$float"


@dataclass(frozen=True, kw_only=True, eq=False)
class Record:
    """One run's spec and outcome, as stored.

    Attributes:
        key: the content hash of ``spec``; two runs with one key are the same run.
        spec: everything that determines the outcome, as finite JSON values. ``1`` and ``1.0`` are
            different values, so callers must always write a number the same way.
        outcome: the results, as JSON values in which floats may also be NaN or infinite.
        curves: one float32 or float64 array per name, with one value per epoch.
    """

    key: str
    spec: Mapping[str, Any]
    outcome: Mapping[str, Any]
    curves: Mapping[str, Curve]

    @classmethod
    def from_spec(
        cls,
        spec: Mapping[str, Any],
        outcome: Mapping[str, Any],
        curves: Mapping[str, ArrayLike] | None = None,
    ) -> Self:
        """Check and normalize the parts, and compute the key.

        Tuples become lists, and NumPy scalars Python ones, so that a record read back from a store
        equals the one that was stored.

        Examples:
            >>> record = Record.from_spec({"run": {"hidden": (64, 64)}}, {"selection": 0.5})
            >>> record.spec
            {'run': {'hidden': [64, 64]}}
            >>> len(record.key)
            32
        """
        text = to_canonical_json(_to_plain(spec, "spec", finite=True))
        return cls(
            key=hash_content(loads(text)),
            spec=loads(text),
            outcome=_to_plain(outcome, "outcome", finite=False),
            curves={name: _to_curve(name, values) for name, values in (curves or {}).items()},
        )


def _to_plain(value: Any, where: str, *, finite: bool) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    match value:
        case None | bool():
            return value
        case str():
            return str(value)
        case int():
            return int(value)
        case float() if math.isfinite(value) or not finite:
            return float(value)
        case Mapping():
            return {
                _check_name(key, where): _to_plain(inner, f"{where}.{key}", finite=finite)
                for key, inner in value.items()
            }
        case list() | tuple():
            return [
                _to_plain(inner, f"{where}[{i}]", finite=finite) for i, inner in enumerate(value)
            ]
    raise StoreError(
        f"needed a {'finite number' if finite else 'number'}, text, truth value, list or mapping "
        f"in {where}",
        got=f"{value!r} of type {type(value).__name__}",
        fix="store JSON values; arrays with one value per epoch belong into curves",
    )


def _check_name(key: Any, where: str) -> str:
    if isinstance(key, str) and key != RESERVED_NAME:
        return str(key)
    raise StoreError(
        f"needed names in {where} that are text other than {RESERVED_NAME!r}",
        got=repr(key),
        fix="name the entry with other text",
    )


def _to_curve(name: str, values: ArrayLike) -> Curve:
    array = np.asarray(values)
    # Text with lone surrogates can't be stored.
    storable = isinstance(name, str) and name and name == name.encode(errors="replace").decode()
    if array.ndim != 1 or array.dtype.kind not in "fiu" or not storable:
        raise StoreError(
            f"needed one row of numbers as curve {name!r}",
            got=f"an array of shape {array.shape} and type {array.dtype}",
            fix="give one number per epoch, and a name of plain text",
        )
    single = array.dtype == np.float32
    copy: Curve = array.astype(np.float32) if single else array.astype(np.float64)
    copy.flags.writeable = False
    return copy
