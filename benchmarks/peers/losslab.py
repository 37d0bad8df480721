"""losslab by its public function, with the engine it chooses and with each engine alone."""

from functools import partial

import numpy as np

from benchmarks.judge import Layers
from benchmarks.peers.one_by_one import make_finished
from benchmarks.peers.spec import Finished, Peer, Ready, is_workload
from benchmarks.workload import Workload
from losslab.training.engines.fleet import EngineName, train
from losslab.training.result import Result
from losslab.training.run import Run


def _prepare(workload: Workload, engine: EngineName) -> Ready:
    # Everything a user of the library waits for is on the clock, checks of the runs included.
    def train_all() -> Finished:
        runs = _make_runs(workload)
        results = {r.run.seed: r for r in train(runs, workload.X, workload.y, engine=engine)}
        return make_finished(workload, results, _get_layers)

    return Ready(train=train_all)


def _make_runs(workload: Workload) -> list[Run]:
    """Make a run of each network; its number is its seed."""
    assert all(model.seed == number for number, model in enumerate(workload.models))
    return [
        Run(
            loss=model.loss,
            task=workload.task,
            n_classes=workload.n_classes,
            hidden=workload.hidden,
            lr=model.lr,
            batch_size=workload.batch_size,
            epochs=workload.epochs,
            seed=model.seed,
        )
        for model in workload.models
    ]


def _get_layers(result: Result) -> Layers:
    assert result.diverged_at is None
    return [(np.asarray(weights), np.asarray(biases)) for weights, biases in result.layers]


def _make_peer(name: str, title: str, engine: EngineName) -> Peer:
    return Peer(
        name=name,
        title=title,
        needs=(),
        suits=is_workload,
        prepare=partial(_prepare, engine=engine),
        ours=True,
    )


AUTO = _make_peer("losslab", "losslab", "auto")
COMPILED = _make_peer("compiled", "losslab compiled", "compiled")
STACKED = _make_peer("stacked", "losslab stacked", "stacked")
