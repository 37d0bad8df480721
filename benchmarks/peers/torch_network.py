"""A workload in PyTorch's terms, for all peers that train with it."""

from collections.abc import Callable
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.judge import Layers
from benchmarks.threads import describe_threads, find_fastest_threads
from benchmarks.workload import Workload
from losslab.training.engines.fleet import count_cores

Criterion = Callable[[Tensor, Tensor], Tensor]


def make_network(workload: Workload, seed: int) -> nn.Sequential:
    """Make a network with PyTorch's initial weights; also seeds the batch orders."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(workload.sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def make_tensors(workload: Workload) -> tuple[Tensor, Tensor]:
    """Make features, and targets as the criteria take them: codes ``(N,)``, else ``(N, 1)``."""
    X, y = torch.from_numpy(workload.X), torch.from_numpy(workload.y)
    return X, y if workload.task == "multiclass" else y.float().unsqueeze(1)


def get_criterion(loss: str, task: str) -> Criterion:
    """Return the mean loss as a user of PyTorch would write it."""
    if loss in ("mse", "l1") and task == "binary":
        plain = _CRITERIA[loss]
        return lambda z, y: plain(torch.sigmoid(z), y)
    return _CRITERIA[loss]


def make_adam(model: nn.Module, lr: float) -> torch.optim.Optimizer:
    """Make Adam in its fastest form on a CPU."""
    return torch.optim.Adam(model.parameters(), lr=lr, fused=True)


def get_layers(model: nn.Module) -> Layers:
    """Return the weights, transposed to ``(inputs, outputs)``."""
    return [
        (layer.weight.detach().numpy().T, layer.bias.detach().numpy())
        for layer in model.modules()
        if isinstance(layer, nn.Linear)
    ]


def set_fastest_threads(probe: Callable[[], object]) -> str:
    """Set the fastest number of threads for a short piece of the work, and describe it."""
    return describe_threads(find_fastest_threads(probe, torch.set_num_threads, count_cores()))


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
