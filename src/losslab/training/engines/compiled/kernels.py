"""What a run needs compiled: the loops, and the functions of the catalogues as they stand."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.losses.catalog import LOSSES
from losslab.objectives.catalog import HEADS
from losslab.objectives.objective import Objective
from losslab.objectives.spec import Head
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS, PENALTIES
from losslab.training.engines.compiled import epoch, scoring
from losslab.training.engines.compiled.cache import compiled, is_cached
from losslab.training.engines.compiled.elementary import kernel_math, rowmath
from losslab.training.engines.compiled.jit import (
    ALONE,
    OPTIONS,
    Compiled,
    Signatures,
    inner,
    with_globals,
)
from losslab.training.engines.compiled.pointers import address_of
from losslab.training.penalty import fill_step_sizes
from losslab.training.run import Run

Rows = NDArray[np.float64]

_LOCK = threading.RLock()
_MADE: dict[str, Compiled] = {}


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A function to be compiled.

    Args:
        name: what it is kept under.
        signature: its types.
        function: gives the function; making it may take a while.
        options: of the compiler; those for what only compiled code calls, unless given.
        seconds: about how long the compiler takes.
    """

    name: str
    signature: Any
    function: Callable[[], Callable[..., Any]]
    options: dict[str, Any] = field(default_factory=lambda: ALONE)
    seconds: float = 0.25

    def made(self) -> Compiled:
        """The compiled function, the same object in the whole process."""
        with _LOCK:
            if self.name not in _MADE:
                _MADE[self.name] = compiled(
                    self.name, self.signature, self.function(), self.options
                )
            return _MADE[self.name]

    @property
    def is_ready(self) -> bool:
        """Whether nothing has to be compiled for it."""
        return self.name in _MADE or is_cached(self.name)


def pieces(run: Run) -> dict[str, Piece]:
    """All that a run needs, by the part it plays."""
    signatures, objective = Signatures.of(run.dtype), run.objective
    activation = ACTIVATIONS[run.activation]
    head = HEADS[objective.head.name]

    def typed(name: str, signature: Any, function: Any, **loop: Any) -> Piece:
        return Piece(
            name=f"{name}-{run.dtype}",
            signature=signature,
            function=lambda: function,
            **loop,
        )

    return {
        "train": typed("train", signatures.train, epoch.train, options=OPTIONS, seconds=6.0),
        "score": typed("score", signatures.score, scoring.score, options=OPTIONS, seconds=1.5),
        "activate": typed(run.activation, signatures.activate, _linked(activation.kernel)),
        "activation_gradient": typed(
            f"{run.activation}-gradient",
            signatures.activation_gradient,
            _linked(activation.gradient_kernel),
        ),
        "update": typed(
            run.optimizer, signatures.update, _linked(OPTIMIZERS[run.optimizer].kernel)
        ),
        "proximal_step": Piece(
            name=f"{_proximal_step_name(run)}-{run.dtype}",
            signature=signatures.proximal_step,
            function=lambda: _proximal_step_function(run),
        ),
        "loss_gradient": Piece(
            name=_gradient_name(objective),
            signature=signatures.loss_gradient,
            function=lambda: _gradient_function(objective),
        ),
        "predict": _head_piece(head),
    }


def predictions(objective: Objective, z: ArrayLike) -> tuple[Rows, Rows]:
    """What a network's outputs predict, in the same bits on every processor.

    Shape
        z ``(N, K)`` -> what the head makes of them, and probabilities or values, ``(N, K)`` each
    """
    outputs = np.array(z, dtype=np.float64, order="C")
    made, linked = np.empty_like(outputs), np.empty_like(outputs)
    loop = Piece(
        name="predict-rows",
        signature=Signatures.of("float64").predict_rows,
        function=lambda: scoring.predict_rows,
        options=OPTIONS,
    ).made()
    head = _head_piece(HEADS[objective.head.name]).made()
    loop(outputs, address_of(head), scoring.LINKS[objective.link], made, linked)
    return made, linked


def _head_piece(head: Head) -> Piece:
    return Piece(
        name=f"head-{head.name}",
        signature=Signatures.of("float64").predict,
        function=lambda: _with_rowmath(head.forward),
    )


def seconds_to_compile(runs: Iterable[Run]) -> float:
    """About how long the compiler will take for what is not there yet."""
    needed = {piece.name: piece for run in runs for piece in pieces(run).values()}
    return sum(piece.seconds for piece in needed.values() if not piece.is_ready)


def compile_pieces(runs: Iterable[Run]) -> None:
    """Compile, or load, all that runs need."""
    for run in runs:
        for piece in pieces(run).values():
            piece.made()


def _proximal_step_name(run: Run) -> str:
    function = PENALTIES[run.penalty].kernel
    needs_step_sizes = fill_step_sizes.__name__ in function.__code__.co_names
    return f"{function.__name__}-with-{run.optimizer}" if needs_step_sizes else function.__name__


def _proximal_step_function(run: Run) -> Callable[..., Any]:
    step_sizes = inner(_linked(OPTIMIZERS[run.optimizer].step_size_kernel))
    function = _linked(PENALTIES[run.penalty].kernel)
    return with_globals(function, {fill_step_sizes.__name__: step_sizes}, f"_with_{run.optimizer}")


def _linked(function: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel of a catalogue that calls compiled functions in place of plain ones."""
    called = {name: function.__globals__.get(name) for name in function.__code__.co_names}
    return with_globals(
        function,
        {
            name: getattr(kernel_math, name, None) or inner(_linked(own))
            for name, own in called.items()
            if isinstance(own, FunctionType) and own is not fill_step_sizes
        },
    )


def _form(objective: Objective) -> str:
    loss = objective.loss
    by_class = loss.target.integer and LOSSES[loss.name].by_class is not None
    return f"{loss.name}-by-class" if by_class else loss.name


def _gradient_name(objective: Objective) -> str:
    single = "-of-numbers" if objective.width == 1 else ""
    return f"{_form(objective)}-on-{objective.head.name}{single}"


def _gradient_function(objective: Objective) -> Callable[..., Any]:
    """A loss under a head, for the rows of a batch."""
    head, kernel = HEADS[objective.head.name], objective.loss.kernel
    assert kernel is not None, "only losses with a row kernel are compiled"
    parts: dict[str, Callable[..., Any]] = {
        "head_forward": head.forward,
        "head_backward": head.backward,
        "loss": kernel,
    }
    jitted = {name: _row_function(function) for name, function in parts.items()}
    rows_of = epoch.scalar_loss_gradients if objective.width == 1 else epoch.row_loss_gradients
    return with_globals(rows_of, jitted, f"_{_gradient_name(objective)}".replace("-", "_"))


@cache
def _row_function(function: Callable[..., Any]) -> Compiled:
    """A head's or loss's function for one row, put into the loop over rows."""
    return inner(_with_rowmath(function), forceinline=True)


def _with_rowmath(function: Callable[..., Any]) -> Callable[..., Any]:
    return with_globals(function, {"rowmath": rowmath})
