"""Numeric parameters of catalogue entries: checks and formatting."""

from collections.abc import Mapping

from losslab.contracts.interval import Choice, Interval
from losslab.core.errors import OptionError
from losslab.core.numbers import is_number
from losslab.core.registry import suggest


def check_parameters(
    owner: str,
    values: Mapping[str, float],
    defaults: Mapping[str, float],
    ranges: Mapping[str, Interval | Choice],
    kind: str = "parameter",
) -> None:
    """Refuse unknown parameters and values out of range.

    Args:
        owner: the entry, for errors: "loss 'huber'".
        values: the parameters to check.
        defaults: the default of every parameter.
        ranges: the valid values of every parameter.
        kind: what the entry calls a parameter, for errors.

    Raises:
        OptionError: naming the first parameter that is wrong.
    """
    for name, value in values.items():
        if name not in defaults:
            raise OptionError(
                f"{owner} has no {kind} {name!r}",
                fix=suggest(name, defaults) if defaults else "leave it out",
            )
        if not is_number(value) or float(value) not in ranges[name]:
            raise OptionError(
                f"{owner} needs {name} in {ranges[name]}",
                got=repr(value),
                fix=f"{name}={defaults[name]:g} is the default",
            )


def format_changed(values: Mapping[str, float], defaults: Mapping[str, float]) -> str:
    """Format the parameters that differ from their defaults.

    Examples:
        >>> format_changed({"p": 2.0, "margin": 0.5}, {"p": 1.0, "margin": 0.5})
        'p=2'
    """
    return ", ".join(
        f"{name}={value:g}" for name, value in values.items() if value != defaults[name]
    )
