"""The store of finished runs: one SQLite file, one writer, any number of readers."""

from losslab.experiment.store.export import export
from losslab.experiment.store.integrity import VerifyReport, verify
from losslab.experiment.store.reader import (
    StoredRecord,
    count,
    read_records,
    read_stored,
    summarize,
)
from losslab.experiment.store.writer import Store

__all__ = [
    "Store",
    "StoredRecord",
    "VerifyReport",
    "count",
    "export",
    "read_records",
    "read_stored",
    "summarize",
    "verify",
]
