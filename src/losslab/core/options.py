"""Options, declared once: by the signature and the docstring of a public function.

The type of such a parameter is ``Annotated`` with an :class:`Option`, which knows how to read a
value and how to write it on a command line. The checks, the command line with its help, and the
command that repeats a call all follow from that.
"""

import inspect
import math
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any, TypeVar, get_args

from losslab.core.errors import OptionError

# Commas outside brackets separate values: "huber(delta=2),mse" are two.
_COMMA = re.compile(r",(?![^(]*\))")
_ENTRY = re.compile(r"^    (\w+): (.*(?:\n        .*)*)", re.MULTILINE)

Settings = TypeVar("Settings")


def split_values(value: Any) -> tuple[Any, ...]:
    """Return the values of an option: text is split at commas, a sequence is taken as it is.

    Examples:
        >>> split_values("l1, sgd(momentum=0.9,nesterov=1)"), split_values(3), split_values([1, 2])
        (('l1', 'sgd(momentum=0.9,nesterov=1)'), (3,), (1, 2))
        >>> split_values(None)
        ()
    """
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(part.strip() for part in _COMMA.split(value) if part.strip())
    if hasattr(value, "tolist"):  # NumPy's arrays and numbers
        return split_values(value.tolist())
    if isinstance(value, list | tuple | range):
        return tuple(part for item in value for part in split_values(item))
    return (value,)


def format_values(value: Any) -> list[str]:
    """Write values as one word of a command line; objects by name, functions with their module.

    Examples:
        >>> format_values([0.1, "auto"]), format_values(shlex.join), format_values(None)
        (['0.1,auto'], ['shlex:join'], [])
    """
    texts = [_format_one(item) for item in split_values(value)]
    return [",".join(texts)] if texts else []


def _format_one(value: Any) -> str:
    if isinstance(value, float | int | str):
        return str(value)
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}:{value.__qualname__}"
    return str(getattr(value, "name", type(value).__name__))


@dataclass(frozen=True, kw_only=True)
class Option:
    """How the values of an option are read, and written on a command line.

    Attributes:
        read: makes the checked value of one that was given; raises ``OptionError``.
        write: the words for a value, each of which follows the option's name.
        metavar: what stands for a value in the help; None for a flag.
        example: a value that works, for errors.
        repeatable: whether the command line takes it more than once.
        command_default: what the command uses by default, where the function has another default.
        in_command: whether a command that repeats a call includes it, as it doesn't outputs.
    """

    read: "Callable[[Parameter, Any], Any]" = field(repr=False)
    write: Callable[[Any], list[str]] = field(default=format_values, repr=False)
    metavar: str | None = None
    example: str = field(default="", repr=False)
    repeatable: bool = field(default=False, repr=False)
    command_default: str | None = field(default=None, repr=False)
    in_command: bool = field(default=True, repr=False)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a public function that is an option."""

    name: str
    default: Any
    option: Option
    description: str

    @property
    def flag(self) -> str:
        """Its name on the command line.

        Examples:
            >>> Parameter("batch_size", 32, whole_number(), "rows per step").flag
            '--batch-size'
        """
        return f"--{self.name.replace('_', '-')}"

    @property
    def example(self) -> str:
        """A use of it that works."""
        texts = self.option.write(self.default)
        return f"{self.flag} {shlex.quote(self.option.example or ','.join(texts))}"


@cache
def list_parameters(function: Callable[..., Any]) -> dict[str, Parameter]:
    """List the options of a public function in its own order."""
    texts = {
        name: " ".join(text.split())
        for name, text in _ENTRY.findall(inspect.getdoc(function) or "")
    }
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        options = [part for part in get_args(parameter.annotation) if isinstance(part, Option)]
        if options:
            found[name] = Parameter(name, parameter.default, options[0], texts.get(name, ""))
    return found


def read_options(function: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Check the options of a call; those not given have their default.

    Raises:
        OptionError: naming the first option that can't be used, its value and a fix.
    """
    return {
        name: parameter.option.read(parameter, given.get(name, parameter.default))
        for name, parameter in list_parameters(function).items()
    }


def select_options(kind: type[Settings], options: Mapping[str, Any]) -> Settings:
    """Make a dataclass of those options that it has a field for."""
    names = [one.name for one in fields(kind)]  # type: ignore[arg-type]
    return kind(**{name: options[name] for name in names if name in options})


def format_command(
    command: str, function: Callable[..., Any], source: str | None, given: Mapping[str, Any]
) -> str:
    """Write the command that makes a call again; options left at their default are left out.

    Args:
        command: the words before the table, such as ``losslab compare``.
        function: whose options they are.
        source: the table's name or path; None for one in memory.
        given: the options' values.
    """
    words = [*shlex.split(command), source or "TABLE"]
    for name, parameter in list_parameters(function).items():
        option = parameter.option
        if not option.in_command or name not in given:
            continue
        default = parameter.default if option.command_default is None else option.command_default
        if option.metavar is None:
            if bool(given[name]) != default:
                words.append(
                    parameter.flag if given[name] else parameter.flag.replace("--", "--no-", 1)
                )
        elif (texts := option.write(given[name])) != option.write(default):
            words += [word for text in texts for word in (parameter.flag, text)]
    return shlex.join(words)


def flag() -> Option:
    """Declare an option that is on or off."""
    return Option(read=lambda _, value: bool(value))


def text(metavar: str) -> Option:
    """Declare an option that is read elsewhere, such as the name of a column."""
    return Option(read=lambda _, value: value, metavar=metavar)


def columns(metavar: str = "COL,...") -> Option:
    """Declare names of columns; whether a comma is part of one is seen when the table is read."""

    def read(parameter: Parameter, value: Any) -> tuple[str, ...]:
        return tuple(write(value))

    def write(value: Any) -> list[str]:
        return [] if value is None else [value] if isinstance(value, str) else list(value)

    return Option(read=read, write=write, metavar=metavar, repeatable=True)


def names(metavar: str = "A,B") -> Option:
    """Declare names, which may be numbers too."""
    return Option(
        read=lambda _, value: tuple(map(str, split_values(value))),
        metavar=metavar,
        repeatable=True,
    )


def output(command_default: str | None = None, *, in_command: bool = False) -> Option:
    """Declare a file to write; the command writes ``command_default`` if none is given."""
    return Option(
        read=lambda _, value: value,
        write=lambda value: [] if value is None else [str(value)],
        metavar="FILE",
        command_default=command_default,
        in_command=in_command,
    )


def number(
    needed: str = "a number",
    allows: Callable[[float], bool] = math.isfinite,
    *,
    kind: Callable[[Any], Any] = float,
    example: str = "",
    optional: bool = False,
) -> Option:
    """Declare a number.

    Args:
        needed: what it must be, for errors.
        allows: whether it is.
        kind: float, or int for whole numbers.
        example: one that works; the default if empty.
        optional: whether None is a value too.
    """

    def read(parameter: Parameter, value: Any) -> Any:
        if value is None and optional:
            return None
        try:
            converted = kind(value)
            fits = float(value) == converted and allows(converted)
        except (TypeError, ValueError, OverflowError):
            fits = False
        if not fits:
            raise OptionError(
                f"needed {needed} for {parameter.flag}", got=repr(value), fix=parameter.example
            )
        return converted

    return Option(read=read, metavar="N" if kind is int else "X", example=example)


def whole_number(
    least: int = 0, most: int | None = None, *, example: str = "", optional: bool = False
) -> Option:
    """Declare a whole number of at least ``least``, and at most ``most``."""
    upper = "" if most is None else f" and at most {most}"
    return number(
        f"a whole number of at least {least}{upper}",
        lambda value: least <= value <= (math.inf if most is None else most),
        kind=int,
        example=example,
        optional=optional,
    )


def milliseconds() -> Option:
    """Declare how long each frame of an animation stands."""
    return replace(number("milliseconds"), metavar="MS", in_command=False)


def several(option: Option) -> Option:
    """Declare one or more values of an option, each a choice to try."""

    def read(parameter: Parameter, value: Any) -> tuple[Any, ...]:
        values = split_values(value)
        if not values:
            raise OptionError(
                f"needed at least one value for {parameter.flag}",
                got="none",
                fix=parameter.example,
            )
        return tuple(option.read(parameter, item) for item in values)

    return replace(option, read=read, metavar="A,B", repeatable=True)


def automatic(option: Option) -> Option:
    """Declare an option that may be ``auto``, which reads as None."""

    def read(parameter: Parameter, value: Any) -> Any:
        is_auto = value is None or split_values(value) == ("auto",)
        return None if is_auto else option.read(parameter, value)

    return replace(option, read=read, metavar=f"auto|{option.metavar}")
