"""A run: the specification of one training, its learning rates and its selection score."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from losslab.core.errors import OptionError
from losslab.core.hashing import hash_content
from losslab.core.numbers import is_number
from losslab.losses.identity import identify_loss
from losslab.losses.resolve import LossLike, split_params
from losslab.objectives.build import objective as build_objective
from losslab.objectives.objective import Objective
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS, PENALTIES, SCHEDULES
from losslab.training.dropout import check_rate
from losslab.training.parameterized import resolve_entry
from losslab.training.penalty import check_alpha

# Where a float32 probability rounds to 0 or 1, the log loss would be infinite.
SMALLEST_PROBABILITY = 1e-7


def score_rows(selection: str, objective: Objective, z: Tensor, target: Tensor) -> Tensor:
    """Compute one value per row whose mean is the selection score, or its square for RMSE.

    Shape:
        z ``(..., K)``, target as the codec encodes it -> ``(...)``
    """
    if selection == "loss":
        return objective.compute_rows(z, target)
    if selection == "rmse":
        return (objective.predict_values(z) - target[..., 0]).square()
    probability = objective.predict_proba(z).clamp(SMALLEST_PROBABILITY, 1.0)
    codes = _decode_classes(objective, target).unsqueeze(-1)
    return -probability.gather(-1, codes).squeeze(-1).log()


def finish_score(selection: str, mean: Tensor, scale: Tensor) -> Tensor:
    """Turn the mean over rows into the score; ``scale`` takes RMSE to the units of the target."""
    return mean.sqrt() * scale if selection == "rmse" else mean


def _decode_classes(objective: Objective, target: Tensor) -> Tensor:
    """Decode class codes from encoded targets."""
    if not target.is_floating_point():
        return target
    if objective.codec.per_class:
        return target.argmax(-1)
    return (target[..., 0] > (objective.codec.midpoint or 0.0)).to(torch.int64)


SELECTIONS = ("auto", "log_loss", "rmse", "loss")
DTYPES = ("float32", "float64")


@dataclass(frozen=True, kw_only=True)
class Run:
    """All that determines the result of one training, apart from the data and the engine.

    The names of losses, optimizers, schedules and penalties may have settings, as in
    ``optimizer="sgd(momentum=0.9)"``; they are moved to the mapping of parameters.

    Args:
        loss: a name of the catalogue, ``module:function``, a ``Loss``, or a callable of tensors.
        task: binary, multiclass, regression or count.
        n_classes: the number of classes; required for multiclass.
        head: the output head; by default the usual one for the loss and task.
        loss_params: parameters of the loss and of its target encoding.
        hidden: widths of the hidden layers; empty for a linear model.
        activation: the function between layers.
        optimizer: sgd, adam, adamw or rmsprop.
        optimizer_params: settings of the optimizer, apart from ``lr``.
        lr: the learning rate.
        schedule: the learning-rate schedule: constant, linear, cosine, warmup_cosine, exponential
            or step.
        schedule_params: settings of the schedule.
        penalty: the penalty on weights: none, l1, l2, elastic_net, group_lasso or weight_decay.
        alpha: the strength of the penalty.
        penalty_params: settings of the penalty.
        dropout: the share of hidden units that each training step drops, from 0 to below 1;
            the others are scaled up to compensate (Srivastava and others, 2014).
        batch_size: rows per step; the last batch of an epoch may be smaller.
        epochs: passes over the training rows.
        seed: seed of the initial weights, the batch order and dropout.
        split: the split to train on, counted from 0.
        dtype: float32 or float64.
        select: the validation score that selects the best epoch: ``log_loss``, ``rmse``, the run's
            own ``loss``, or ``auto``: RMSE for values, log loss for losses that elicit
            probabilities, else the own loss.
        unchecked: admit a pairing that doesn't fit.

    Examples:
        >>> Run(loss="mse", task="binary").objective.head.name
        'sigmoid'
        >>> run = Run(loss="mse", task="binary", optimizer="sgd(momentum=0.9)")
        >>> run.optimizer, run.optimizer_params
        ('sgd', {'momentum': 0.9})
    """

    loss: LossLike
    task: str
    n_classes: int | None = None
    head: str | None = None
    loss_params: Mapping[str, float] = field(default_factory=dict)
    hidden: tuple[int, ...] = (64, 64)
    activation: str = "relu"
    optimizer: str = "adam"
    optimizer_params: Mapping[str, float] = field(default_factory=dict)
    lr: float = 1e-3
    schedule: str = "constant"
    schedule_params: Mapping[str, float] = field(default_factory=dict)
    penalty: str = "none"
    alpha: float = 0.0
    penalty_params: Mapping[str, float] = field(default_factory=dict)
    dropout: float = 0.0
    batch_size: int = 32
    epochs: int = 50
    seed: int = 0
    split: int = 0
    dtype: str = "float32"
    select: str = "auto"
    unchecked: bool = False

    def __post_init__(self) -> None:
        self._check_numbers()
        self._check_hidden()
        for name, allowed in (("select", SELECTIONS), ("dtype", DTYPES)):
            if getattr(self, name) not in allowed:
                raise OptionError(
                    f"needed {name} to be one of {', '.join(allowed)}",
                    got=repr(getattr(self, name)),
                    fix=f"{name}={allowed[0]!r}",
                )
        ACTIVATIONS[self.activation]
        self._resolve_names()
        check_alpha(self.penalty, self.alpha)
        self.objective  # noqa: B018  (built here so that a misfit is refused at once)

    def _check_numbers(self) -> None:
        for name, minimum in (
            *(("batch_size", 1), ("epochs", 1), ("split", 0), ("seed", 0)),
            *((("n_classes", 2),) if self.n_classes is not None else ()),
        ):
            if not _is_whole(getattr(self, name), minimum):
                raise OptionError(
                    f"needed {name} to be a whole number of at least {minimum}",
                    got=repr(getattr(self, name)),
                    fix=f"{name}={getattr(type(self), name, None) or minimum}",
                )
        if not is_number(self.lr) or not 0.0 < self.lr < float("inf"):
            raise OptionError("needed a learning rate above 0", got=repr(self.lr), fix="lr=0.001")
        check_rate(self.dropout)

    def _check_hidden(self) -> None:
        listed = isinstance(self.hidden, Iterable) and not isinstance(self.hidden, str)
        widths: tuple[Any, ...] = tuple(self.hidden) if listed else (None,)
        if not all(_is_whole(width, 1) for width in widths):
            raise OptionError(
                "needed hidden as widths of layers, whole numbers of at least 1",
                got=repr(self.hidden),
                fix=f"hidden=({self.hidden},)" if _is_whole(self.hidden, 1) else "hidden=(64, 64)",
            )
        # Integers of NumPy and others become Python's, which JSON can hold.
        object.__setattr__(self, "hidden", tuple(map(int, widths)))

    def _resolve_names(self) -> None:
        """Check the names with settings, and store names and settings apart."""
        resolvers: tuple[tuple[str, Callable[..., tuple[LossLike, dict[str, float]]], str], ...] = (
            ("loss", split_params, "delta"),
            ("optimizer", partial(resolve_entry, OPTIMIZERS), "weight_decay"),
            ("schedule", partial(resolve_entry, SCHEDULES), "end"),
            ("penalty", partial(resolve_entry, PENALTIES), "l1_ratio"),
        )
        for kind, resolve, example in resolvers:
            name, params = getattr(self, kind), getattr(self, f"{kind}_params")
            if not isinstance(params, Mapping):
                raise OptionError(
                    f"needed {kind}_params as a mapping from names to numbers",
                    got=repr(params),
                    fix=f"{kind}_params={{{example!r}: 0.5}}",
                )
            name, params = resolve(name, params)
            object.__setattr__(self, kind, name)
            object.__setattr__(self, f"{kind}_params", params)

    @cached_property
    def objective(self) -> Objective:
        """The head, loss and target encoding, checked to fit."""
        return build_objective(
            self.loss, self.task, self.head, self.unchecked, self.n_classes, **self.loss_params
        )

    @cached_property
    def selection(self) -> str:
        """The score that selects the best epoch: ``log_loss``, ``rmse`` or ``loss``."""
        if self.select != "auto":
            return self.select
        if self.objective.codec.reads == "values":
            return "rmse"
        # An improper loss drives probabilities to 0 and 1, so the log loss would select barely
        # trained networks.
        proper = self.objective.gives_probabilities and self.objective.loss.proper
        return "log_loss" if proper else "loss"

    @cached_property
    def loss_identity(self) -> str | None:
        """The name of the loss in the catalogue, or a hash of its code; None if it has neither."""
        return identify_loss(self.objective.loss)

    @property
    def reusable(self) -> bool:
        """Whether a stored result of an equal run can be used for this one."""
        return self.loss_identity is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the run as JSON-like data, all defaults included."""
        objective = self.objective
        return {
            "loss": objective.loss.name,
            "loss_identity": self.loss_identity,
            "loss_params": {**objective.loss.params, **objective.codec.changed},
            "head": objective.head.name,
            "codec": objective.codec.name,
            "task": self.task,
            "n_classes": objective.codec.n_classes,
            "hidden": list(self.hidden),
            "activation": self.activation,
            "optimizer": self.optimizer,
            "optimizer_params": OPTIMIZERS[self.optimizer].bind(self.optimizer_params),
            "lr": self.lr,
            "schedule": self.schedule,
            "schedule_params": SCHEDULES[self.schedule].bind(self.schedule_params),
            "penalty": self.penalty,
            "alpha": self.alpha,
            "penalty_params": PENALTIES[self.penalty].bind(self.penalty_params),
            "dropout": self.dropout,
            "batch_size": self.batch_size,
            "epochs": self.epochs,
            "seed": self.seed,
            "split": self.split,
            "dtype": self.dtype,
            "select": self.selection,
            "unchecked": objective.wrong is not None,
        }

    @cached_property
    def key(self) -> str:
        """The content hash of the run, without the data."""
        return hash_content(self.to_dict())


def _is_whole(value: object, minimum: int) -> bool:
    """Return whether a value of any kind is a whole number of at least ``minimum``."""
    return is_number(value) and float(value).is_integer() and float(value) >= minimum


# Short epochs are computed together, since a thousand factors take hardly longer than one.
_STEPS_AT_ONCE = 1024


def compute_learning_rates(run: Run, epoch: int, n_rows: int) -> NDArray[np.float64]:
    """Compute the learning rates of one epoch's steps, ``(steps,)``, on the host for all engines.

    Args:
        run: the run, with its learning rate, schedule, batch size and number of epochs.
        epoch: the epoch, counted from 0.
        n_rows: the number of training rows.

    Examples:
        >>> run = Run(loss="mse", task="binary", lr=0.1, schedule="linear", batch_size=8, epochs=2)
        >>> compute_learning_rates(run, 1, n_rows=16)
        array([0.05 , 0.025])
    """
    steps = -(-n_rows // run.batch_size)
    settings, total = tuple(run.schedule_params.items()), run.epochs * steps
    epochs = _STEPS_AT_ONCE // max(steps, 1)
    if epochs < 2:
        return run.lr * _compute_factors(run.schedule, settings, epoch * steps, steps, total)
    first = epoch - epoch % epochs
    steps_together = min(epochs, run.epochs - first) * steps
    factors = _cache_factors(run.schedule, settings, first * steps, steps_together, total)
    start = (epoch - first) * steps
    return run.lr * factors[start : start + steps]


def _compute_factors(
    schedule: str, settings: tuple[tuple[str, float], ...], first: int, steps: int, total: int
) -> NDArray[np.float64]:
    return SCHEDULES[schedule].compute_factors(first, steps, total, dict(settings))


_cache_factors = lru_cache(maxsize=256)(_compute_factors)
