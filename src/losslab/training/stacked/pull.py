"""What a penalty does to a fleet after each step."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from losslab.training.catalog import OPTIMIZERS, PENALTIES
from losslab.training.layout import Layout
from losslab.training.optimizer import Fleet, Optimizer
from losslab.training.penalty import Penalty
from losslab.training.run import Run


@dataclass(frozen=True, kw_only=True)
class Pull:
    """A fleet's penalty, with each model's own strength.

    Args:
        alpha: ``(M, 1, 1)``; ``settings`` likewise.
        weights: of the layers that the penalty takes, ``(M, inputs, outputs)`` each.
        layers: their numbers.
    """

    penalty: Penalty
    optimizer: Optimizer
    layout: Layout
    alpha: Tensor
    settings: dict[str, Tensor]
    weights: list[Tensor]
    layers: list[int]

    @classmethod
    def of(cls, runs: Sequence[Run], fleet: Fleet, layout: Layout) -> "Pull | None":
        """The pull on runs of one penalty; None where there is none."""
        penalty = PENALTIES[runs[0].penalty]
        if penalty.name == "none":
            return None
        chosen = [{"alpha": run.alpha, **penalty.bind(run.penalty_params)} for run in runs]
        columns = {
            name: fleet.weights.new_tensor([[[float(own[name])]] for own in chosen])
            for name in chosen[0]
        }
        views = layout.views(fleet.weights)
        layers = [layer for layer in range(len(views)) if penalty.takes(layer)]
        return cls(
            penalty=penalty,
            optimizer=OPTIMIZERS[runs[0].optimizer],
            layout=layout,
            alpha=columns.pop("alpha"),
            settings=columns,
            weights=[views[layer][0] for layer in layers],
            layers=layers,
        )

    def shrink(self, fleet: Fleet) -> None:
        """Take the proximal step that belongs to the fleet's last one."""
        lr = fleet.lr.unsqueeze(-1)
        sizes = self.optimizer.sizes(fleet.slots, fleet.settings, fleet.lr, fleet.count)
        alike = sizes.shape[1] == 1  # one step size for all numbers of a model
        views = [] if alike else self.layout.views(sizes)
        for layer, weights in zip(self.layers, self.weights, strict=True):
            own = sizes.unsqueeze(-1) if alike else views[layer][0]
            self.penalty.shrink(weights, own, lr, self.alpha, **self.settings)
