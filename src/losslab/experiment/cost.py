"""What runs will cost, measured on a few steps of each shape."""

import math
import time
from collections.abc import Sequence
from dataclasses import replace

import torch

from losslab.training.chunks import plan_chunks, shared_shape
from losslab.training.fleet import available_cores
from losslab.training.prepared import Prepared
from losslab.training.run import Run
from losslab.training.stacked import train_stacked

# Enough to time, few enough to take a tenth of a second or so.
_SAMPLE_STEPS = 5
_MORE_EPOCHS = 4


def seconds_for(runs: Sequence[Run], tables: Sequence[Prepared]) -> float:
    """Estimate the seconds that training will take on the cores of this machine."""
    if not runs:
        return 0.0
    groups: dict[tuple[object, ...], list[Run]] = {}
    for run in runs:
        groups.setdefault(shared_shape(run, tables), []).append(run)
    total = sum(_seconds_a_step(group, tables) * _steps(group, tables) for group in groups.values())
    return total / min(available_cores(), len(plan_chunks(runs, tables, available_cores())))


def _steps(runs: Sequence[Run], tables: Sequence[Prepared]) -> float:
    """Steps of all runs, validation counted by its share of the arithmetic (a third a row)."""
    steps = 0.0
    for run in runs:
        table = tables[run.split]
        rows = len(table.train) + len(table.validation) / 3
        steps += run.epochs * math.ceil(rows / run.batch_size)
    return steps


def _seconds_a_step(runs: Sequence[Run], tables: Sequence[Prepared]) -> float:
    """Seconds for one step of one model, timed on the first chunk of a group."""
    chunk = plan_chunks(runs, tables, available_cores())[0]
    table = tables[chunk[0].split]
    few = replace(
        table,
        train=table.train[: _SAMPLE_STEPS * chunk[0].batch_size],
        validation=table.validation[:1],
        test=table.test[:1],
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        _timed(chunk, few, 1)  # the first calls after import are slow
        # What it takes to set a fleet up is in both, so the difference is steps alone.
        seconds = _timed(chunk, few, 1 + _MORE_EPOCHS) - _timed(chunk, few, 1)
    finally:
        torch.set_num_threads(threads)
    steps = _MORE_EPOCHS * math.ceil(len(few.train) / chunk[0].batch_size)
    return max(seconds, 0.0) / len(chunk) / steps


def _timed(chunk: Sequence[Run], few: Prepared, epochs: int) -> float:
    started = time.perf_counter()
    train_stacked([replace(run, split=0, epochs=epochs) for run in chunk], [few])
    return time.perf_counter() - started
