"""Which runs train together, by which engine, and how many fit into memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from losslab.training.catalog import OPTIMIZERS
from losslab.training.engines.catalog import ENGINES, Engine, Tables, choose_engine, group_runs
from losslab.training.engines.stacked import objective_key
from losslab.training.mlp import Layout, round_up
from losslab.training.run import Run
from losslab.training.split_arrays import SplitArrays

# Bytes for the models of one chunk. A worker trains one, and at most one more waits for it or for
# the caller.
CHUNK_BYTES = 64 * 2**20


def bytes_per_model(run: Run, table: SplitArrays) -> int:
    """About how many bytes a model takes from its first step to its result, in any engine.

    What models share, such as the table, is left out.
    """
    number = 8 if run.dtype == "float64" else 4
    outputs = run.objective.width
    sizes = (table.n_features, *run.hidden, outputs)
    # Weights, gradients, the best weights, two of a step in the making, and the optimizer's
    # averages; a result keeps the best ones in float64.
    weights = Layout(sizes).size * ((5 + OPTIMIZERS[run.optimizer].n_state) * number + 8)
    # Of every layer: before and after its activation, and the gradient.
    batch = 3 * round_up(min(run.batch_size, len(table.train))) * sum(sizes) * number
    # An epoch's order in 64-bit integers, drawn and looked up.
    orders = 16 * len(table.train)
    # Outputs in float64, in the making and in the result, and targets.
    seen = 16 * outputs * (len(table.validation) + len(table.test))
    targets = number * outputs * len(table.y)
    # Three curves of float64, of the chunk and of the result.
    curves = 48 * run.epochs
    return weights + batch + orders + seen + targets + curves


def models_within(budget: int, run: Run, table: SplitArrays) -> int:
    """How many models like this one a budget of bytes has room for, and one in any case.

    >>> import numpy as np
    >>> from losslab.training.split_arrays import prepare_arrays
    >>> (table,) = prepare_arrays(np.zeros((100, 4)), np.zeros(100))
    >>> run = Run(loss="mse", task="regression", hidden=(512, 512))
    >>> 1 < models_within(CHUNK_BYTES, run, table) < 16
    True
    """
    return max(1, budget // bytes_per_model(run, table))


# Where there are as many chunks a worker, none waits long for the last of the others.
_ENOUGH_ROUNDS = 4


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Runs that one engine trains together.

    Args:
        engine: its name.
        shared: what the runs have in common.
        runs: at most as many as suit the engine, and as there is memory for.
    """

    engine: str
    shared: tuple[object, ...]
    runs: list[Run]


def plan_chunks(
    runs: Iterable[Run],
    tables: Tables,
    workers: int,
    asked: str = "auto",
    budget: int = CHUNK_BYTES,
) -> list[Chunk]:
    """Cut runs into chunks that can train side by side, neighbours in objective together.

    The longest come first, so that no worker waits long for the last of the others.

    Args:
        runs: in any order; what comes of them does not depend on how they are cut.
        tables: the splits that ``run.split`` counts.
        workers: how many chunks train at a time.
        asked: an engine's name, or ``auto``.
        budget: bytes for the models of a chunk; one model, or one pair, may take more.
    """
    groups: dict[tuple[str, tuple[object, ...]], list[list[Run]]] = {}
    for kind in group_runs(runs):
        engine = choose_engine(asked, kind[0])
        groups.setdefault((engine, ENGINES[engine].shares(kind[0], tables)), []).append(kind)
    fewest = {
        group: _fewest_chunks(kinds, ENGINES[group[0]], tables, budget)
        for group, kinds in groups.items()
    }
    few = sum(fewest.values()) < _ENOUGH_ROUNDS * workers
    chunks = []
    for (engine, shared), kinds in groups.items():
        members = [run for kind in sorted(kinds, key=_by_objective) for run in kind]
        count = fewest[engine, shared]
        if few or count > workers:
            # Whole rounds of work for all workers.
            most = max(count, len(members) // ENGINES[engine].smallest)
            count = min(-(-count // workers) * workers, most)
        chunks += [
            Chunk(engine=engine, shared=shared, runs=part) for part in _even_parts(members, count)
        ]
    return sorted(chunks, key=lambda chunk: _operations(chunk, tables), reverse=True)


def _operations(chunk: Chunk, tables: Tables) -> int:
    """About how much arithmetic a chunk takes; only differences between chunks count."""
    run = chunk.runs[0]
    table = tables[run.split]
    sizes = (table.n_features, *run.hidden, run.objective.width)
    return len(chunk.runs) * run.epochs * len(table.train) * Layout(sizes).size


def _fewest_chunks(kinds: list[list[Run]], engine: Engine, tables: Tables, budget: int) -> int:
    """Into how many chunks a group must be cut to suit the engine and the budget."""
    fitting = min(models_within(budget, kind[0], tables[kind[0].split]) for kind in kinds)
    # One model alone in a tensor is given a twin, so a pair takes no more than it.
    at_once = min(max(fitting, min(engine.smallest, 2)), engine.largest)
    return -(-sum(map(len, kinds)) // at_once)


def _by_objective(kind: list[Run]) -> str:
    return objective_key(kind[0])


def _even_parts(members: list[Run], count: int) -> list[list[Run]]:
    cuts = [round(i * len(members) / count) for i in range(count + 1)]
    return [members[first:last] for first, last in pairwise(cuts)]
