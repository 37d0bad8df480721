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

# Enough to warm up caches and still take a few hundredths of a second.
_SAMPLE_STEPS = 3


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
    sample = [replace(run, split=0, epochs=1) for run in chunk]
    table = tables[chunk[0].split]
    few = replace(table, train=table.train[: _SAMPLE_STEPS * chunk[0].batch_size])
    few = replace(few, validation=few.validation[:1], test=few.test[:1])
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        train_stacked(sample, [few])  # the first calls after import are slow
        started = time.perf_counter()
        train_stacked(sample, [few])
        seconds = time.perf_counter() - started
    finally:
        torch.set_num_threads(threads)
    return seconds / len(sample) / math.ceil(len(few.train) / chunk[0].batch_size)
