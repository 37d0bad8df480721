"""Lightning: PyTorch networks with the loop written for you, everything optional switched off."""

import logging
from typing import Any

from benchmarks.peers.one_by_one import one_by_one
from benchmarks.peers.spec import Peer, Ready, trains_networks
from benchmarks.workload import Model, Workload


def fit(workload: Workload, model: Model) -> Any:
    """Train one network without logger, checkpoints and progress bar."""
    import lightning
    from torch.utils.data import DataLoader, TensorDataset

    from benchmarks.peers.torch_network import adam, criterion, network, tensors

    loss_of = criterion(model.loss, workload.task)

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = network(workload, model.seed)

        def training_step(self, batch: Any, index: int) -> Any:
            X, y = batch
            return loss_of(self.net(X), y)

        def configure_optimizers(self) -> Any:
            return adam(self, model.lr)

    module = Module()
    trainer = lightning.Trainer(
        max_epochs=workload.epochs,
        accelerator="cpu",
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    dataset = TensorDataset(*tensors(workload))
    trainer.fit(module, DataLoader(dataset, batch_size=workload.batch_size, shuffle=True))
    return module


def _prepare(workload: Workload) -> Ready:
    import lightning  # noqa: F401  (it sets its own level, so ours comes after)

    from benchmarks.peers.torch_network import best_threads, layers_of

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    start = workload.beginning()
    threads = best_threads(lambda: fit(start, start.models[0]))
    return one_by_one(workload, lambda model: fit(workload, model), layers_of, note=threads)


PEER = Peer(
    name="lightning",
    title="Lightning",
    needs=("torch", "lightning"),
    suits=trains_networks,
    prepare=_prepare,
)
