"""A workload in PyTorch's terms, for all peers that train with it."""

from collections.abc import Callable
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.judge import Layers
from benchmarks.threads import fastest_threads, threads_note
from benchmarks.workload import Workload
from losslab.training.engines.fleet import available_cores

Criterion = Callable[[Tensor, Tensor], Tensor]


def network(workload: Workload, seed: int) -> nn.Sequential:
    """A new network with PyTorch's initial weights; also seeds the batch orders."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(workload.sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def tensors(workload: Workload) -> tuple[Tensor, Tensor]:
    """Features, and targets as the criteria take them: codes ``(N,)``, else floats ``(N, 1)``."""
    X, y = torch.from_numpy(workload.X), torch.from_numpy(workload.y)
    return X, y if workload.task == "multiclass" else y.float().unsqueeze(1)


def criterion(loss: str, task: str) -> Criterion:
    """The mean loss as a user of PyTorch would write it."""
    if loss in ("mse", "l1") and task == "binary":
        plain = _CRITERIA[loss]
        return lambda z, y: plain(torch.sigmoid(z), y)
    return _CRITERIA[loss]


def adam(model: nn.Module, lr: float) -> torch.optim.Optimizer:
    """Adam in its fastest form on a CPU."""
    return torch.optim.Adam(model.parameters(), lr=lr, fused=True)


def layers_of(model: nn.Module) -> Layers:
    """The weights, transposed to ``(inputs, outputs)``."""
    return [
        (layer.weight.detach().numpy().T, layer.bias.detach().numpy())
        for layer in model.modules()
        if isinstance(layer, nn.Linear)
    ]


def best_threads(probe: Callable[[], object]) -> str:
    """Set the number of threads that trains a beginning of the work fastest, and say it."""
    return threads_note(fastest_threads(probe, torch.set_num_threads, available_cores()))


def _hinge(z: Tensor, y: Tensor) -> Tensor:
    return F.relu(1.0 - z * (2.0 * y - 1.0)).mean()


def _squared_hinge(z: Tensor, y: Tensor) -> Tensor:
    return F.relu(1.0 - z * (2.0 * y - 1.0)).square().mean()


def _focal(z: Tensor, y: Tensor) -> Tensor:
    missed = torch.sigmoid(-z * (2.0 * y - 1.0))
    return (missed.square() * F.binary_cross_entropy_with_logits(z, y, reduction="none")).mean()


_CRITERIA: dict[str, Criterion] = {
    "bce_with_logits": F.binary_cross_entropy_with_logits,
    "cross_entropy": F.cross_entropy,
    "mse": F.mse_loss,
    "l1": F.l1_loss,
    "hinge": _hinge,
    "squared_hinge": _squared_hinge,
    "focal": _focal,
}
