"""Settings completed by their defaults, and refused where they lie out of range."""

from collections.abc import Mapping
from numbers import Real

from losslab.contracts.interval import Interval
from losslab.core.errors import OptionError
from losslab.core.registry import suggest


def complete_settings(
    owner: str,
    given: Mapping[str, float],
    defaults: Mapping[str, float],
    ranges: Mapping[str, Interval],
) -> dict[str, float]:
    """Complete settings by the defaults; refuse unknown names and values out of range.

    Args:
        owner: whose settings they are, in errors: "optimizer 'adam'".
        given: the settings that are not the usual ones.
        defaults: every setting there is.
        ranges: where each may lie.

    Examples:
        >>> from losslab.contracts.interval import UNIT
        >>> complete_settings("schedule 'linear'", {}, {"end": 0.0}, {"end": UNIT})
        {'end': 0.0}
    """
    for name, value in given.items():
        if name not in defaults:
            raise OptionError(
                f"{owner} needs settings that it has",
                got=repr(name),
                fix=suggest(name, defaults) if defaults else "leave it out",
            )
        # True and False are 1 and 0, as for Nesterov's variant.
        if not isinstance(value, Real) or float(value) not in ranges[name]:
            raise OptionError(
                f"{owner} needs {name} in {ranges[name]}",
                got=repr(value),
                fix=f"{name}={defaults[name]:g} is the default",
            )
    return {**defaults, **given}
