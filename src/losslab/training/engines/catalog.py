"""The engines, and the choice of one for a run."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from losslab.core.errors import OptionError
from losslab.core.registry import suggest
from losslab.losses.identity import find_catalogue_name
from losslab.training.engines.grouping import (
    Key,
    Tables,
    group_runs,
    make_architecture_key,
    make_loop_key,
    make_tensor_key,
)
from losslab.training.engines.stacked import train_stacked
from losslab.training.result import Hooks, Result
from losslab.training.run import Run

_SECONDS_TO_ANNOUNCE = 2.0


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A way to train runs.

    Args:
        name: its name in records.
        train: trains the runs of a chunk.
        make_key: returns what the runs of one chunk must have in common.
        max_runs: the most runs in a chunk.
        min_runs: the fewest runs that are split off into a chunk for another core.
        supports: whether it can train a run.
    """

    name: str
    train: Callable[[Sequence[Run], Tables, Hooks], list[Result]]
    make_key: Callable[[Run, Tables], Key]
    max_runs: int
    min_runs: int = 1
    supports: Callable[[Run], bool] = lambda run: True


def is_compilable(run: Run) -> bool:
    """Whether a run's loss is the catalogue's and has a row kernel."""
    loss = run.objective.loss
    return loss.kernel is not None and find_catalogue_name(loss) is not None


def _train_compiled(runs: Sequence[Run], tables: Tables, hooks: Hooks) -> list[Result]:
    from losslab.training.engines.compiled import train_compiled  # Numba is slow to import

    return train_compiled(runs, tables, hooks)


def _train_looped(runs: Sequence[Run], tables: Tables, hooks: Hooks) -> list[Result]:
    from losslab.training.engines.looped import train_looped  # imports the trainer

    return train_looped(runs, tables, hooks)


ENGINES = {
    engine.name: engine
    for engine in (
        # Enough models to hide the overhead of a call, few enough to return to Python often.
        Engine(
            name="compiled",
            train=_train_compiled,
            make_key=make_loop_key,
            max_runs=16,
            supports=is_compilable,
        ),
        # Enough models to hide Python's overhead of a step, few enough that their weights,
        # gradients and moments stay in a core's cache.
        Engine(
            name="stacked", train=train_stacked, make_key=make_tensor_key, max_runs=32, min_runs=4
        ),
        Engine(name="trainer", train=_train_looped, make_key=make_architecture_key, max_runs=32),
    )
}


def choose_engine(engine: str, run: Run) -> str:
    """Return the engine that trains a run; ``auto`` chooses by the run alone."""
    if engine == "auto":
        return "compiled" if is_compilable(run) else "stacked"
    if engine not in ENGINES:
        raise OptionError(
            "needed an engine", got=repr(engine), fix=suggest(engine, ["auto", *ENGINES])
        )
    if not ENGINES[engine].supports(run):
        raise OptionError(
            f"engine {engine!r} needs a loss of the catalogue",
            got=repr(run.objective.loss.name),
            fix="engine='auto' uses an engine that can train it",
        )
    return engine


def compile_for(runs: Iterable[Run], notify: Callable[[str], object]) -> None:
    """Compile the kernels of the compiled engine for runs.

    Args:
        runs: those that it cannot train are skipped.
        notify: called with a message before the compiler starts, if it takes some seconds.
    """
    needed = {}
    for run in (group[0] for group in group_runs(runs)):
        if is_compilable(run):
            objective = run.objective
            names = (objective.loss.name, objective.head.name, objective.codec.name)
            needed[*names, run.activation, run.optimizer, run.penalty, run.dtype] = run
    if not needed:
        return
    from losslab.training.engines.compiled import compile_kernels, estimate_compile_seconds

    seconds = estimate_compile_seconds(needed.values())
    if seconds > _SECONDS_TO_ANNOUNCE:
        notify(f"compiling the training loop for this processor, once: about {seconds:.0f} s")
    compile_kernels(needed.values())
