"""skorch: PyTorch networks with scikit-learn's interface."""

from typing import Any

from benchmarks.peers.one_by_one import train_one_by_one
from benchmarks.peers.spec import Peer, Ready, is_workload
from benchmarks.workload import Model, Workload


def fit(workload: Workload, model: Model) -> Any:
    """Train one network on all rows, without validation and printing."""
    from skorch import NeuralNet
    from torch import nn, optim

    from benchmarks.peers.torch_network import get_criterion, make_network, make_tensors

    loss_of = get_criterion(model.loss, workload.task)

    class Loss(nn.Module):
        def forward(self, z: Any, y: Any) -> Any:
            return loss_of(z, y)

    net = NeuralNet(
        make_network(workload, model.seed),
        criterion=Loss,
        optimizer=optim.Adam,
        optimizer__fused=True,
        lr=model.lr,
        batch_size=workload.batch_size,
        max_epochs=workload.epochs,
        iterator_train__shuffle=True,
        train_split=None,
        callbacks__print_log=None,
        verbose=0,
    )
    return net.fit(*make_tensors(workload))


def _prepare(workload: Workload) -> Ready:
    from benchmarks.peers.torch_network import get_layers, set_fastest_threads

    start = workload.take_start()
    threads = set_fastest_threads(lambda: fit(start, start.models[0]))
    return train_one_by_one(
        workload,
        lambda model: fit(workload, model),
        lambda net: get_layers(net.module_),
        note=threads,
    )


PEER = Peer(
    name="skorch",
    title="skorch",
    needs=("torch", "skorch"),
    suits=is_workload,
    prepare=_prepare,
)
