"""Keras on JAX; a model is compiled once for each loss and then trained from new weights."""

import os
import time
from typing import Any

import numpy as np

from benchmarks.formulas import FORMULAS, compute_row_losses
from benchmarks.initial import draw_layers
from benchmarks.judge import Layers
from benchmarks.peers.one_by_one import join_notes, train_one_by_one
from benchmarks.peers.spec import Peer, Ready, is_workload
from benchmarks.workload import Model, Workload, choose_spread


def build(workload: Workload, loss: str) -> Any:
    """Build a model and compile it, in Keras' sense."""
    import keras

    def loss_of(y: Any, z: Any) -> Any:
        # Keras hands over every target as floats; it takes the mean of the rows itself.
        codes = "int32" if workload.task == "multiclass" else z.dtype
        target = keras.ops.reshape(keras.ops.cast(y, codes), (-1,))
        return compute_row_losses(loss, keras.ops, z, target, workload.task)

    model = keras.Sequential([keras.Input((workload.sizes[0],))])
    for width in workload.hidden:
        model.add(keras.layers.Dense(width, activation="relu"))
    model.add(keras.layers.Dense(workload.sizes[-1]))
    model.compile(optimizer=keras.optimizers.Adam(epsilon=1e-8), loss=loss_of)
    return model


def restart(net: Any, workload: Workload, model: Model) -> None:
    """Draw new weights and reset all moments, without compiling again."""
    import keras

    keras.utils.set_random_seed(model.seed)  # of the batch orders
    layers = draw_layers(workload.sizes, np.random.default_rng(model.seed))
    net.set_weights([array for layer in layers for array in layer])
    for variable in net.optimizer.variables:
        variable.assign(np.zeros(variable.shape, dtype=variable.dtype))
    net.optimizer.learning_rate = model.lr


def _prepare(workload: Workload) -> Ready:
    os.environ["KERAS_BACKEND"], os.environ["JAX_PLATFORMS"] = "jax", "cpu"
    nets: dict[str, Any] = {}

    def fit(model: Model) -> list[np.ndarray]:
        net = nets[model.loss]
        restart(net, workload, model)
        _train(net, workload, workload.epochs)
        weights: list[np.ndarray] = net.get_weights()
        return weights

    started = time.perf_counter()
    for number in choose_spread(workload.models, workload.sample, FORMULAS):
        loss = workload.models[number].loss
        if loss not in nets:
            nets[loss] = build(workload, loss)
            _train(nets[loss], workload, 1)
    compiling = time.perf_counter() - started
    ready = train_one_by_one(workload, fit, _pair_layers)
    note = join_notes(ready.note, "compiled once a loss")
    return Ready(train=ready.train, compiling=compiling, note=note)


def _train(net: Any, workload: Workload, epochs: int) -> None:
    net.fit(workload.X, workload.y, workload.batch_size, epochs, verbose=0, shuffle=True)


def _pair_layers(weights: list[np.ndarray]) -> Layers:
    return list(zip(weights[::2], weights[1::2], strict=True))


PEER = Peer(
    name="keras",
    title="Keras (JAX)",
    needs=("keras", "jax"),
    suits=is_workload,
    prepare=_prepare,
)
