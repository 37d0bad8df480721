"""The arrays and numbers that the compiled loops take, in named groups, and their Numba types.

Shapes: ``M`` models of ``P`` parameters with ``S`` numbers of optimizer state each, ``N`` rows of
``F`` features and ``T`` targets, an epoch of ``R`` rows in ``steps`` batches of up to ``B``.
"""

from functools import cache
from typing import Any, NamedTuple

from numba import types

Array = Any  # Numba infers its dtype and shape


class Models(NamedTuple):
    """What each model keeps from step to step.

    Args:
        weights: ``(M, P)``.
        state: the optimizer state ``(M, S, P)``.
        steps_done: ``(M,)``.
        settings: the optimizer's settings ``(M, Q)``.
        penalty: the numbers that ``proximal_step`` reads, ``(M, Q)``.
        seeds: ``(M,)``, for dropout.
    """

    weights: Array
    state: Array
    steps_done: Array
    settings: Array
    penalty: Array
    seeds: Array


class Model(NamedTuple):
    """One of ``Models``, without the first axis."""

    weights: Array
    state: Array
    settings: Array
    penalty: Array


class Data(NamedTuple):
    """The table: features ``(N, F)``, targets ``(N, T)``, sample weights ``(N,)``."""

    features: Array
    targets: Array
    weight: Array


class Epoch(NamedTuple):
    """The plan of an epoch.

    Args:
        order: the row numbers of each model in training order, ``(M, R)``.
        learning_rates: of each step of each model, ``(M, steps)``.
        batch_size: ``B``.
        threshold: hidden units whose dropout hash is below are dropped; 0 drops none.
        scale: the factor of the units that stay.
    """

    order: Array
    learning_rates: Array
    batch_size: int
    threshold: int
    scale: float


class KernelPointers(NamedTuple):
    """Addresses of compiled functions."""

    activate: int
    activation_gradient: int
    update: int
    proximal_step: int
    loss_gradient: int


class DropoutMasks(NamedTuple):
    """What the masks of one step depend on; ``threshold`` and ``scale`` as in ``Epoch``."""

    seed: int
    step: int
    threshold: int
    scale: float


class Batch(NamedTuple):
    """One step of one model.

    Args:
        size: rows of the batch.
        first, last: the rows that this call works on; the last is excluded.
        learning_rate: of this step.
        step: the model's step number, from 1.
    """

    size: int
    first: int
    last: int
    learning_rate: float
    step: int


class Workspace(NamedTuple):
    """Scratch memory for a batch.

    Args:
        preactivations, activations: every layer's output before and after its activation, one
            layer after the other; the input is the first of ``activations``. Backpropagation
            overwrites ``preactivations`` with the loss's gradient.
        gradients: the loss's gradient in one hidden layer's ``activations``.
        undropped: one hidden layer's activations before dropout.
        weight_gradients: ``(P,)``.
        transposed_weights: every weight matrix transposed, at the offset of the original, ``(P,)``.
        panel: a packed panel of the right factor of a product, for each part that shares a step.
        packed_inputs: a packed block of a layer's transposed input, for each part.
        zeros: as many as the widest layer has units.
        losses: every row's loss times its weight, ``(B,)``.
    """

    preactivations: Array
    activations: Array
    gradients: Array
    undropped: Array
    weight_gradients: Array
    transposed_weights: Array
    panel: Array
    packed_inputs: Array
    zeros: Array
    losses: Array


class WorkShare(NamedTuple):
    """The part of an epoch that one call of the training loop executes.

    Args:
        first, last: steps of the epoch; the last is excluded.
        part, parts: with several cores, which of how many parts; results do not depend on it.
        phase: ``BOTH_PHASES`` of each step, its ``ROW_PHASE`` or its ``WEIGHT_PHASE``.
    """

    first: int
    last: int
    part: int
    parts: int
    phase: int


BOTH_PHASES, ROW_PHASE, WEIGHT_PHASE = range(3)


@cache
def get_signatures(dtype: str) -> dict[str, Any]:
    """Return the types of every function that Python calls or passes to the loops.

    The loops call all but ``train``, ``score`` and ``predict_rows`` through their addresses, so
    that another loss, head, activation or optimizer does not compile a loop again. A row's loss is
    computed in float64 in any network.

    Args:
        dtype: of the network, ``float32`` or ``float64``.
    """
    real, wide = (types.float32 if dtype == "float32" else types.float64), types.float64
    flat, matrix, cube = real[::1], real[:, ::1], real[:, :, ::1]
    row, table = wide[::1], wide[:, ::1]
    integer, address, indices = types.int64, types.int64, types.int64[::1]
    models = _make_type(Models, matrix, cube, indices, table, table, indices)
    data = _make_type(Data, matrix, table, row)
    epoch = _make_type(Epoch, types.int64[:, ::1], table, integer, integer, wide)
    pointers = _make_type(KernelPointers, *([address] * len(KernelPointers._fields)))
    workspace = _make_type(Workspace, *([flat] * (len(Workspace._fields) - 1)), row)
    share = _make_type(WorkShare, *([integer] * len(WorkShare._fields)))
    arguments = {
        "train": (
            *(models, data, epoch, indices, pointers, row, workspace, share),
            *(row, types.boolean[::1]),
        ),
        "score": (
            *(matrix, data, indices, indices, indices, pointers, address, row),
            *(integer, integer, workspace, wide[:, :, ::1], table),
        ),
        "activate": (matrix, matrix),
        "activation_gradient": (matrix, matrix, matrix),
        "update": (flat, flat, matrix, row, wide, integer, integer),
        "proximal_step": (matrix, matrix, row, row, wide, integer, integer, integer),
        "loss_gradient": (table, table, row, table, row),
        "predict": (row, row),
        "predict_rows": (table, address, integer, table, table),
    }
    return {name: types.void(*types_) for name, types_ in arguments.items()}


def _make_type(group: Any, *members: Any) -> Any:
    """Make the type of a named tuple, for which Numba has two classes."""
    numba_types: Any = types
    if len(set(members)) == 1:
        return numba_types.NamedUniTuple(members[0], len(members), group)
    return numba_types.NamedTuple(members, group)
