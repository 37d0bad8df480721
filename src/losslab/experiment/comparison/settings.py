"""What a comparison was asked to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from losslab.core.errors import OptionError
from losslab.data.split import SplitPlan
from losslab.experiment.options import (
    Named,
    alphas_of,
    architectures_of,
    named,
    number,
    rates_of,
    some_of,
    values_of,
)
from losslab.metrics.catalog import METRICS
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS, PENALTIES

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Checked options; those in the plural are axes.

    Args:
        losses: None for every loss that fits the task.
        heads: ``(None,)`` for the usual head of each loss.
        learning_rates: None for ``auto``: each optimizer's grid, chosen per split.
        alphas: None for ``auto``: each penalty's grid, chosen per split.
        metric: None for the task's own.
        rope: None for the metric's own.
        budget: seconds, or None.
    """

    losses: tuple[Any, ...] | None
    heads: tuple[str | None, ...]
    optimizers: tuple[Named, ...]
    learning_rates: tuple[float, ...] | None
    penalties: tuple[Named, ...]
    alphas: tuple[float, ...] | None
    architectures: tuple[tuple[int, ...], ...]
    activations: tuple[str, ...]
    batch_sizes: tuple[int, ...]
    epochs: int
    plan: SplitPlan
    metric: str | None
    rope: float | None
    unchecked: bool
    budget: float | None
    references: bool
    confirmed: bool

    @classmethod
    def read(cls, options: dict[str, Any]) -> "Settings":
        """Check the options of ``compare``, named as on the command line."""
        return cls(
            losses=_losses(options["loss"]),
            heads=_heads(options["head"]),
            optimizers=_optimizers(options["optimizer"]),
            learning_rates=rates_of(options["lr"]),
            penalties=_penalties(options["penalty"], options["alpha"]),
            alphas=alphas_of(options["alpha"]),
            architectures=architectures_of(options["hidden"]),
            activations=_activations(options["activation"]),
            batch_sizes=_positive("batch-size", some_of("batch-size", options["batch_size"], "32")),
            epochs=_positive("epochs", (options["epochs"],))[0],
            plan=SplitPlan(
                n_splits=number("splits", options["splits"], int),
                repeats=number("repeats", options["repeats"], int),
                seed=number("seed", options["seed"], int),
            ),
            metric=_metric(options["metric"]),
            rope=_rope(options["rope"]),
            unchecked=bool(options["unchecked"]),
            budget=None if options["budget"] is None else seconds_of(options["budget"]),
            references=bool(options["reference"]),
            confirmed=bool(options["yes"]),
        )


def _losses(value: Any) -> tuple[Any, ...] | None:
    if value is None:
        return None
    items: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
    losses: list[Any] = []
    for item in items:
        texts = values_of(item) if isinstance(item, str) else ()
        losses += [named("loss", text) for text in texts] if isinstance(item, str) else [item]
    if not losses:
        raise OptionError("needed at least one loss for --loss", got="none", fix="--loss mse,l1")
    return tuple(losses)


def _heads(value: Any) -> tuple[str | None, ...]:
    return (None,) if value is None else some_of("head", value, "sigmoid")


def _optimizers(value: Any) -> tuple[Named, ...]:
    found = tuple(named("optimizer", text) for text in some_of("optimizer", value, "adam"))
    for optimizer in found:
        OPTIMIZERS[optimizer.name].bind(optimizer.settings)
    return found


def _penalties(value: Any, alpha: Any) -> tuple[Named, ...]:
    found = tuple(named("penalty", text) for text in some_of("penalty", value, "l2"))
    for penalty in found:
        PENALTIES[penalty.name].bind(penalty.settings)
    asked = alphas_of(alpha)
    if asked is not None and all(penalty.name == "none" for penalty in found):
        raise OptionError(
            "needed a --penalty for --alpha to scale",
            got=", ".join(f"{own:g}" for own in asked),
            fix="--penalty l2, or one or more of " + ", ".join(PENALTIES),
        )
    return found


def _activations(value: Any) -> tuple[str, ...]:
    return tuple(ACTIVATIONS[name].name for name in some_of("activation", value, "relu"))


def _metric(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise OptionError(
            "needed the name of one --metric to rank by", got=repr(value), fix="--metric accuracy"
        )
    return METRICS[value].name


def _positive(option: str, values: Sequence[Any]) -> tuple[int, ...]:
    numbers = tuple(number(option, part, int) for part in values)
    if min(numbers) < 1:
        raise OptionError(
            f"needed a whole number of at least 1 for --{option}",
            got=repr(min(numbers)),
            fix=f"--{option} 32",
        )
    return numbers


def _rope(value: Any) -> float | None:
    if value is None:
        return None
    rope: float = number("rope", value, float)
    if not 0 <= rope < float("inf"):
        raise OptionError("needed --rope of at least 0", got=repr(value), fix="--rope 0.01")
    return rope


def seconds_of(text: Any) -> float:
    """Read a duration such as ``90``, ``90s``, ``2m`` or ``1.5h``.

    Example
        >>> seconds_of("2m"), seconds_of(30)
        (120.0, 30.0)
    """
    stripped = str(text).strip().lower()
    value = stripped.rstrip("smh")
    unit = stripped[len(value) :]
    try:
        seconds = float(value) * _UNITS[unit]
    except (ValueError, KeyError):
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise OptionError(
            "needed a duration for --budget, such as 90s, 2m or 1h",
            got=repr(text),
            fix="--budget 2m",
        )
    return seconds
