"""Options that may hold several values, each an axis of the comparison."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from losslab.core.errors import OptionError

# Commas outside brackets separate values: "huber(delta=2),mse" are two.
_COMMA = re.compile(r",(?![^(]*\))")
_CALL = re.compile(r"([\w.:]+)(?:\((.*)\))?")
_SENSIBLE = {"lr": "0.001", "rope": "0.01", "hidden": "64,64", "batch-size": "32", "seed": "0"}


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


def parse_values(value: Any) -> tuple[Any, ...]:
    """Return the values of an option: text is cut at commas, a sequence is taken as it is.

    Example
        >>> parse_values("l1, sgd(momentum=0.9,nesterov=1)"), parse_values(3), parse_values([1, 2])
        (('l1', 'sgd(momentum=0.9,nesterov=1)'), (3,), (1, 2))
        >>> parse_values(None)
        ()
    """
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(part.strip() for part in _COMMA.split(value) if part.strip())
    if hasattr(value, "tolist"):  # NumPy's arrays and numbers
        return parse_values(value.tolist())
    if isinstance(value, list | tuple | range):
        return tuple(part for item in value for part in parse_values(item))
    return (value,)


def parse_some(option: str, value: Any, default: str) -> tuple[Any, ...]:
    """Return the values of an option, of which there must be at least one."""
    values = parse_values(value)
    if not values:
        raise OptionError(
            f"needed at least one value for --{option}", got="none", fix=f"--{option} {default}"
        )
    return values


def parse_named(option: str, text: Any) -> NamedOption:
    """Read ``name`` or ``name(setting=value, ...)``.

    Example
        >>> parse_named("optimizer", "sgd(momentum=0.9, nesterov=true)").settings
        {'momentum': 0.9, 'nesterov': 1.0}
    """
    match = _CALL.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise _unreadable(option, repr(text))
    settings = {}
    for part in filter(None, (part.strip() for part in (match[2] or "").split(","))):
        name, _, value = part.partition("=")
        settings[name.strip()] = _setting(option, part, value.strip())
    return NamedOption(match[1], settings)


def _setting(option: str, part: str, value: str) -> float:
    words = {"true": 1.0, "false": 0.0}
    try:
        return words[value.lower()] if value.lower() in words else float(value)
    except ValueError:
        raise _unreadable(option, repr(part)) from None


def _unreadable(option: str, got: str) -> OptionError:
    example = {"optimizer": "sgd(momentum=0.9)"}.get(option, "mse")
    return OptionError(
        f"needed --{option} as NAME or NAME(SETTING=NUMBER,...)",
        got=got,
        fix=f"--{option} '{example}'",
    )


def parse_number(option: str, value: Any, kind: Callable[[Any], Any]) -> Any:
    """Turn an option's value into a number of one kind, or name the option and the value."""
    try:
        converted = kind(value)
        exact = kind is not int or float(value) == converted
    except (TypeError, ValueError, OverflowError):
        exact = False
    if not exact:
        wanted = "one whole number" if kind is int else "one number"
        raise OptionError(
            f"needed {wanted} for --{option}",
            got=repr(value),
            fix=f"--{option} {_SENSIBLE.get(option, '5')}",
        )
    return converted


def parse_learning_rates(value: Any) -> tuple[float, ...] | None:
    """Return the learning rates asked for, or None for ``auto``."""
    if value is None or parse_values(value) == ("auto",):
        return None
    rates = tuple(parse_number("lr", part, float) for part in parse_values(value))
    bad = [rate for rate in rates if not 0 < rate < float("inf")]
    if bad or not rates:
        got = repr(bad[0]) if bad else "none"
        raise OptionError("needed learning rates above 0 for --lr", got=got, fix="--lr auto")
    return rates


def parse_alphas(value: Any) -> tuple[float, ...] | None:
    """Return the strengths of penalties asked for, or None for ``auto``."""
    if value is None or parse_values(value) == ("auto",):
        return None
    alphas = tuple(parse_number("alpha", part, float) for part in parse_values(value))
    bad = [alpha for alpha in alphas if not 0 <= alpha < float("inf")]
    if bad or not alphas:
        got = repr(bad[0]) if bad else "none"
        raise OptionError("needed numbers from 0 for --alpha", got=got, fix="--alpha auto")
    return alphas


def parse_architectures(value: Any) -> tuple[tuple[int, ...], ...]:
    """Return hidden-layer widths: ``"64,64"`` is one network, a list of such texts several.

    Example
        >>> parse_architectures("64,64"), parse_architectures((64, 64))
        (((64, 64),), ((64, 64),))
        >>> parse_architectures(["64", "none"])
        ((64,), ())
    """
    if isinstance(value, list | tuple) and any(not isinstance(part, int) for part in value):
        return tuple(_widths(part) for part in value)
    return (_widths(value),)


def _widths(value: Any) -> tuple[int, ...]:
    if isinstance(value, str) and value.strip().lower() in ("none", ""):
        return ()
    widths = tuple(parse_number("hidden", part, int) for part in parse_values(value))
    if any(width < 1 for width in widths):
        raise OptionError(
            "needed widths of at least 1 for --hidden",
            got=repr(value),
            fix="--hidden 64,64, or --hidden none for a linear model",
        )
    return widths
