"""Which runs can share a fleet, and how many at a time."""

from collections.abc import Sequence
from itertools import pairwise

from losslab.training.catalog import OPTIMIZERS
from losslab.training.prepared import Prepared
from losslab.training.run import Run
from losslab.training.stacked import objective_key

# Enough models to hide Python's share of a step, few enough that their weights, gradients and
# moments stay in a core's cache (measured with 4-64-64-64-64-1: 85 us a step from 16 models on).
LARGEST_CHUNK = 32


def shared_shape(run: Run, tables: Sequence[Prepared]) -> tuple[object, ...]:
    """What runs of one fleet must have in common."""
    return (
        tables[run.split].n_features,
        len(tables[run.split].validation) > 0,
        run.objective.width,
        run.hidden,
        run.activation,
        run.optimizer,
        # An update leaves out what is zero, so a run must not meet one for which it is not.
        tuple(
            value != 0 for value in OPTIMIZERS[run.optimizer].bind(run.optimizer_params).values()
        ),
        run.batch_size,
        run.epochs,
        run.dtype,
    )


def plan_chunks(runs: Sequence[Run], tables: Sequence[Prepared], workers: int) -> list[list[Run]]:
    """Cut runs into fleets that can train side by side, neighbours in objective together."""
    groups: dict[tuple[object, ...], list[Run]] = {}
    for run in runs:
        groups.setdefault(shared_shape(run, tables), []).append(run)
    chunks = []
    for members in groups.values():
        members.sort(key=objective_key)
        count = -(-len(members) // LARGEST_CHUNK)
        # Whole rounds of work for all workers, unless the chunks would become very small.
        if len(members) >= 4 * workers:
            count = -(-count // workers) * workers
        chunks += _even_parts(members, count)
    return chunks


def _even_parts(members: list[Run], count: int) -> list[list[Run]]:
    cuts = [round(i * len(members) / count) for i in range(count + 1)]
    return [members[first:last] for first, last in pairwise(cuts)]
