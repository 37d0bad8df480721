"""What the compiled loops work on, in named groups.

Shapes: ``M`` models of ``P`` numbers with ``S`` numbers of optimizer state each, ``N`` rows of
``F`` features and ``T`` targets, an epoch of ``R`` rows in ``steps`` batches of up to
``B``.
"""

from typing import Any, NamedTuple

Array = Any  # for readers: Numba finds out an array's dtype and shape by itself


class Models(NamedTuple):
    """All that is kept of each model from step to step.

    Args:
        weights: ``(M, P)``.
        state: the optimizer's memory ``(M, S, P)``.
        counts: steps made so far ``(M,)``.
        settings: the optimizer's settings ``(M, Q)``; ``penalty`` likewise, for ``proximal_step``.
        seeds: ``(M,)``, for dropout.
    """

    weights: Array
    state: Array
    counts: Array
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
    """The table: features ``(N, F)``, targets ``(N, T)``, how much each row counts ``(N,)``."""

    features: Array
    targets: Array
    weight: Array


class Epoch(NamedTuple):
    """What is done in an epoch.

    Args:
        order: which row comes when, for each model ``(M, R)``.
        rates: the learning rate of each step, for each model ``(M, steps)``.
        batch_size: ``B``.
        threshold: below which fate a hidden unit is dropped; 0 drops none.
        scale: what the others are multiplied by.
    """

    order: Array
    rates: Array
    batch_size: int
    threshold: int
    scale: float


class Calls(NamedTuple):
    """Addresses of compiled functions."""

    activate: int
    activation_gradient: int
    update: int
    proximal_step: int
    loss_gradient: int


class DropoutMasks(NamedTuple):
    """What dropout depends on in one step; ``threshold`` and ``scale`` as in ``Epoch``."""

    seed: int
    step: int
    threshold: int
    scale: float


class Batch(NamedTuple):
    """One step of one model.

    Args:
        size: how many rows the batch has.
        first, last: of these, the rows that this call works on; the last is not included.
        rate: the learning rate.
        number: which step of the model's it is, from 1.
    """

    size: int
    first: int
    last: int
    rate: float
    number: int


class Workspace(NamedTuple):
    """Where a batch is worked on.

    Args:
        before, after: every layer's output before and after its activation, one layer after the
            other; the input is the first of ``after``. On the way back the loss's gradient in
            ``before`` takes its place.
        gradients: the loss's gradient in one hidden layer's ``after``.
        plain: one hidden layer's output as it was before units were dropped.
        gradient: ``(P,)``.
        transposed: every weight matrix transposed, at the weights' places ``(P,)``.
        panel: a stripe of a factor of a product, for each of the parts that share a step.
        across: some columns of a layer's input as rows, likewise.
        zeros: as many as the widest layer has units.
        values: every row's loss ``(B,)``, times its weight.
    """

    before: Array
    after: Array
    gradients: Array
    plain: Array
    gradient: Array
    transposed: Array
    panel: Array
    across: Array
    zeros: Array
    values: Array


class Share(NamedTuple):
    """Which part of the work a call does.

    Args:
        first, last: steps of the epoch, the last not included.
        part, parts: with several cores, which of so many parts; results do not depend on it.
        does: ``BOTH`` halves of each step, its ``ROWS`` or its ``WEIGHTS``.
    """

    first: int
    last: int
    part: int
    parts: int
    does: int


BOTH, ROWS, WEIGHTS = range(3)
