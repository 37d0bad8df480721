"""What a learning-rate schedule promises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from losslab.contracts.interval import Interval
from losslab.training.settings import complete_settings

Share = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How the learning rate changes from step to step.

    Args:
        name: the field's name.
        factor: what the learning rate is multiplied by, from the share of all steps already made,
            0 at the first step; it takes the settings by name and works elementwise.
        settings: settings with their defaults; ``ranges`` says where they may lie.
        summary, reference: what it is for and where it comes from.
    """

    name: str
    factor: Callable[..., Share]
    settings: Mapping[str, float] = field(default_factory=dict)
    ranges: Mapping[str, Interval] = field(default_factory=dict)
    summary: str
    reference: str

    def bind(self, settings: Mapping[str, float]) -> dict[str, float]:
        """Complete settings by the defaults; refuse unknown names and values out of range."""
        return complete_settings(f"schedule {self.name!r}", settings, self.settings, self.ranges)

    def factors(self, first: int, steps: int, total: int, settings: Mapping[str, float]) -> Share:
        """The factors of ``steps`` steps from step ``first`` on, of ``total`` in all.

        Examples:
            >>> from losslab.training.catalog import SCHEDULES
            >>> SCHEDULES["linear"].factors(0, 4, 4, {})
            array([1.  , 0.75, 0.5 , 0.25])
        """
        share = np.arange(first, first + steps) / total
        return self.factor(share, **self.bind(settings))
