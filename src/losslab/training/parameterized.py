"""Catalogue entries with numeric settings: optimizers, penalties and schedules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from losslab.contracts.interval import Interval
from losslab.contracts.parameters import check_parameters
from losslab.core.errors import OptionError
from losslab.core.registry import Registry, add_article, parse_name


@dataclass(frozen=True, kw_only=True)
class Parameterized:
    """An entry of a catalogue that takes numeric settings.

    Attributes:
        name: its name in the catalogue.
        settings: settings with their defaults.
        ranges: the interval of each setting.
        summary: what it is for.
        reference: where it comes from.
    """

    name: str
    settings: Mapping[str, float] = field(default_factory=dict)
    ranges: Mapping[str, Interval] = field(default_factory=dict)
    summary: str
    reference: str

    def bind(self, settings: Mapping[str, float]) -> dict[str, float]:
        """Complete settings by the defaults; refuse unknown names and values out of range."""
        owner = f"{type(self).__name__.lower()} {self.name!r}"
        # True and False are 1 and 0, as for Nesterov momentum.
        numbers = {
            name: float(value) if isinstance(value, bool) else value
            for name, value in settings.items()
        }
        check_parameters(owner, numbers, self.settings, self.ranges, kind="setting")
        return {**self.settings, **settings}


Entry = TypeVar("Entry", bound=Parameterized)


def resolve_entry(
    registry: Registry[Entry], text: str, settings: Mapping[str, float]
) -> tuple[str, dict[str, float]]:
    """Split a name with settings, as in ``sgd(momentum=0.9)``, and check it with other settings.

    Returns:
        The name, and all settings that were given.

    Raises:
        UnknownNameError: if the catalogue has no such entry.
        OptionError: if a setting is unknown, out of range, or given in both places.

    Examples:
        >>> from losslab.training.catalog import SCHEDULES
        >>> resolve_entry(SCHEDULES, "step(stages=2)", {"gamma": 0.5})
        ('step', {'stages': 2.0, 'gamma': 0.5})
    """
    kind = registry.kind
    entry = registry[text.partition("(")[0].strip() if isinstance(text, str) else text]
    _, in_name = parse_name(text, add_article(kind), f"{kind}={entry.name!r}")
    twice = next((setting for setting in in_name if setting in settings), None)
    if twice is not None:
        raise OptionError(
            f"needed {twice} of {kind} {entry.name!r} once",
            got=f"{kind}={text!r} and {kind}_params={{{twice!r}: {settings[twice]!r}}}",
            fix=f"leave {twice} out of {kind}_params",
        )
    merged = {**in_name, **settings}
    entry.bind(merged)
    return entry.name, merged
