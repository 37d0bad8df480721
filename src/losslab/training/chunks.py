"""Which runs are trained together, and by which engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from losslab.training.engines import ENGINES, Tables, chosen_engine
from losslab.training.run import Run
from losslab.training.stacked import objective_key


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Runs that one engine trains together.

    Args:
        engine: its name.
        shared: what the runs have in common.
        runs: at most as many as suit the engine.
    """

    engine: str
    shared: tuple[object, ...]
    runs: list[Run]


def plan_chunks(
    runs: Sequence[Run], tables: Tables, workers: int, asked: str = "auto"
) -> list[Chunk]:
    """Cut runs into chunks that can train side by side, neighbours in objective together."""
    groups: dict[tuple[str, tuple[object, ...]], list[Run]] = {}
    for run in runs:
        engine = chosen_engine(asked, run)
        groups.setdefault((engine, ENGINES[engine].shares(run, tables)), []).append(run)
    chunks = []
    for (engine, shared), members in groups.items():
        members.sort(key=objective_key)
        count = -(-len(members) // ENGINES[engine].largest)
        # Whole rounds of work for all workers, unless the chunks would become very small.
        if len(members) >= 4 * workers:
            count = -(-count // workers) * workers
        chunks += [
            Chunk(engine=engine, shared=shared, runs=part) for part in _even_parts(members, count)
        ]
    return chunks


def _even_parts(members: list[Run], count: int) -> list[list[Run]]:
    cuts = [round(i * len(members) / count) for i in range(count + 1)]
    return [members[first:last] for first, last in pairwise(cuts)]
