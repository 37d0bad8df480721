"""The kernels that a run needs compiled: the loops, and the catalogues' functions for them."""

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
from losslab.training.engines.compiled import loops
from losslab.training.engines.compiled.cache import compile_cached, is_cached
from losslab.training.engines.compiled.elementary import kernel_math, rowmath
from losslab.training.engines.compiled.intrinsics import get_address
from losslab.training.engines.compiled.jit import (
    INTERNAL_OPTIONS,
    OPTIONS,
    Dispatcher,
    njit_internal,
    rebind_globals,
)
from losslab.training.engines.compiled.state import get_signatures
from losslab.training.penalty import fill_step_sizes
from losslab.training.run import Run

Rows = NDArray[np.float64]

_LOCK = threading.RLock()
_COMPILED: dict[str, Dispatcher] = {}


@dataclass(frozen=True, kw_only=True)
class Specialization:
    """A kernel for one signature, compiled on demand.

    Args:
        name: its name in the cache.
        signature: its Numba types.
        make_function: returns the function; may compile what it calls.
        options: the compiler's; by default for functions that only compiled code calls.
        seconds: estimated compile time.
    """

    name: str
    signature: Any
    make_function: Callable[[], Callable[..., Any]]
    options: dict[str, Any] = field(default_factory=lambda: INTERNAL_OPTIONS)
    seconds: float = 0.25

    def compile(self) -> Dispatcher:
        """Return the compiled function, the same object in the whole process."""
        with _LOCK:
            if self.name not in _COMPILED:
                _COMPILED[self.name] = compile_cached(
                    self.name, self.signature, self.make_function(), self.options
                )
            return _COMPILED[self.name]

    @property
    def is_ready(self) -> bool:
        """Whether the compiled code is loaded or cached."""
        return self.name in _COMPILED or is_cached(self.name)


def specialize_kernels(run: Run) -> dict[str, Specialization]:
    """Specialize all kernels that a run needs, by their role."""
    signatures, objective = get_signatures(run.dtype), run.objective
    activation, optimizer = ACTIVATIONS[run.activation], OPTIMIZERS[run.optimizer]

    def specialize(role: str, name: str, make_function: Any, **options: Any) -> Specialization:
        return Specialization(
            name=f"{name}-{run.dtype}",
            signature=signatures[role],
            make_function=make_function,
            **options,
        )

    loop_options: dict[str, Any] = {"options": OPTIONS}
    return {
        "train": specialize("train", "train", lambda: loops.train, **loop_options, seconds=6.0),
        "score": specialize("score", "score", lambda: loops.score, **loop_options, seconds=1.5),
        "activate": specialize("activate", run.activation, lambda: _link_kernel(activation.kernel)),
        "activation_gradient": specialize(
            "activation_gradient",
            f"{run.activation}-gradient",
            lambda: _link_kernel(activation.gradient_kernel),
        ),
        "update": specialize("update", run.optimizer, lambda: _link_kernel(optimizer.kernel)),
        "proximal_step": specialize(
            "proximal_step", _name_proximal_step(run), lambda: _link_proximal_step(run)
        ),
        "loss_gradient": Specialization(
            name=_name_loss_gradient(objective),
            signature=get_signatures("float64")["loss_gradient"],
            make_function=lambda: _link_loss_gradient(objective),
        ),
        "predict": _specialize_head(HEADS[objective.head.name]),
    }


def compute_predictions(objective: Objective, z: ArrayLike) -> tuple[Rows, Rows]:
    """Compute what a network's outputs predict, in the same bits on every processor.

    Shape:
        z ``(N, K)`` -> the head's output, and probabilities or values, ``(N, K)`` each
    """
    outputs = np.array(z, dtype=np.float64, order="C")
    predictions, linked = np.empty_like(outputs), np.empty_like(outputs)
    predict_rows = Specialization(
        name="predict-rows",
        signature=get_signatures("float64")["predict_rows"],
        make_function=lambda: loops.predict_rows,
        options=OPTIONS,
    ).compile()
    head = get_address(_specialize_head(HEADS[objective.head.name]).compile())
    predict_rows(outputs, head, loops.LINKS[objective.link], predictions, linked)
    return predictions, linked


def _specialize_head(head: Head) -> Specialization:
    return Specialization(
        name=f"head-{head.name}",
        signature=get_signatures("float64")["predict"],
        make_function=lambda: _link_row_function(head.forward),
    )


def estimate_compile_seconds(runs: Iterable[Run]) -> float:
    """Estimate how long the compiler will take for what is not cached yet."""
    needed = {kernel.name: kernel for run in runs for kernel in specialize_kernels(run).values()}
    return sum(kernel.seconds for kernel in needed.values() if not kernel.is_ready)


def compile_kernels(runs: Iterable[Run]) -> None:
    """Compile, or load from the cache, all kernels that runs need."""
    for run in runs:
        for kernel in specialize_kernels(run).values():
            kernel.compile()


def _name_proximal_step(run: Run) -> str:
    function = PENALTIES[run.penalty].kernel
    needs_step_sizes = fill_step_sizes.__name__ in function.__code__.co_names
    return f"{function.__name__}-with-{run.optimizer}" if needs_step_sizes else function.__name__


def _link_proximal_step(run: Run) -> Callable[..., Any]:
    step_sizes = njit_internal(_link_kernel(OPTIMIZERS[run.optimizer].step_size_kernel))
    function = _link_kernel(PENALTIES[run.penalty].kernel)
    return rebind_globals(
        function, {fill_step_sizes.__name__: step_sizes}, f"_with_{run.optimizer}"
    )


def _link_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Bind a catalogue's kernel to compiled functions in place of the plain ones it calls."""
    called = {name: function.__globals__.get(name) for name in function.__code__.co_names}
    return rebind_globals(
        function,
        {
            name: getattr(kernel_math, name, None) or njit_internal(_link_kernel(callee))
            for name, callee in called.items()
            if isinstance(callee, FunctionType) and callee is not fill_step_sizes
        },
    )


def _name_loss_gradient(objective: Objective) -> str:
    loss = objective.loss
    by_class = loss.target.integer and LOSSES[loss.name].by_class is not None
    name = f"{loss.name}-by-class" if by_class else loss.name
    scalar = "-of-numbers" if objective.width == 1 else ""
    return f"{name}-on-{objective.head.name}{scalar}"


def _link_loss_gradient(objective: Objective) -> Callable[..., Any]:
    """Bind the loop over a batch's rows to a loss and its head."""
    head, kernel = HEADS[objective.head.name], objective.loss.kernel
    assert kernel is not None, "only losses with a row kernel are compiled"
    row_functions = {
        "head_forward": _compile_row_function(head.forward),
        "head_backward": _compile_row_function(head.backward),
        "loss": _compile_row_function(kernel),
    }
    loop = loops.scalar_loss_gradients if objective.width == 1 else loops.row_loss_gradients
    tag = f"_{_name_loss_gradient(objective)}".replace("-", "_")
    return rebind_globals(loop, row_functions, tag)


@cache
def _compile_row_function(function: Callable[..., Any]) -> Dispatcher:
    """Compile a head's or loss's function of one row, inlined into the loop over rows."""
    return njit_internal(_link_row_function(function), forceinline=True)


def _link_row_function(function: Callable[..., Any]) -> Callable[..., Any]:
    return rebind_globals(function, {"rowmath": rowmath})
