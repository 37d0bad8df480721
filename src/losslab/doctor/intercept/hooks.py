"""Hooks on calls that are not functional: optimizers, schedules, clipping, modules.

Each replaces an attribute of PyTorch with a function that calls the original and notifies the
session. Hooks are removed in reverse order; with nested watches each calls the next.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from multiprocessing.process import BaseProcess
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from torch.optim.optimizer import (
    Optimizer,
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from losslab.doctor import events
from losslab.doctor.intercept.mode import WatchMode
from losslab.doctor.intercept.reader import disable_interception
from losslab.doctor.location import NOWHERE, find_users_place
from losslab.doctor.session import Session
from losslab.doctor.watch_state import Pass

Notify = Callable[..., None]


@contextmanager
def install_hooks(session: Session, mode: WatchMode) -> Iterator[None]:
    """Notify a session of what optimizers, schedulers, clipping and modules do.

    Args:
        session: Session to notify.
        mode: Mode to pause while an optimizer works.
    """
    with ExitStack() as undo:
        _hook_optimizers(session, undo, mode)
        _hook_failed_steps(session, undo, mode)
        _hook_calls(session, undo, mode)
        for hook in (
            _hook_forward,
            _hook_clipping,
            _hook_attributes,
            _hook_load_state_dict,
            _hook_compile,
            _hook_processes,
        ):
            hook(session, undo)
        yield


def replace_attribute(
    undo: ExitStack, owner: Any, name: str, wrap: Callable[[Callable[..., Any]], Any]
) -> None:
    """Replace an attribute by ``wrap(original)`` until ``undo`` is closed.

    Args:
        undo: Stack that restores the original.
        owner: A class or a module.
        name: Name of the attribute.
        wrap: Builds the new function from the original.
    """
    original = vars(owner)[name]
    setattr(owner, name, wraps(original)(wrap(original)))
    undo.callback(setattr, owner, name, original)


def notify_after(
    session: Session, notify: Notify, mode: WatchMode | None = None
) -> Callable[[Callable[..., Any]], Any]:
    """Make a wrapper that calls the original and then notifies of the outermost call.

    Args:
        session: Session whose thread is watched.
        notify: Called with the output and the call's arguments.
        mode: Mode to pause during the call, if given.
    """
    depth = 0

    def wrap(original: Callable[..., Any]) -> Any:
        def function(*args: Any, **kwargs: Any) -> Any:
            nonlocal depth
            if not session.is_watched_here():
                return original(*args, **kwargs)
            depth += 1
            if mode is not None:
                mode.pause()
            try:
                output = original(*args, **kwargs)
            finally:
                depth -= 1
                if mode is not None:
                    mode.resume()
            if not depth:
                with disable_interception():
                    notify(output, *args, **kwargs)
            return output

        return function

    return wrap


def _hook_optimizers(session: Session, undo: ExitStack, mode: WatchMode) -> None:
    def note_construction(output: None, optimizer: Optimizer, *args: Any, **kwargs: Any) -> None:
        place = find_users_place()
        session.state.note_optimizer(optimizer, place)
        session.emit(events.OptimizerMade, place, optimizer=optimizer)

    def before(optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if session.is_watched_here():
            _notify_step(session, events.StepBegin, optimizer, closure=_has_closure(args, kwargs))
            if not _has_closure(args, kwargs):
                mode.pause()

    def after(optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if session.is_watched_here():
            mode.resume()
            session.state.steps += 1
            _notify_step(session, events.StepDone, optimizer, closure=_has_closure(args, kwargs))
            session.after_step()

    replace_attribute(undo, Optimizer, "__init__", notify_after(session, note_construction))
    undo.callback(register_optimizer_step_pre_hook(before).remove)
    undo.callback(register_optimizer_step_post_hook(after).remove)


def _hook_failed_steps(session: Session, undo: ExitStack, mode: WatchMode) -> None:
    """Resume the mode after steps that fail, which run no hook: PyTorch records each in a block."""

    def wrap(original: Callable[..., Any]) -> Any:
        def leave(record: Any, *error: Any) -> Any:
            output = original(record, *error)
            if record.name.startswith("Optimizer.step#") and session.is_watched_here():
                mode.resume()
            return output

        return leave

    replace_attribute(undo, torch.autograd.profiler.record_function, "__exit__", wrap)


def _has_closure(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return any(callable(one) for one in (*args[1:], kwargs.get("closure")))


def _notify_step(
    session: Session, kind: type[events.Event], optimizer: Optimizer, *, closure: bool
) -> None:
    with disable_interception():
        if not session.state.has_optimizer(optimizer):  # constructed before the watch
            session.state.note_optimizer(optimizer, NOWHERE)
        session.emit(kind, find_users_place(), optimizer=optimizer, closure=closure)


def _hook_calls(session: Session, undo: ExitStack, mode: WatchMode) -> None:
    """Notify of zero_grad, steps of schedules, train or eval, and state_dict of outer modules."""

    def note_zero_grad(output: Any, owner: Any, *args: Any, **kwargs: Any) -> None:
        session.emit(events.ZeroGrad, find_users_place(), owner=owner)

    def note_schedule(output: Any, scheduler: Any, *args: Any, **kwargs: Any) -> None:
        # A schedule makes its first step when it is constructed.
        if sys._getframe(2).f_code.co_name not in ("_initial_step", "__init__"):
            session.emit(
                events.SchedulerStep,
                find_users_place(),
                scheduler=scheduler,
                optimizer=getattr(scheduler, "optimizer", None),
            )

    def note_mode(output: Any, module: nn.Module, *args: Any, **kwargs: Any) -> None:
        session.emit(events.ModeSwitch, find_users_place(), module=module, training=module.training)

    def note_state(output: Any, module: nn.Module, *args: Any, **kwargs: Any) -> None:
        session.emit(events.StateTaken, find_users_place(), module=module, state=output)

    for owner, name, notify, paused in (
        (Optimizer, "zero_grad", note_zero_grad, mode),
        (nn.Module, "zero_grad", note_zero_grad, mode),
        (LRScheduler, "step", note_schedule, None),
        (ReduceLROnPlateau, "step", note_schedule, None),
        (nn.Module, "train", note_mode, None),
        (nn.Module, "state_dict", note_state, None),
    ):
        replace_attribute(undo, owner, name, notify_after(session, notify, paused))


def _hook_clipping(session: Session, undo: ExitStack) -> None:
    """Notify of clipping, also in modules that imported it by name before the watch."""
    originals = {name: vars(nn.utils)[name] for name in ("clip_grad_norm_", "clip_grad_value_")}

    def note_clipping(name: str, output: Any, parameters: Any, *args: Any, **kwargs: Any) -> None:
        limit: Any = args[0] if args else kwargs.get("max_norm", kwargs.get("clip_value"))
        session.emit(
            events.Clip,
            find_users_place(),
            name=name,
            parameters=(parameters,) if isinstance(parameters, Tensor) else tuple(parameters),
            limit=float(limit),
        )

    def wrap(original: Callable[..., Any]) -> Any:
        notifying = notify_after(session, partial(note_clipping, original.__name__))(original)

        def clip(parameters: Any, *args: Any, **kwargs: Any) -> Any:
            if not isinstance(parameters, Tensor):
                parameters = list(parameters)  # a generator is used up by the call
            return notifying(parameters, *args, **kwargs)

        return clip

    for module in [*sys.modules.values()]:
        held = getattr(module, "__dict__", None)
        for name, original in originals.items():
            if isinstance(held, dict) and held.get(name) is original:
                replace_attribute(undo, module, name, wrap)


def _hook_attributes(session: Session, undo: ExitStack) -> None:
    """Notify of ``module.requires_grad = ...``, unless the module itself sets it."""

    def wrap(original: Callable[..., Any]) -> Any:
        def set_attribute(module: nn.Module, name: str, value: Any) -> None:
            original(module, name, value)
            if (
                name == "requires_grad"
                and session.is_watched_here()
                and sys._getframe(1).f_locals.get("self") is not module
            ):
                with disable_interception():
                    session.emit(
                        events.AttributeSet, find_users_place(), module=module, value=value
                    )

        return set_attribute

    replace_attribute(undo, nn.Module, "__setattr__", wrap)


def _hook_load_state_dict(session: Session, undo: ExitStack) -> None:
    def wrap(original: Callable[..., Any]) -> Any:
        def load_state_dict(module: nn.Module, state_dict: Any, *args: Any, **kwargs: Any) -> Any:
            if session.is_watched_here() and isinstance(state_dict, Mapping):
                with disable_interception():
                    session.emit(
                        events.StateLoaded, find_users_place(), module=module, state=state_dict
                    )
            return original(module, state_dict, *args, **kwargs)

        return load_state_dict

    replace_attribute(undo, nn.Module, "load_state_dict", wrap)


def _hook_forward(session: Session, undo: ExitStack) -> None:
    """Notify of outermost calls of modules, with the layers that take the first input."""
    state = session.state

    def wrap(original: Callable[..., Any]) -> Any:
        def call(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            if not session.is_watched_here():
                return original(module, *args, **kwargs)
            outermost = state.under_way is None
            under_way = state.under_way = state.under_way or Pass(args[0] if args else None)
            if args and not vars(module).get("_modules", True):
                under_way.observe(type(module).__name__, args[0])
            if not outermost:
                return original(module, *args, **kwargs)
            try:
                output = original(module, *args, **kwargs)
            finally:
                state.under_way = None
            # Nothing can be read inside transforms such as vmap or grad.
            if any(
                isinstance(one, Tensor) and torch._C._functorch.is_functorch_wrapped_tensor(one)
                for one in (*args, output)
            ):
                return output
            with disable_interception():
                session.emit(
                    events.Forward,
                    find_users_place(),
                    module=module,
                    inputs=args,
                    output=output,
                    takers=tuple(under_way.takers),
                )
            return output

        return call

    replace_attribute(undo, nn.Module, "__call__", wrap)


def _hook_compile(session: Session, undo: ExitStack) -> None:
    """Skip torch.compile: with a mode active, every step would be compiled again."""
    sentence = "torch.compile was left out: the code ran, and was checked, uncompiled"

    def wrap_function(original: Callable[..., Any]) -> Any:
        def skip_compilation(model: Any = None, **options: Any) -> Any:
            if not session.is_watched_here():
                return original(model, **options)
            session.note(sentence)
            return (lambda function: function) if model is None else model

        return skip_compilation

    def wrap_method(original: Callable[..., Any]) -> Any:
        def skip_compilation(module: nn.Module, *args: Any, **options: Any) -> None:
            if session.is_watched_here():
                session.note(sentence)
            else:
                original(module, *args, **options)

        return skip_compilation

    replace_attribute(undo, torch, "compile", wrap_function)
    replace_attribute(undo, nn.Module, "compile", wrap_method)


def _hook_processes(session: Session, undo: ExitStack) -> None:
    """Note that other processes are not watched, except workers of a DataLoader."""

    def wrap(original: Callable[..., Any]) -> Any:
        def start(process: Any, *args: Any, **options: Any) -> Any:
            if session.is_watched_here() and "torch.utils.data" not in getattr(
                getattr(process, "_target", None), "__module__", ""
            ):
                session.note("what other processes computed was not checked")
            return original(process, *args, **options)

        return start

    replace_attribute(undo, BaseProcess, "start", wrap)
