"""What a comparison was asked to do."""

from dataclasses import dataclass
from typing import Any

from losslab.core.errors import OptionError
from losslab.data.split import SplitPlan
from losslab.experiment.options import NamedOption
from losslab.training.catalog import PENALTIES


@dataclass(frozen=True, kw_only=True)
class ComparisonSettings:
    """The checked options of ``compare``, under their names; a tuple is an axis.

    Attributes:
        loss: None for every loss that fits the task.
        head: ``(None,)`` for the usual head of each loss.
        lr: None for ``auto``: each optimizer's grid, chosen per split.
        alpha: None for ``auto``: each penalty's grid, chosen per split.
        metric: None for the task's own.
        rope: None for the metric's own.
        budget: seconds, or None.
    """

    loss: tuple[Any, ...] | None
    head: tuple[str | None, ...]
    optimizer: tuple[NamedOption, ...]
    lr: tuple[float, ...] | None
    penalty: tuple[NamedOption, ...]
    alpha: tuple[float, ...] | None
    hidden: tuple[tuple[int, ...], ...]
    activation: tuple[str, ...]
    batch_size: tuple[int, ...]
    epochs: int
    splits: int
    repeats: int
    seed: int
    metric: str | None
    rope: float | None
    unchecked: bool
    budget: float | None
    reference: bool
    yes: bool

    def __post_init__(self) -> None:
        if self.alpha is not None and all(penalty.name == "none" for penalty in self.penalty):
            raise OptionError(
                "needed a --penalty for --alpha to scale",
                got=", ".join(f"{alpha:g}" for alpha in self.alpha),
                fix="--penalty l2, or one or more of " + ", ".join(PENALTIES),
            )

    @property
    def plan(self) -> SplitPlan:
        """How the table is split."""
        return SplitPlan(n_splits=self.splits, repeats=self.repeats, seed=self.seed)
