"""Records as rows of the two tables, and back, with a checksum over every value."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from time import time
from typing import Any, NamedTuple

import numpy as np

from losslab.core.canonical import canonical_json, content_hash
from losslab.core.errors import StoreError
from losslab.experiment.record import RESERVED_NAME, Curve, Record


class RunRow(NamedTuple):
    """One row of the table ``runs``, less its number."""

    hash: str
    committed: float
    source: str | None
    fingerprint: str | None
    spec: str
    outcome: str
    curves: int
    checksum: bytes


class CurveRow(NamedTuple):
    """One row of the table ``curves``, less the number of its run."""

    name: str
    dtype: str
    length: int
    data: bytes
    checksum: bytes


class DamageError(ValueError):
    """A row does not hold what was once written; caught in this package."""


def rows_of(record: Record) -> tuple[RunRow, list[CurveRow]]:
    """Lay a record out as rows; refuse one whose key is not the hash of its spec."""
    if record.key != content_hash(record.spec):
        raise StoreError(
            "needed a record whose key is the hash of its spec",
            got=f"the key {record.key}",
            fix="build it with Record.from_spec(spec, outcome, curves)",
        )
    source, fingerprint = provenance(record.spec)
    run = RunRow(
        hash=record.key,
        committed=time(),
        source=source,
        fingerprint=fingerprint,
        spec=canonical_json(record.spec),
        outcome=json.dumps(_tagged(record.outcome), allow_nan=False, separators=(",", ":")),
        curves=len(record.curves),
        checksum=b"",
    )
    curves = [_curve_row(name, curve) for name, curve in record.curves.items()]
    return run._replace(checksum=checksum(*run[:-1])), curves


def record_of(run: RunRow, curves: Iterable[CurveRow] | None) -> Record:
    """Read a record back from its rows (``None``: leave its curves out).

    Raises:
        DamageError: a value is not what was written.
    """
    if run.checksum != checksum(*run[:-1]):
        raise DamageError("its row does not match its checksum")
    try:
        found = {row.name: _curve_of(row) for row in curves or ()}
        record = Record(
            key=run.hash,
            spec=json.loads(run.spec),
            outcome=json.loads(run.outcome, object_hook=_untagged),
            curves=found,
        )
    except (TypeError, KeyError, ValueError) as error:
        raise DamageError(str(error)) from error
    if curves is not None and len(found) != run.curves:
        raise DamageError(f"it should have {run.curves} curves and has {len(found)}")
    return record


def provenance(spec: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The name and fingerprint of a spec's data as JSON text, where it has them.

    >>> provenance({"data": {"name": "titanic", "fingerprint": "4a43"}})
    ('"titanic"', '"4a43"')
    """
    data = spec.get("data")
    if not isinstance(data, Mapping):
        return None, None
    # As JSON, since a file's name may hold bytes that are no UTF-8 and so no SQLite text.
    return tuple(  # type: ignore[return-value]
        canonical_json(data[field]) if field in data else None for field in ("name", "fingerprint")
    )


def checksum(*values: object) -> bytes:
    """Hash a row's values, each with its type and length, with blake2b to 128 bits."""
    hasher = hashlib.blake2b(digest_size=16)
    for value in values:
        data = value if isinstance(value, bytes) else repr(value).encode()
        hasher.update(f"{type(value).__name__} {len(data)} ".encode())
        hasher.update(data)
    return hasher.digest()


def _curve_row(name: str, curve: Curve) -> CurveRow:
    dtype = "<f4" if curve.dtype == np.float32 else "<f8"
    row = CurveRow(name, dtype, len(curve), curve.astype(dtype, copy=False).tobytes(), b"")
    return row._replace(checksum=checksum(*row[:-1]))


def _curve_of(row: CurveRow) -> Curve:
    if row.checksum != checksum(*row[:-1]):
        raise DamageError(f"its curve {row.name!r} does not match its checksum")
    if row.dtype not in {"<f4", "<f8"}:
        raise DamageError(f"its curve {row.name!r} is of the unknown type {row.dtype!r}")
    curve = np.frombuffer(row.data, dtype=row.dtype)
    if len(curve) != row.length:
        raise DamageError(f"its curve {row.name!r} has {len(curve)} of {row.length} values")
    return curve.astype(curve.dtype.newbyteorder("="), copy=False)


def _tagged(value: Any) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return {RESERVED_NAME: str(value)}
        case Mapping():
            return {name: _tagged(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_tagged(inner) for inner in value]
    return value


def _untagged(mapping: dict[str, Any]) -> Any:
    return float(mapping[RESERVED_NAME]) if mapping.keys() == {RESERVED_NAME} else mapping
