"""The loop of PyTorch's users who care: tensors at hand, batches by index, fused Adam."""

from typing import TYPE_CHECKING

from benchmarks.peers.one_by_one import one_by_one
from benchmarks.peers.spec import Peer, Ready, trains_networks
from benchmarks.workload import Model, Workload

if TYPE_CHECKING:
    from torch import nn


def fit(workload: Workload, model: Model) -> "nn.Module":
    """Train one network."""
    import torch

    from benchmarks.peers.torch_network import adam, criterion, network, tensors

    net, (X, y) = network(workload, model.seed), tensors(workload)
    optimizer, loss_of = adam(net, model.lr), criterion(model.loss, workload.task)
    for _ in range(workload.epochs):
        for rows in torch.randperm(len(X)).split(workload.batch_size):
            optimizer.zero_grad()
            loss_of(net(X[rows]), y[rows]).backward()
            optimizer.step()
    return net


def _prepare(workload: Workload) -> Ready:
    from benchmarks.peers.torch_network import best_threads, layers_of

    start = workload.beginning()
    threads = best_threads(lambda: fit(start, start.models[0]))
    return one_by_one(workload, lambda model: fit(workload, model), layers_of, note=threads)


PEER = Peer(
    name="pytorch_loop",
    title="PyTorch loop",
    needs=("torch",),
    suits=trains_networks,
    prepare=_prepare,
)
