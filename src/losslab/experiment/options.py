"""Options of experiments: losses, heads, optimizers and all else that a user may choose."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

from losslab.core.errors import OptionError
from losslab.core.options import (
    Option,
    Parameter,
    automatic,
    number,
    several,
    split_values,
    text,
    whole_number,
)
from losslab.core.registry import parse_name

if TYPE_CHECKING:
    from torch import Tensor

    from losslab.losses.spec import Loss

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}


@dataclass(frozen=True)
class NamedOption:
    """A name with settings, as in ``sgd(momentum=0.9, nesterov=true)``."""

    name: str
    settings: Mapping[str, float]

    @property
    def label(self) -> str:
        """The text it was made from."""
        inner = ", ".join(f"{name}={value:g}" for name, value in self.settings.items())
        return f"{self.name}({inner})" if inner else self.name


def loss_arguments(loss: Any) -> dict[str, Any]:
    """Give the arguments of a ``Run`` for a loss by name, with settings, or of the user's own."""
    by_name = isinstance(loss, NamedOption)
    return {
        "loss": loss.name if by_name else loss,
        "loss_params": loss.settings if by_name else {},
    }


def parse_named(parameter: Parameter, text: Any) -> NamedOption:
    """Parse ``name`` or ``name(setting=value, ...)``."""
    return NamedOption(*parse_name(text, parameter.flag, parameter.example))


def _look_up(home: str) -> Any:
    """Get a catalogue only when it is used: it takes PyTorch with it."""
    module, _, name = home.partition(":")
    return getattr(import_module(module), name)


def entry(home: str, example: str = "", *, optional: bool = False) -> Option:
    """Declare the name of an entry of a catalogue, given as ``module:NAME``."""

    def read(parameter: Parameter, value: Any) -> str | None:
        if value is None and optional:
            return None
        names = split_values(value)
        if len(names) != 1 or not isinstance(names[0], str):
            raise OptionError(
                f"needed one name for {parameter.flag}", got=repr(value), fix=parameter.example
            )
        return str(_look_up(home)[names[0]].name)

    return Option(read=read, metavar="NAME", example=example)


def entry_with_settings(home: str) -> Option:
    """Declare the name of an entry of a catalogue, with settings such as ``sgd(momentum=0.9)``."""

    def read(parameter: Parameter, value: Any) -> NamedOption:
        names = split_values(value)
        if len(names) != 1:
            raise OptionError(
                f"needed one name for {parameter.flag}", got=repr(value), fix=parameter.example
            )
        found = parse_named(parameter, names[0])
        _look_up(home)[found.name].bind(found.settings)
        return found

    return Option(read=read, metavar="NAME")


def _read_losses(parameter: Parameter, value: Any) -> tuple[Any, ...] | None:
    if value is None:
        return None
    losses: list[Any] = []
    for item in value if isinstance(value, list | tuple) else [value]:
        texts = split_values(item) if isinstance(item, str) else ()
        named = [parse_named(parameter, each) for each in texts]
        losses += named if isinstance(item, str) else [item]
    if not losses:
        raise OptionError(
            f"needed at least one loss for {parameter.flag}", got="none", fix="--loss mse,l1"
        )
    return tuple(losses)


def _read_loss(parameter: Parameter, value: Any) -> Any:
    return parse_named(parameter, value) if isinstance(value, str) else value


def _read_heads(parameter: Parameter, value: Any) -> tuple[str | None, ...]:
    return (None,) if value is None else tuple(_HEADS.read(parameter, value))


def _read_widths(parameter: Parameter, value: Any) -> tuple[int, ...]:
    if isinstance(value, str) and value.strip().lower() in ("none", ""):
        return ()
    return tuple(_WIDTH.read(parameter, part) for part in split_values(value))


def _read_architectures(parameter: Parameter, value: Any) -> tuple[tuple[int, ...], ...]:
    if isinstance(value, list | tuple) and any(not isinstance(part, int) for part in value):
        return tuple(_read_widths(parameter, part) for part in value)
    return (_read_widths(parameter, value),)


def _read_architecture(parameter: Parameter, value: Any) -> tuple[int, ...]:
    architectures = _read_architectures(parameter, value)
    if len(architectures) != 1:
        raise OptionError(
            f"needed one network for {parameter.flag}",
            got=str(len(architectures)),
            fix=f"{parameter.example}, or --hidden none for a linear model",
        )
    return architectures[0]


def _format_architectures(value: Any) -> list[str]:
    parameter = Parameter("hidden", (), _WIDTH, "")
    architectures = _read_architectures(parameter, value)
    return [",".join(map(str, widths)) or "none" for widths in architectures]


def parse_duration(parameter: Parameter, value: Any) -> float | None:
    """Parse a duration such as ``90``, ``90s``, ``2m`` or ``1.5h``."""
    if value is None:
        return None
    stripped = str(value).strip().lower()
    amount = stripped.rstrip("smh")
    try:
        seconds = float(amount) * _UNITS[stripped[len(amount) :]]
    except (ValueError, KeyError):
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise OptionError(
            f"needed a duration such as 90s, 2m or 1h for {parameter.flag}",
            got=repr(value),
            fix=parameter.example,
        )
    return seconds


_WIDTH = number(
    "widths of at least 1, or none for a linear model",
    lambda width: width >= 1,
    kind=int,
    example="64,64",
)
_RATE = number(
    "a learning rate above 0", lambda rate: 0 < rate < math.inf, example="0.01", optional=True
)
_STRENGTH = number("a strength of at least 0", lambda value: 0 <= value < math.inf, example="0.01")
_HEADS = several(text("NAME"))
_CATALOG = "losslab.training.catalog"
_OPTIMIZER = entry_with_settings(f"{_CATALOG}:OPTIMIZERS")
_ACTIVATION = entry(f"{_CATALOG}:ACTIVATIONS")

LossOption = Annotated[
    "str | Loss | Callable[..., Tensor] | None", Option(read=_read_loss, metavar="NAME")
]
LossOptions = Annotated[
    "str | Loss | Callable[..., Tensor] | Sequence[str | Loss | Callable[..., Tensor]] | None",
    Option(read=_read_losses, metavar="A,B", example="mse,l1", repeatable=True),
]
HeadOption = Annotated[str | None, text("NAME")]
HeadOptions = Annotated[
    str | Sequence[str] | None, replace(_HEADS, read=_read_heads, example="sigmoid")
]
OptimizerOption = Annotated[str, _OPTIMIZER]
OptimizerOptions = Annotated[str | Sequence[str], several(_OPTIMIZER)]
RateOption = Annotated[float | None, _RATE]
RateOptions = Annotated[str | float | Sequence[float] | None, automatic(several(_RATE))]
ScheduleOption = Annotated[str, entry_with_settings(f"{_CATALOG}:SCHEDULES")]
PenaltyOptions = Annotated[
    str | Sequence[str], several(entry_with_settings(f"{_CATALOG}:PENALTIES"))
]
StrengthOptions = Annotated[str | float | Sequence[float] | None, automatic(several(_STRENGTH))]
HiddenOption = Annotated[
    str | int | Sequence[int],
    Option(read=_read_architecture, write=_format_architectures, metavar="64,64"),
]
HiddenOptions = Annotated[
    str | int | Sequence[int] | Sequence[Sequence[int] | str],
    Option(read=_read_architectures, write=_format_architectures, metavar="64,64", repeatable=True),
]
ActivationOption = Annotated[str, _ACTIVATION]
ActivationOptions = Annotated[str | Sequence[str], several(_ACTIVATION)]
CountOption = Annotated[int, whole_number(1)]
CountOptions = Annotated[int | Sequence[int], several(whole_number(1))]
SeedOption = Annotated[int, whole_number()]
MetricOption = Annotated[
    str | None, entry("losslab.metrics.catalog:METRICS", "accuracy", optional=True)
]
BudgetOption = Annotated[
    str | float | None, Option(read=parse_duration, metavar="90s|2m|1h", example="2m")
]
