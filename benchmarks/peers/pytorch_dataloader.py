"""The loop of PyTorch's tutorials: a DataLoader, and Adam in its fused form."""

from typing import TYPE_CHECKING

from benchmarks.peers.one_by_one import one_by_one
from benchmarks.peers.spec import Peer, Ready, trains_networks
from benchmarks.workload import Model, Workload

if TYPE_CHECKING:
    from torch import nn


def fit(workload: Workload, model: Model) -> "nn.Module":
    """Train one network."""
    from torch.utils.data import DataLoader, TensorDataset

    from benchmarks.peers.torch_network import adam, criterion, network, tensors

    net = network(workload, model.seed)
    optimizer, loss_of = adam(net, model.lr), criterion(model.loss, workload.task)
    dataset = TensorDataset(*tensors(workload))
    loader = DataLoader(dataset, batch_size=workload.batch_size, shuffle=True)
    for _ in range(workload.epochs):
        for X, y in loader:
            optimizer.zero_grad()
            loss_of(net(X), y).backward()
            optimizer.step()
    return net


def _prepare(workload: Workload) -> Ready:
    from benchmarks.peers.torch_network import best_threads, layers_of

    start = workload.beginning()
    threads = best_threads(lambda: fit(start, start.models[0]))
    return one_by_one(workload, lambda model: fit(workload, model), layers_of, note=threads)


PEER = Peer(
    name="pytorch_dataloader",
    title="PyTorch DataLoader",
    needs=("torch",),
    suits=trains_networks,
    prepare=_prepare,
)
