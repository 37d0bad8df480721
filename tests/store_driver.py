"""Records for the store's tests, and a writer that runs in a process of its own.

As a script it fills a store with chunks of records, telling every commit once it is
acknowledged, and reopening the store now and then: ``store_driver.py PATH CHUNKS [hold]``.
"""

import sys
import time
from typing import Any

import numpy as np

from losslab.core.errors import StoreError
from losslab.experiment.record import Record
from losslab.experiment.store import Store

CHUNK = 7
CHUNKS_PER_OPENING = 10


def make_record(seed: int, *, chunk: int = 0, **outcome: Any) -> Record:
    """One record as `compare` writes it."""
    return Record.from_spec(
        {
            "data": {"name": "moons", "fingerprint": "f0", "task": "binary"},
            "run": {
                "loss": "mse",
                "loss_params": {},
                "head": "sigmoid",
                "task": "binary",
                "hidden": (64, 64),
                "optimizer": "adam",
                "lr": 0.001,
                "seed": seed,
                "unchecked": False,
            },
            "split": {"repeat": 0, "fold": chunk, "hash": "5f"},
            "engine": "stacked",
            "numerics": 1,
        },
        {
            "metrics": {"accuracy": 0.75, "log_loss": float("nan")},
            "selection": seed / 3,
            "best_epoch": seed % 50,
            "diverged_at": None,
        }
        | outcome,
        {
            "train_loss": np.linspace(1, seed, 40, dtype=np.float32),
            "validation_score": np.full(40, seed / 7),
        },
    )


def make_chunk(chunk: int) -> list[Record]:
    """The records that are committed together."""
    return [make_record(chunk * CHUNK + place, chunk=chunk) for place in range(CHUNK)]


def content(record: Record) -> tuple[Any, ...]:
    """Everything a record says, in a form in which NaN equals NaN."""
    curves = {name: (str(values.dtype), values.tobytes()) for name, values in record.curves.items()}
    return record.key, repr(sorted(record.spec.items())), repr(record.outcome), curves


def main(path: str, chunks: int, hold: bool) -> None:
    """Add every chunk that is due, telling each on a line of its own."""
    for first in range(0, chunks, CHUNKS_PER_OPENING):
        with Store.open(path) as store:
            stored = store.keys()
            for chunk in range(first, min(first + CHUNKS_PER_OPENING, chunks)):
                records = make_chunk(chunk)
                if not {record.key for record in records} <= stored:
                    store.add(records)
                sys.stdout.write(f"{chunk}\n")
                sys.stdout.flush()
            while hold:
                time.sleep(1)


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]), hold=sys.argv[-1] == "hold")
    except StoreError as error:
        sys.exit(str(error))
