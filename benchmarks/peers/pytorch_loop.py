"""The loop of PyTorch's users who care: tensors at hand, batches by index, fused Adam."""

from typing import TYPE_CHECKING

from benchmarks.peers.one_by_one import train_one_by_one
from benchmarks.peers.spec import Peer, Ready, is_workload
from benchmarks.workload import Model, Workload

if TYPE_CHECKING:
    from torch import nn


def fit(workload: Workload, model: Model) -> "nn.Module":
    """Train one network."""
    import torch

    from benchmarks.peers.torch_network import get_criterion, make_adam, make_network, make_tensors

    net, (X, y) = make_network(workload, model.seed), make_tensors(workload)
    optimizer, loss_of = make_adam(net, model.lr), get_criterion(model.loss, workload.task)
    for _ in range(workload.epochs):
        for rows in torch.randperm(len(X)).split(workload.batch_size):
            optimizer.zero_grad()
            loss_of(net(X[rows]), y[rows]).backward()
            optimizer.step()
    return net


def _prepare(workload: Workload) -> Ready:
    from benchmarks.peers.torch_network import get_layers, set_fastest_threads

    start = workload.take_start()
    threads = set_fastest_threads(lambda: fit(start, start.models[0]))
    return train_one_by_one(workload, lambda model: fit(workload, model), get_layers, note=threads)


PEER = Peer(
    name="pytorch_loop",
    title="PyTorch loop",
    needs=("torch",),
    suits=is_workload,
    prepare=_prepare,
)
