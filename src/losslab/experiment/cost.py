"""What runs will cost, measured on a few steps of each shape."""

import math
import time
from collections.abc import Sequence
from dataclasses import replace

from losslab.training.engines.catalog import ENGINES
from losslab.training.engines.chunks import Chunk, plan_chunks
from losslab.training.engines.fleet import available_cores
from losslab.training.result import Hooks
from losslab.training.run import Run
from losslab.training.split_arrays import SplitArrays
from losslab.training.threads import use_one_thread

# Enough to time, few enough to take a tenth of a second or so.
_SAMPLE_STEPS = 5
_MORE_EPOCHS = 4
_ROUNDS, _ENOUGH = 5, 0.1  # measurements, seconds


def estimate_seconds(runs: Sequence[Run], tables: Sequence[SplitArrays]) -> float:
    """Estimate the seconds that training will take on the cores of this machine."""
    if not runs:
        return 0.0
    chunks = plan_chunks(runs, tables, available_cores())
    groups: dict[tuple[object, ...], list[Chunk]] = {}
    for chunk in chunks:
        groups.setdefault(_kind(chunk), []).append(chunk)
    total = 0.0
    for alike in groups.values():
        steps = sum(_steps(chunk.runs, tables) for chunk in alike)
        total += _seconds_a_step(alike[0], tables) * steps
    return total / min(available_cores(), len(chunks))


def _kind(chunk: Chunk) -> tuple[object, ...]:
    """What decides how long a step takes: the architecture rather than loss and split."""
    run = chunk.runs[0]
    shape = (run.objective.width, run.hidden, run.activation, run.optimizer)
    return (chunk.engine, *shape, run.batch_size, run.dtype)


def _steps(runs: Sequence[Run], tables: Sequence[SplitArrays]) -> float:
    """Steps of all runs, validation counted by its share of the arithmetic (a third a row)."""
    steps = 0.0
    for run in runs:
        table = tables[run.split]
        rows = len(table.train) + len(table.validation) / 3
        steps += run.epochs * math.ceil(rows / run.batch_size)
    return steps


def _seconds_a_step(chunk: Chunk, tables: Sequence[SplitArrays]) -> float:
    """Seconds for one step of one model, timed on one chunk of a group."""
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
        _timed(chunk, few, 1)  # the first calls after import are slow
        # One measurement is at the mercy of whatever else the machine does; the fastest is not.
        while len(once) < _ROUNDS and sum(once + several) < _ENOUGH:
            once.append(_timed(chunk, few, 1))
            several.append(_timed(chunk, few, 1 + _MORE_EPOCHS))
    # Setting up a fleet is part of both, so the difference is steps alone. If it is too short for
    # the clock, the set-up counts too: no work takes no time.
    difference = min(several) - min(once)
    seconds = difference if difference > 0 else min(several)
    steps = _MORE_EPOCHS * math.ceil(len(few.train) / run.batch_size)
    return seconds / len(chunk.runs) / steps


def _timed(chunk: Chunk, few: SplitArrays, epochs: int) -> float:
    started = time.perf_counter()
    runs = [replace(run, split=0, epochs=epochs) for run in chunk.runs]
    ENGINES[chunk.engine].train(runs, [few], Hooks())
    return time.perf_counter() - started
