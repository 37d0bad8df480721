"""JAX at its best: one program of jit, vmap and scan trains the whole fleet."""

import os
import time
from functools import partial
from typing import Any

import numpy as np

from benchmarks.formulas import compute_row_losses
from benchmarks.initial import draw_layers
from benchmarks.judge import Layers
from benchmarks.peers.one_by_one import make_finished
from benchmarks.peers.spec import Finished, Peer, Ready, is_workload
from benchmarks.workload import Model, Workload


def build_program(workload: Workload) -> Any:
    """Build a function from initial weights, learning rate, loss number and batches to weights."""
    import jax
    import jax.numpy as jnp
    import optax

    X, y = jnp.asarray(workload.X), jnp.asarray(workload.y)
    if workload.task != "multiclass":
        y = y.astype(jnp.float32)
    branches = [
        partial(compute_row_losses, loss, jnp, task=workload.task) for loss in list_losses(workload)
    ]

    def mean_loss(layers: Any, rows: Any, present: Any, which: Any) -> Any:
        hidden = X[rows]
        for weights, biases in layers[:-1]:
            hidden = jax.nn.relu(hidden @ weights + biases)
        z = hidden @ layers[-1][0] + layers[-1][1]
        # One loss needs no switch; under vmap a switch works out every branch.
        own = [lambda z, y, f=branch: f(z=z, y=y) for branch in branches]
        values = jax.lax.switch(which, own, z, y[rows]) if len(own) > 1 else own[0](z, y[rows])
        return (values * present).sum() / present.sum()

    scaled = optax.scale_by_adam()

    def train(layers: Any, lr: Any, which: Any, orders: Any) -> Any:
        # The last batch is filled up with rows that count for nothing, since shapes are fixed.
        def step(carry: Any, batch: Any) -> Any:
            rows, present = batch
            layers, state = carry
            gradient = jax.grad(mean_loss)(layers, rows, present, which)
            update, state = scaled.update(gradient, state)
            layers = jax.tree.map(lambda old, change: old - lr * change, layers, update)
            return (layers, state), None

        def epoch(carry: Any, order: Any) -> Any:
            return jax.lax.scan(step, carry, (order, jnp.asarray(_mark_present_rows(workload))))

        (layers, _), _ = jax.lax.scan(epoch, (layers, scaled.init(layers)), orders)
        return layers

    return jax.jit(jax.vmap(train) if len(workload.models) > 1 else train)


def list_losses(workload: Workload) -> list[str]:
    """List the losses of a workload in the order of their numbers."""
    return sorted({model.loss for model in workload.models})


def _prepare(workload: Workload) -> Ready:
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax

    started = time.perf_counter()
    compiled = build_program(workload).lower(*_make_arguments(workload)).compile()
    compiling = time.perf_counter() - started

    def train() -> Finished:
        layers = jax.block_until_ready(compiled(*_make_arguments(workload)))
        fitted = {number: (layers, number) for number in range(len(workload.models))}
        return make_finished(workload, fitted, lambda one: _select_network(*one, len(fitted) > 1))

    return Ready(train=train, compiling=compiling, note="jit + vmap + scan, one call")


def _make_arguments(workload: Workload) -> tuple[Any, ...]:
    """Draw initial weights and batch orders on the host, which is faster than in JAX."""
    names = list_losses(workload)
    each = [_draw_model(workload, model, names.index(model.loss)) for model in workload.models]
    if len(each) == 1:
        return each[0]
    layers = [
        tuple(np.stack([one[0][depth][part] for one in each]) for part in range(2))
        for depth in range(len(workload.sizes) - 1)
    ]
    return layers, *(np.stack([one[part] for one in each]) for part in range(1, 4))


def _draw_model(workload: Workload, model: Model, which: int) -> tuple[Any, ...]:
    generator = np.random.default_rng(model.seed)
    layers = draw_layers(workload.sizes, generator)
    n_rows, (steps, batch) = len(workload.X), _mark_present_rows(workload).shape
    orders = np.zeros((workload.epochs, steps * batch), dtype=np.int32)
    for order in orders:
        order[:n_rows] = generator.permutation(n_rows)
    orders = orders.reshape(workload.epochs, steps, batch)
    return layers, np.float32(model.lr), np.int32(which), orders


def _mark_present_rows(workload: Workload) -> np.ndarray:
    """Mark rows with 1 and the padding of the last batch with 0, ``(steps, batch)``."""
    n_rows, batch = len(workload.X), workload.batch_size
    steps = -(-n_rows // batch)
    present: np.ndarray = (np.arange(steps * batch) < n_rows).astype(np.float32)
    return present.reshape(steps, batch)


def _select_network(layers: Any, number: int, several: bool) -> Layers:
    arrays = [(np.asarray(weights), np.asarray(biases)) for weights, biases in layers]
    return [(w[number], b[number]) for w, b in arrays] if several else arrays


PEER = Peer(
    name="jax_vmap",
    title="JAX vmap",
    needs=("jax", "optax"),
    suits=is_workload,
    prepare=_prepare,
)
