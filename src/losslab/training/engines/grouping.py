"""The keys that decide which runs can train together."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from operator import attrgetter

from losslab.losses.catalog import LOSSES
from losslab.training.catalog import OPTIMIZERS
from losslab.training.run import Run
from losslab.training.split_arrays import SplitArrays

Tables = Sequence[SplitArrays]
Key = tuple[object, ...]


def make_architecture_key(run: Run, tables: Tables) -> Key:
    """Return what the models of any chunk have in common."""
    table = tables[run.split]
    return (
        table.n_features,
        len(table.validation) > 0,
        table.weight is None,
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


def make_tensor_key(run: Run, tables: Tables) -> Key:
    """Return what models stacked in one tensor have in common; losses and splits may differ."""
    settings = OPTIMIZERS[run.optimizer].bind(run.optimizer_params)
    # An update skips terms whose setting is zero in all models, so zeros cannot be mixed.
    return (*make_architecture_key(run, tables), tuple(value != 0 for value in settings.values()))


def make_loop_key(run: Run, tables: Tables) -> Key:
    """Return what models trained by one call of the compiled loop have in common."""
    return (*make_architecture_key(run, tables), run.split, make_objective_key(run))


def make_objective_key(run: Run) -> str:
    """Return a text that is equal for runs whose losses can be computed in one call."""
    objective = run.objective
    identity = run.loss_identity or f"object {id(objective.loss.fn)}"
    params = sorted({**objective.loss.params, **objective.codec.params}.items())
    return repr((identity, params, objective.head.name, objective.codec.name, run.selection))


_PARAMS = ("loss_params", "optimizer_params", "schedule_params", "penalty_params")
# Runs that differ in these alone have the same keys above.
_FREE = {"lr", "alpha", "seed"}
_get_settings = attrgetter(
    *(field.name for field in fields(Run) if field.name not in {"loss", *_PARAMS, *_FREE})
)


def group_runs(runs: Iterable[Run]) -> list[list[Run]]:
    """Group runs that have the same keys for certain, in a few microseconds each.

    A key takes longer to make, so that one is made for each group only.

    Examples:
        >>> few = [Run(loss="mse", task="binary", lr=lr, hidden=(8,)) for lr in (0.1, 0.01)]
        >>> [len(group) for group in group_runs([*few, Run(loss="hinge", task="binary")])]
        [2, 1]
    """
    groups: dict[str, list[Run]] = {}
    for run in runs:
        params = [tuple(getattr(run, name).items()) for name in _PARAMS]
        # As text, since equal numbers such as 1, 1.0 and True may mean different settings.
        key = repr((_identify_loss(run), params, _get_settings(run)))
        groups.setdefault(key, []).append(run)
    return list(groups.values())


def _identify_loss(run: Run) -> object:
    """Return what tells losses apart while their runs exist, without reading a user's code."""
    if isinstance(run.loss, str) and run.loss in LOSSES:
        return run.loss
    return id(run.loss), id(run.objective.loss.fn)
