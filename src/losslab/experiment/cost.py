"""The cost of runs, measured on a few steps of each architecture."""

import math
import time
from collections.abc import Sequence
from dataclasses import replace

from losslab.training.engines.catalog import ENGINES
from losslab.training.engines.chunks import Chunk, plan_chunks
from losslab.training.engines.fleet import count_cores
from losslab.training.result import Hooks
from losslab.training.run import Run
from losslab.training.split_arrays import SplitArrays
from losslab.training.threads import use_one_thread

# Enough to time, few enough to take a tenth of a second or so.
_SAMPLE_STEPS = 5
_MORE_EPOCHS = 4
_ROUNDS, _ENOUGH = 5, 0.1  # measurements, seconds


def estimate_seconds(runs: Sequence[Run], tables: Sequence[SplitArrays]) -> float:
    """Estimate the seconds that training takes on the cores of this machine."""
    if not runs:
        return 0.0
    cores = count_cores()
    chunks = plan_chunks(runs, tables, cores)
    groups: dict[tuple[object, ...], list[Chunk]] = {}
    for chunk in chunks:
        # The architecture decides how long a step takes, rather than loss and split.
        run = chunk.runs[0]
        shape = (run.objective.width, run.hidden, run.activation, run.optimizer)
        key = (chunk.engine, *shape, run.batch_size, run.dtype)
        groups.setdefault(key, []).append(chunk)
    total = 0.0
    for group in groups.values():
        steps = sum(_count_steps(chunk.runs, tables) for chunk in group)
        total += _measure_step(group[0], tables) * steps
    return total / min(cores, len(chunks))


def _count_steps(runs: Sequence[Run], tables: Sequence[SplitArrays]) -> float:
    """Count the steps of all runs; a validation row costs a third of a training row."""
    steps = 0.0
    for run in runs:
        table = tables[run.split]
        rows = len(table.train) + len(table.validation) / 3
        steps += run.epochs * math.ceil(rows / run.batch_size)
    return steps


def _measure_step(chunk: Chunk, tables: Sequence[SplitArrays]) -> float:
    """Measure the seconds for one step of one model."""
    run = chunk.runs[0]
    table = tables[run.split]
    few = replace(
        table,
        train=table.train[: _SAMPLE_STEPS * run.batch_size],
        validation=table.validation[:1],
        test=table.test[:1],
    )
    once: list[float] = []
    several: list[float] = []
    with use_one_thread():
        _time_training(chunk, few, 1)  # the first calls after import are slow
        # One measurement is at the mercy of whatever else the machine does; the fastest is not.
        while len(once) < _ROUNDS and sum(once + several) < _ENOUGH:
            once.append(_time_training(chunk, few, 1))
            several.append(_time_training(chunk, few, 1 + _MORE_EPOCHS))
    # Setting up a fleet is part of both, so the difference is steps alone. If it is too short for
    # the clock, the set-up counts too: no work takes no time.
    difference = min(several) - min(once)
    seconds = difference if difference > 0 else min(several)
    steps = _MORE_EPOCHS * math.ceil(len(few.train) / run.batch_size)
    return seconds / len(chunk.runs) / steps


def _time_training(chunk: Chunk, table: SplitArrays, epochs: int) -> float:
    started = time.perf_counter()
    runs = [replace(run, split=0, epochs=epochs) for run in chunk.runs]
    ENGINES[chunk.engine].train(runs, [table], Hooks())
    return time.perf_counter() - started
