"""What a comparison was asked to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from losslab.core.errors import OptionError
from losslab.data.split import SplitPlan
from losslab.experiment.options import (
    NamedOption,
    parse_alphas,
    parse_architectures,
    parse_learning_rates,
    parse_named,
    parse_number,
    parse_some,
    parse_values,
)
from losslab.metrics.catalog import METRICS
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS, PENALTIES

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}


@dataclass(frozen=True, kw_only=True)
class ComparisonSettings:
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
    optimizers: tuple[NamedOption, ...]
    learning_rates: tuple[float, ...] | None
    penalties: tuple[NamedOption, ...]
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
    def read(cls, options: dict[str, Any]) -> "ComparisonSettings":
        """Check the options of ``compare``, named as on the command line."""
        return cls(
            losses=_losses(options["loss"]),
            heads=_heads(options["head"]),
            optimizers=_optimizers(options["optimizer"]),
            learning_rates=parse_learning_rates(options["lr"]),
            penalties=_penalties(options["penalty"], options["alpha"]),
            alphas=parse_alphas(options["alpha"]),
            architectures=parse_architectures(options["hidden"]),
            activations=_activations(options["activation"]),
            batch_sizes=_positive(
                "batch-size", parse_some("batch-size", options["batch_size"], "32")
            ),
            epochs=_positive("epochs", (options["epochs"],))[0],
            plan=SplitPlan(
                n_splits=parse_number("splits", options["splits"], int),
                repeats=parse_number("repeats", options["repeats"], int),
                seed=parse_number("seed", options["seed"], int),
            ),
            metric=_metric(options["metric"]),
            rope=_rope(options["rope"]),
            unchecked=bool(options["unchecked"]),
            budget=None if options["budget"] is None else parse_duration(options["budget"]),
            references=bool(options["reference"]),
            confirmed=bool(options["yes"]),
        )


def _losses(value: Any) -> tuple[Any, ...] | None:
    if value is None:
        return None
    items: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
    losses: list[Any] = []
    for item in items:
        texts = parse_values(item) if isinstance(item, str) else ()
        losses += [parse_named("loss", text) for text in texts] if isinstance(item, str) else [item]
    if not losses:
        raise OptionError("needed at least one loss for --loss", got="none", fix="--loss mse,l1")
    return tuple(losses)


def _heads(value: Any) -> tuple[str | None, ...]:
    return (None,) if value is None else parse_some("head", value, "sigmoid")


def _optimizers(value: Any) -> tuple[NamedOption, ...]:
    found = tuple(parse_named("optimizer", text) for text in parse_some("optimizer", value, "adam"))
    for optimizer in found:
        OPTIMIZERS[optimizer.name].bind(optimizer.settings)
    return found


def _penalties(value: Any, alpha: Any) -> tuple[NamedOption, ...]:
    found = tuple(parse_named("penalty", text) for text in parse_some("penalty", value, "l2"))
    for penalty in found:
        PENALTIES[penalty.name].bind(penalty.settings)
    asked = parse_alphas(alpha)
    if asked is not None and all(penalty.name == "none" for penalty in found):
        raise OptionError(
            "needed a --penalty for --alpha to scale",
            got=", ".join(f"{own:g}" for own in asked),
            fix="--penalty l2, or one or more of " + ", ".join(PENALTIES),
        )
    return found


def _activations(value: Any) -> tuple[str, ...]:
    return tuple(ACTIVATIONS[name].name for name in parse_some("activation", value, "relu"))


def _metric(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise OptionError(
            "needed the name of one --metric to rank by", got=repr(value), fix="--metric accuracy"
        )
    return METRICS[value].name


def _positive(option: str, values: Sequence[Any]) -> tuple[int, ...]:
    numbers = tuple(parse_number(option, part, int) for part in values)
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
    rope: float = parse_number("rope", value, float)
    if not 0 <= rope < float("inf"):
        raise OptionError("needed --rope of at least 0", got=repr(value), fix="--rope 0.01")
    return rope


def parse_duration(text: Any) -> float:
    """Read a duration such as ``90``, ``90s``, ``2m`` or ``1.5h``.

    Example
        >>> parse_duration("2m"), parse_duration(30)
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
