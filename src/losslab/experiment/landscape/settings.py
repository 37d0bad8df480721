"""What a look at a loss surface was asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from losslab.core.errors import OptionError
from losslab.experiment.landscape.catalog import PLANES
from losslab.experiment.landscape.plane import PlaneKind
from losslab.experiment.options import (
    NamedOption,
    parse_architectures,
    parse_learning_rates,
    parse_named,
    parse_number,
    parse_some,
    parse_values,
)
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS

COARSEST, FINEST = 3, 301
MOST_PATHS = 12


@dataclass(frozen=True, kw_only=True)
class LandscapeSettings:
    """Checked options; those in the plural may be several.

    Args:
        losses: empty for the usual one of the task; names with settings, or what a user made.
        optimizers: all go down the same surfaces.
        learning_rates: None for one that suits each optimizer.
        hidden: widths of the hidden layers.
        activation: a name.
        epochs: passes over the rows, or steps on a plain function; None for what suits it.
        batch_size: rows per step.
        seed: of initial weights, batch orders and random directions.
        plane: how the plane is chosen.
        resolution: points of the grid along each axis; None for what suits it.
    """

    losses: tuple[Any, ...]
    optimizers: tuple[NamedOption, ...]
    learning_rates: tuple[float, ...] | None
    hidden: tuple[int, ...]
    activation: str
    epochs: int | None
    batch_size: int
    seed: int
    plane: PlaneKind
    resolution: int | None

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> "LandscapeSettings":
        """Check the options of ``landscape``, named as on the command line."""
        epochs = options["epochs"]
        made = cls(
            losses=_losses(options["loss"]),
            optimizers=_optimizers(options["optimizer"]),
            learning_rates=_distinct(parse_learning_rates(options["lr"])),
            hidden=_only("hidden", parse_architectures(options["hidden"]), "64,64"),
            activation=ACTIVATIONS[
                _only("activation", parse_values(options["activation"]), "relu")
            ].name,
            epochs=None if epochs is None else _whole("epochs", epochs, 1),
            batch_size=_whole("batch-size", options["batch_size"], 1),
            seed=_whole("seed", options["seed"], 0),
            plane=PLANES[options["plane"]],
            resolution=_resolution(options["resolution"]),
        )
        made._check_paths()
        return made

    def _check_paths(self) -> None:
        count = len(self.optimizers) * len(self.learning_rates or (1,))
        if count > MOST_PATHS:
            raise OptionError(
                f"needed at most {MOST_PATHS} paths on a surface, to tell them apart",
                got=f"{count}: every --optimizer at every --lr",
                fix="fewer of either",
            )


def _losses(value: Any) -> tuple[Any, ...]:
    items = value if isinstance(value, list | tuple) else () if value is None else (value,)
    losses: list[Any] = []
    for item in items:
        by_name = isinstance(item, str)
        found = [parse_named("loss", text) for text in parse_values(item)] if by_name else [item]
        for one in found:
            losses += [] if one in losses else [one]
    if value is not None and not losses:
        raise OptionError("needed at least one loss for --loss", got="none", fix="--loss mse,l1")
    return tuple(losses)


def _optimizers(value: Any) -> tuple[NamedOption, ...]:
    found: list[NamedOption] = []
    for text in parse_some("optimizer", value, "sgd,adam"):
        optimizer = parse_named("optimizer", text)
        OPTIMIZERS[optimizer.name].bind(optimizer.settings)
        found += [] if optimizer in found else [optimizer]
    return tuple(found)


def _distinct(rates: tuple[float, ...] | None) -> tuple[float, ...] | None:
    return None if rates is None else tuple(dict.fromkeys(rates))


def _only(option: str, values: tuple[Any, ...], example: str) -> Any:
    if len(values) != 1:
        raise OptionError(
            f"needed one --{option}: a surface is that of one network",
            got=f"{len(values)}",
            fix=f"--{option} {example}",
        )
    return values[0]


def _resolution(value: Any) -> int | None:
    return None if value is None else _whole("resolution", value, COARSEST, FINEST)


def _whole(option: str, value: Any, least: int, most: float = float("inf")) -> int:
    found: int = parse_number(option, value, int)
    if not least <= found <= most:
        upper = "" if most == float("inf") else f" and at most {most:g}"
        example = {"resolution": 51, "seed": 0, "epochs": 30}.get(option, 32)
        raise OptionError(
            f"needed a whole number of at least {least}{upper} for --{option}",
            got=repr(value),
            fix=f"--{option} {example}",
        )
    return found
