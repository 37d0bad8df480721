"""What a loss landscape was asked to show."""

from dataclasses import dataclass
from typing import Any

from losslab.core.errors import OptionError
from losslab.experiment.landscape.plane import PlaneKind
from losslab.experiment.landscape.planes import PLANES
from losslab.experiment.options import NamedOption

COARSEST, FINEST = 3, 301
MOST_PATHS = 12


@dataclass(frozen=True, kw_only=True)
class LandscapeSettings:
    """The checked options of ``landscape``, under their names.

    Attributes:
        loss: None for the usual one of the task; names with settings, or what a user made.
        optimizer: all go down the same surfaces.
        lr: None for one that suits each optimizer.
        hidden: widths of the hidden layers.
        activation: a name.
        epochs: passes over the rows, or steps on a plain function; None for what suits it.
        batch_size: rows per step.
        seed: of initial weights, batch orders and random directions.
        plane: how the plane is chosen.
        resolution: points of the grid along each axis; None for what suits it.
    """

    loss: tuple[Any, ...] | None
    optimizer: tuple[NamedOption, ...]
    lr: tuple[float, ...] | None
    hidden: tuple[int, ...]
    activation: str
    epochs: int | None
    batch_size: int
    seed: int
    plane: str
    resolution: int | None

    def __post_init__(self) -> None:
        for name in ("loss", "optimizer", "lr"):
            object.__setattr__(self, name, _drop_repeated(getattr(self, name)))
        count = len(self.optimizer) * len(self.lr or (1,))
        if count > MOST_PATHS:
            raise OptionError(
                f"needed at most {MOST_PATHS} paths on a surface, to tell them apart",
                got=f"{count}: every --optimizer at every --lr",
                fix="fewer of either",
            )

    @property
    def plane_kind(self) -> PlaneKind:
        """How the plane is chosen."""
        return PLANES[self.plane]


def _drop_repeated(values: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    # What a user made need not be hashable.
    return values and tuple(one for place, one in enumerate(values) if one not in values[:place])
