"""Lightning: PyTorch networks with the loop written for you, everything optional switched off."""

import logging
from typing import Any

from benchmarks.peers.one_by_one import train_one_by_one
from benchmarks.peers.spec import Peer, Ready, is_workload
from benchmarks.workload import Model, Workload


def fit(workload: Workload, model: Model) -> Any:
    """Train one network without logger, checkpoints and progress bar."""
    import lightning
    from torch.utils.data import DataLoader, TensorDataset

    from benchmarks.peers.torch_network import get_criterion, make_adam, make_network, make_tensors

    loss_of = get_criterion(model.loss, workload.task)

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = make_network(workload, model.seed)

        def training_step(self, batch: Any, index: int) -> Any:
            X, y = batch
            return loss_of(self.net(X), y)

        def configure_optimizers(self) -> Any:
            return make_adam(self, model.lr)

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
    dataset = TensorDataset(*make_tensors(workload))
    trainer.fit(module, DataLoader(dataset, batch_size=workload.batch_size, shuffle=True))
    return module


def _prepare(workload: Workload) -> Ready:
    import lightning  # noqa: F401  (it sets its own level, so ours comes after)

    from benchmarks.peers.torch_network import get_layers, set_fastest_threads

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    start = workload.take_start()
    threads = set_fastest_threads(lambda: fit(start, start.models[0]))
    return train_one_by_one(workload, lambda model: fit(workload, model), get_layers, note=threads)


PEER = Peer(
    name="lightning",
    title="Lightning",
    needs=("torch", "lightning"),
    suits=is_workload,
    prepare=_prepare,
)
