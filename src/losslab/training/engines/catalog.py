"""The engines, and which of them trains a run."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

from losslab.core.errors import OptionError
from losslab.core.registry import suggest
from losslab.losses.catalog import LOSSES
from losslab.losses.identity import find_catalogue_name
from losslab.training.catalog import OPTIMIZERS
from losslab.training.engines.stacked import objective_key, train_stacked
from losslab.training.result import Hooks, Result
from losslab.training.run import Run
from losslab.training.split_arrays import SplitArrays

_WORTH_A_WORD = 2.0  # seconds

Tables = Sequence[SplitArrays]
Train = Callable[[Sequence[Run], Tables, Hooks], list[Result]]


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A way to train runs.

    Args:
        name: what a record calls it.
        train: trains runs that may share a chunk.
        shares: what the runs of one chunk must have in common.
        largest: the most runs of a chunk.
        smallest: the fewest worth a chunk of their own, for the sake of another core.
        supports: whether it can train a run.
    """

    name: str
    train: Train
    shares: Callable[[Run, Tables], tuple[object, ...]]
    largest: int
    smallest: int = 1
    supports: Callable[[Run], bool] = lambda run: True


def choose_engine(asked: str, run: Run) -> str:
    """The engine that trains a run; for ``auto`` it depends on the run alone."""
    if asked == "auto":
        return "compiled" if is_compilable(run) else "stacked"
    if asked not in ENGINES:
        raise OptionError(
            "needed an engine", got=repr(asked), fix=suggest(asked, ["auto", *ENGINES])
        )
    if not ENGINES[asked].supports(run):
        raise OptionError(
            f"engine {asked!r} needs a loss of the catalogue",
            got=repr(run.objective.loss.name),
            fix="engine='auto' takes one that can train it",
        )
    return asked


def is_compilable(run: Run) -> bool:
    """Whether a run's loss is the catalogue's, with a row kernel to be compiled."""
    loss = run.objective.loss
    return loss.kernel is not None and find_catalogue_name(loss) is not None


def _architecture(run: Run, tables: Tables) -> tuple[object, ...]:
    return (
        tables[run.split].n_features,
        len(tables[run.split].validation) > 0,
        tables[run.split].weight is None,
        run.objective.width,
        run.hidden,
        run.activation,
        run.dropout,
        run.penalty,
        run.optimizer,
        run.batch_size,
        run.epochs,
        run.dtype,
    )


def _one_tensor(run: Run, tables: Tables) -> tuple[object, ...]:
    """What models in one tensor must have in common; losses and splits may differ."""
    settings = OPTIMIZERS[run.optimizer].bind(run.optimizer_params)
    # An update leaves out what is zero, so a run must not meet one for which it is not.
    return (*_architecture(run, tables), tuple(value != 0 for value in settings.values()))


def _one_loop(run: Run, tables: Tables) -> tuple[object, ...]:
    """What models trained by one call of the compiled loop must have in common."""
    return (*_architecture(run, tables), run.split, objective_key(run))


def _train_compiled(runs: Sequence[Run], tables: Tables, hooks: Hooks) -> list[Result]:
    from losslab.training.engines.compiled import train_compiled  # Numba takes a while to import

    return train_compiled(runs, tables, hooks)


def _train_looped(runs: Sequence[Run], tables: Tables, hooks: Hooks) -> list[Result]:
    from losslab.training.engines.looped import train_looped  # which brings all of the trainer

    return train_looped(runs, tables, hooks)


def compile_for(runs: Iterable[Run], say: Callable[[str], object]) -> None:
    """Compile what the compiled engine will need; say so if it takes a while.

    Args:
        runs: those it cannot train are passed over.
        say: is told, before the first compiling on a machine begins.
    """
    samples = (kind[0] for kind in group_runs(runs))
    distinct = {_code_of(run): run for run in samples if is_compilable(run)}.values()
    if not distinct:
        return
    from losslab.training.engines.compiled import compile_kernels, estimate_compile_seconds

    seconds = estimate_compile_seconds(distinct)
    if seconds > _WORTH_A_WORD:
        say(f"compiling the training loop for this processor, once: about {seconds:.0f} s")
    compile_kernels(distinct)


def _code_of(run: Run) -> tuple[str, ...]:
    loss, head, codec = (getattr(run.objective, part).name for part in ("loss", "head", "codec"))
    return (loss, codec, head, run.activation, run.optimizer, run.penalty, run.dtype)


ENGINES = {
    engine.name: engine
    for engine in (
        # Enough models to hide the call of the loop, few enough to return often.
        Engine(
            name="compiled",
            train=_train_compiled,
            shares=_one_loop,
            largest=16,
            supports=is_compilable,
        ),
        # Enough models to hide Python's share of a step, few enough that their weights, gradients
        # and moments stay in a core's cache.
        Engine(name="stacked", train=train_stacked, shares=_one_tensor, largest=32, smallest=4),
        Engine(name="trainer", train=_train_looped, shares=_architecture, largest=32),
    )
}


_PARAMS = ("loss_params", "optimizer_params", "schedule_params", "penalty_params")


_OTHERS = {"loss", "lr", "alpha", "seed", *_PARAMS}


_deciding = attrgetter(*(field.name for field in fields(Run) if field.name not in _OTHERS))


def group_runs(runs: Iterable[Run]) -> list[list[Run]]:
    """Sort runs by all that may decide which of them train together, in a few microseconds each.

    >>> few = [Run(loss="mse", task="binary", lr=lr, hidden=(8,)) for lr in (0.1, 0.01)]
    >>> [len(kind) for kind in group_runs([*few, Run(loss="hinge", task="binary")])]
    [2, 1]
    """
    kinds: dict[str, list[Run]] = {}
    for run in runs:
        kinds.setdefault(_kind(run), []).append(run)
    return list(kinds.values())


def _kind(run: Run) -> str:
    # Equal texts mean equal values, which equal numbers such as 1, 1.0 and True do not.
    params = [tuple(getattr(run, name).items()) for name in _PARAMS]
    return repr((_loss(run), params, _deciding(run)))


def _loss(run: Run) -> object:
    """What tells losses apart while the runs are held, and without reading a user's code."""
    if isinstance(run.loss, str) and run.loss in LOSSES:
        return run.loss
    return id(run.loss), id(run.objective.loss.fn)
