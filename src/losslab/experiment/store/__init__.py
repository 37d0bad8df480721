"""The store of finished runs: one SQLite file, one writer, any number of readers."""

from losslab.experiment.store.export import export
from losslab.experiment.store.integrity import VerifyReport, verify
from losslab.experiment.store.reader import Stored, count, read_records, read_stored, summarise
from losslab.experiment.store.writer import Store

__all__ = [
    "Store",
    "Stored",
    "VerifyReport",
    "count",
    "export",
    "read_records",
    "read_stored",
    "summarise",
    "verify",
]
