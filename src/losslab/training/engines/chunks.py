"""Chunks: the runs that one engine trains together, and the memory they take."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from losslab.training.catalog import OPTIMIZERS
from losslab.training.engines.catalog import ENGINES, Engine, choose_engine
from losslab.training.engines.grouping import Key, Tables, group_runs, make_objective_key
from losslab.training.mlp import Layout, round_up
from losslab.training.run import Run
from losslab.training.split_arrays import SplitArrays

# Memory for the models of one chunk. A worker trains one, and at most one more waits for the
# worker or for the caller.
CHUNK_BYTES = 64 * 2**20


def estimate_bytes(run: Run, table: SplitArrays) -> int:
    """Estimate the bytes that a model takes from its first step to its result, in any engine.

    What models share, such as the table, is left out.
    """
    itemsize = 8 if run.dtype == "float64" else 4
    outputs = run.objective.width
    sizes = (table.n_features, *run.hidden, outputs)
    # Weights, gradients, the best weights, two temporaries of a step, and the optimizer state; a
    # result keeps the best weights in float64.
    weights = Layout(sizes).size * ((5 + OPTIMIZERS[run.optimizer].n_state) * itemsize + 8)
    # Of every layer: before and after its activation, and the gradient.
    batch = 3 * round_up(min(run.batch_size, len(table.train))) * sum(sizes) * itemsize
    # An epoch's order in 64-bit integers, as drawn and as row numbers.
    orders = 16 * len(table.train)
    # Outputs in float64, of the chunk and of the result, and targets.
    evaluated = 16 * outputs * (len(table.validation) + len(table.test))
    targets = itemsize * outputs * len(table.y)
    # Three curves of float64, of the chunk and of the result.
    curves = 48 * run.epochs
    return weights + batch + orders + evaluated + targets + curves


def count_models_within(budget: int, run: Run, table: SplitArrays) -> int:
    """Return how many models like this one fit into a budget of bytes, and one in any case.

    Examples:
        >>> import numpy as np
        >>> from losslab.training.split_arrays import prepare_arrays
        >>> (table,) = prepare_arrays(np.zeros((100, 4)), np.zeros(100))
        >>> run = Run(loss="mse", task="regression", hidden=(512, 512))
        >>> 1 < count_models_within(CHUNK_BYTES, run, table) < 16
        True
    """
    return max(1, budget // estimate_bytes(run, table))


# With as many chunks per worker, none waits long for the last chunk of the others.
_BALANCED_ROUNDS = 4


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Runs that one engine trains together.

    Args:
        engine: its name.
        key: what the runs have in common.
        runs: at most as many as suit the engine and fit into memory.
    """

    engine: str
    key: Key
    runs: list[Run]


def plan_chunks(
    runs: Iterable[Run],
    tables: Tables,
    workers: int,
    engine: str = "auto",
    budget: int = CHUNK_BYTES,
) -> list[Chunk]:
    """Divide runs into chunks that can train side by side; runs of one objective stay together.

    The longest chunks come first, so that no worker waits long for the last of the others.

    Args:
        runs: in any order; results do not depend on how they are divided.
        tables: the splits that ``run.split`` counts.
        workers: the number of chunks that train at a time.
        engine: an engine's name, or ``auto``.
        budget: bytes for the models of a chunk; one model, or one pair, may take more.
    """
    groups: dict[tuple[str, Key], list[list[Run]]] = {}
    for group in group_runs(runs):
        name = choose_engine(engine, group[0])
        groups.setdefault((name, ENGINES[name].make_key(group[0], tables)), []).append(group)
    minimum = {
        (name, key): _count_chunks(members, ENGINES[name], tables, budget)
        for (name, key), members in groups.items()
    }
    unbalanced = sum(minimum.values()) < _BALANCED_ROUNDS * workers
    chunks = []
    for (name, key), members in groups.items():
        members.sort(key=lambda group: make_objective_key(group[0]))
        together = [run for group in members for run in group]
        count = minimum[name, key]
        if unbalanced or count > workers:
            # A whole number of rounds for all workers, unless chunks become too small.
            most = max(count, len(together) // ENGINES[name].min_runs)
            count = min(-(-count // workers) * workers, most)
        cuts = [round(i * len(together) / count) for i in range(count + 1)]
        chunks += [
            Chunk(engine=name, key=key, runs=together[first:last]) for first, last in pairwise(cuts)
        ]
    return sorted(chunks, key=lambda chunk: _estimate_operations(chunk, tables), reverse=True)


def _count_chunks(members: list[list[Run]], engine: Engine, tables: Tables, budget: int) -> int:
    """Return the fewest chunks into which runs fit that can train together."""
    fitting = min(
        count_models_within(budget, group[0], tables[group[0].split]) for group in members
    )
    # The stacked engine gives a lone model a twin, so a pair takes no more memory than it.
    runs_per_chunk = min(max(fitting, min(engine.min_runs, 2)), engine.max_runs)
    return -(-sum(map(len, members)) // runs_per_chunk)


def _estimate_operations(chunk: Chunk, tables: Tables) -> int:
    """Estimate a chunk's arithmetic, up to a constant factor."""
    run = chunk.runs[0]
    table = tables[run.split]
    sizes = (table.n_features, *run.hidden, run.objective.width)
    return len(chunk.runs) * run.epochs * len(table.train) * Layout(sizes).size
