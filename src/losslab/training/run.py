"""One training, fully specified: settings, learning rates, and what chooses its best epoch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from losslab.core.errors import OptionError
from losslab.core.hashing import content_hash
from losslab.core.numbers import is_number
from losslab.losses.identity import loss_identity
from losslab.losses.resolve import LossLike
from losslab.objectives.build import objective
from losslab.objectives.objective import Objective
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS, PENALTIES, SCHEDULES
from losslab.training.penalty import check_alpha

# Where a float32 probability rounds to 0 or 1, the log loss would be infinite.
SMALLEST_PROBABILITY = 1e-7


def score_rows(selection: str, objective: Objective, z: Tensor, target: Tensor) -> Tensor:
    """One value per row whose mean is the score, or its square for RMSE.

    Shape:
        z ``(..., K)``, target as the codec encodes it -> ``(...)``
    """
    if selection == "loss":
        return objective.rows(z, target)
    if selection == "rmse":
        return (objective.values(z) - target[..., 0]).square()
    probability = objective.predict_proba(z).clamp(SMALLEST_PROBABILITY, 1.0)
    return (
        -probability.gather(-1, _decode_classes(objective, target).unsqueeze(-1)).squeeze(-1).log()
    )


def finish_score(selection: str, mean: Tensor, scale: Tensor) -> Tensor:
    """From the rows' mean to the score; ``scale`` takes RMSE to the target's own units."""
    return mean.sqrt() * scale if selection == "rmse" else mean


def _decode_classes(objective: Objective, target: Tensor) -> Tensor:
    """Class codes back from their encoding."""
    if not target.is_floating_point():
        return target
    if objective.codec.per_class:
        return target.argmax(-1)
    return (target[..., 0] > (objective.codec.midpoint or 0.0)).to(torch.int64)


SELECTIONS = ("auto", "log_loss", "rmse", "loss")
DTYPES = ("float32", "float64")


@dataclass(frozen=True, kw_only=True)
class Run:
    """Everything that determines the outcome of one training, but the data and the engine.

    Args:
        loss: a name of the catalogue, ``module:function``, a ``Loss``, or a callable of tensors.
        task: binary, multiclass, regression or count.
        n_classes: the number of classes; needed for multiclass.
        head: the output head; by default the usual one for the loss and task.
        loss_params: parameters of the loss and of its target encoding.
        hidden: widths of the hidden layers; empty for a linear model.
        activation: the function between layers.
        optimizer: sgd, adam, adamw or rmsprop, with ``optimizer_params`` beside ``lr``.
        schedule: how the learning rate changes from step to step: constant, linear, cosine,
            warmup_cosine, exponential or step, with ``schedule_params`` as its settings.
        penalty: what weights cost beside the loss: none, l1, l2, elastic_net, group_lasso or
            weight_decay, as strongly as ``alpha`` says, with ``penalty_params`` as its settings.
        dropout: the share of hidden units that each training step leaves out, from 0 to below 1;
            the others are scaled up by as much (Srivastava and others, 2014).
        batch_size: rows per step; the last batch of an epoch may be smaller.
        epochs: passes over the training rows.
        seed: of the initial weights and batch orders.
        split: which of the splits it trains on, counted from 0.
        dtype: float32 or float64.
        select: by what the best epoch is kept, on the validation rows: ``log_loss``, ``rmse``, the
            run's own ``loss``, or ``auto``: RMSE for values, log loss for losses that elicit
            probabilities, else the own loss.
        unchecked: admit a pairing that does not fit.

    Examples:
        >>> Run(loss="mse", task="binary").objective.head.name
        'sigmoid'
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
        object.__setattr__(self, "hidden", self._widths())
        for name, value, allowed in (
            ("select", self.select, SELECTIONS),
            ("dtype", self.dtype, DTYPES),
        ):
            if value not in allowed:
                raise OptionError(
                    f"needed {name} to be one of {', '.join(allowed)}",
                    got=repr(value),
                    fix=f"{name}={allowed[0]!r}",
                )
        ACTIVATIONS[self.activation]
        OPTIMIZERS[self.optimizer].bind(self.optimizer_params)
        SCHEDULES[self.schedule].bind(self.schedule_params)
        check_alpha(self.penalty, self.alpha)
        PENALTIES[self.penalty].bind(self.penalty_params)
        self.objective  # noqa: B018  (built here so that a misfit is refused at once)

    def _widths(self) -> tuple[int, ...]:
        many = isinstance(self.hidden, Iterable) and not isinstance(self.hidden, str)
        widths: tuple[Any, ...] = tuple(self.hidden) if many else (None,)
        if not all(_whole(width, 1) for width in widths):
            raise OptionError(
                "needed hidden as widths of layers, whole numbers of at least 1",
                got=repr(self.hidden),
                fix=f"hidden=({self.hidden},)" if _whole(self.hidden, 1) else "hidden=(64, 64)",
            )
        # Whole numbers of any kind become Python's, which a record can hold.
        return tuple(map(int, widths))

    def _check_numbers(self) -> None:
        for name, value, least in (
            ("batch_size", self.batch_size, 1),
            ("epochs", self.epochs, 1),
            ("split", self.split, 0),
            ("seed", self.seed, 0),
            ("n_classes", 2 if self.n_classes is None else self.n_classes, 2),
        ):
            if not _whole(value, least):
                raise OptionError(
                    f"needed {name} to be a whole number of at least {least}",
                    got=repr(value),
                    fix=f"{name}={getattr(type(self), name, None) or least}",
                )
        if not is_number(self.lr) or not 0.0 < self.lr < float("inf"):
            raise OptionError("needed a learning rate above 0", got=repr(self.lr), fix="lr=0.001")
        if not is_number(self.dropout) or not 0.0 <= self.dropout < 1.0:
            raise OptionError(
                "needed dropout as a share of hidden units, from 0 to below 1",
                got=repr(self.dropout),
                fix="dropout=0.1",
            )
        for name, example in (
            ("loss_params", "delta"),
            ("optimizer_params", "weight_decay"),
            ("schedule_params", "end"),
            ("penalty_params", "l1_ratio"),
        ):
            if not isinstance(getattr(self, name), Mapping):
                raise OptionError(
                    f"needed {name} as a mapping from names to numbers",
                    got=repr(getattr(self, name)),
                    fix=f"{name}={{{example!r}: 0.5}}",
                )

    @cached_property
    def objective(self) -> Objective:
        """Head, loss and target encoding, checked to fit."""
        return objective(
            self.loss,
            self.task,
            self.head,
            self.unchecked,
            self.n_classes,
            **self.loss_params,
        )

    @cached_property
    def selection(self) -> str:
        """By what the best epoch is kept: ``log_loss``, ``rmse`` or ``loss``."""
        if self.select != "auto":
            return self.select
        if self.objective.codec.reads == "values":
            return "rmse"
        # An improper loss drives probabilities to 0 and 1, so the log loss would pick its barely
        # trained networks: on held-out rows it is judged by itself.
        honest = self.objective.gives_probabilities and self.objective.loss.proper
        return "log_loss" if honest else "loss"

    @cached_property
    def loss_identity(self) -> str | None:
        """The loss in one word: its name in the catalogue, or a hash of a user's own code."""
        return loss_identity(self.objective.loss)

    @property
    def reusable(self) -> bool:
        """Whether a stored outcome can stand for this run."""
        return self.loss_identity is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the run as plain, JSON-like data, with every default written out."""
        chosen = self.objective
        return {
            "loss": chosen.loss.name,
            "loss_identity": self.loss_identity,
            "loss_params": {**chosen.loss.params, **chosen.codec.changed},
            "head": chosen.head.name,
            "codec": chosen.codec.name,
            "task": self.task,
            "n_classes": chosen.codec.n_classes,
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
            "unchecked": chosen.wrong is not None,
        }

    @cached_property
    def key(self) -> str:
        """The content hash of the run, without its data."""
        return content_hash(self.to_dict())


def _whole(value: object, least: int) -> bool:
    """Whether a value of any kind is a whole number of at least ``least``."""
    return is_number(value) and float(value).is_integer() and float(value) >= least


# A thousand steps' factors take hardly longer than one's: short epochs share what is made at once,
# and no more than a thousand are kept.
_STEPS_AT_ONCE = 1024


def compute_learning_rates(run: Run, epoch: int, n_rows: int) -> NDArray[np.float64]:
    """The learning rates of one epoch's steps, ``(steps,)``, made on the host for every engine.

    Args:
        run: its learning rate, schedule, batch size and number of epochs count.
        epoch: counted from 0.
        n_rows: the number of training rows.

    Examples:
        >>> run = Run(loss="mse", task="binary", lr=0.1, schedule="linear", batch_size=8, epochs=2)
        >>> compute_learning_rates(run, 1, n_rows=16)
        array([0.05 , 0.025])
    """
    steps = -(-n_rows // run.batch_size)
    settings = tuple(run.schedule_params.items())
    epochs = _STEPS_AT_ONCE // max(steps, 1)
    if epochs < 2:
        return run.lr * _compute_factors(
            run.schedule, settings, epoch * steps, steps, run.epochs * steps
        )
    first = epoch - epoch % epochs
    together = min(epochs, run.epochs - first) * steps
    factors = _compute_factors_once(
        run.schedule, settings, first * steps, together, run.epochs * steps
    )
    at = (epoch - first) * steps
    return run.lr * factors[at : at + steps]


def _compute_factors(
    schedule: str, settings: tuple[tuple[str, float], ...], first: int, steps: int, total: int
) -> NDArray[np.float64]:
    return SCHEDULES[schedule].factors(first, steps, total, dict(settings))


_compute_factors_once = lru_cache(maxsize=256)(_compute_factors)
