"""Hooks on what is no functional call: optimizers, schedules, clipping, modules.

Each replaces an attribute of PyTorch with a function that calls the original and tells the session.
Hooks are taken off in the reverse order; with nested watches each calls the next.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import wraps
from multiprocessing.process import BaseProcess
from typing import Any

import torch
from torch import nn
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
        session: what is notified.
        mode: it is paused while an optimizer works.
    """
    with ExitStack() as undo:
        _hook_optimizers(session, undo, mode)
        _hook_zero_grad(session, undo, mode)
        for hook in (
            _hook_forward,
            _hook_schedulers,
            _hook_clipping,
            _hook_modes,
            _hook_attributes,
            _hook_state_dicts,
        ):
            hook(session, undo)
        _hook_compile(session, undo)
        _hook_processes(session, undo)
        yield


def replace_attribute(
    undo: ExitStack, owner: Any, name: str, wrap: Callable[[Callable[..., Any]], Any]
) -> None:
    """Put ``wrap(original)`` in the place of an attribute until ``undo`` is closed.

    Args:
        undo: what puts the original back.
        owner: a class or a module.
        name: of the attribute.
        wrap: makes the new function from the original.
    """
    original = vars(owner)[name]
    new = wraps(original)(wrap(original))
    setattr(owner, name, new)
    undo.callback(setattr, owner, name, original)


def notify_after(
    session: Session, tell: Notify, mode: WatchMode | None = None
) -> Callable[[Callable[..., Any]], Any]:
    """Make a function that calls the original and then tells the session of the outermost call.

    Args:
        session: whose thread counts.
        tell: gets the call's arguments.
        mode: paused during the call, if given.
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
                    tell(*args, **kwargs)
            return output

        return function

    return wrap


def _hook_optimizers(session: Session, undo: ExitStack, mode: WatchMode) -> None:
    def note_construction(optimizer: Optimizer, *args: Any, **kwargs: Any) -> None:
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
    _resume_after_failed_steps(session, undo, mode)
    undo.callback(register_optimizer_step_pre_hook(before).remove)
    undo.callback(register_optimizer_step_post_hook(after).remove)


def _resume_after_failed_steps(session: Session, undo: ExitStack, mode: WatchMode) -> None:
    """Resume the mode also where no hook comes after a step: PyTorch records a step in a block."""

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
        if not session.state.has_optimizer(optimizer):  # it was made before the watch
            session.state.note_optimizer(optimizer, NOWHERE)
        session.emit(kind, find_users_place(), optimizer=optimizer, closure=closure)


def _hook_zero_grad(session: Session, undo: ExitStack, mode: WatchMode) -> None:
    def note_zero_grad(owner: Any, *args: Any, **kwargs: Any) -> None:
        session.emit(events.ZeroGrad, find_users_place(), owner=owner)

    for owner in (Optimizer, nn.Module):
        replace_attribute(undo, owner, "zero_grad", notify_after(session, note_zero_grad, mode))


def _hook_schedulers(session: Session, undo: ExitStack) -> None:
    def note_step(scheduler: Any, *args: Any, **kwargs: Any) -> None:
        # A schedule makes its first step when it is constructed.
        frame = sys._getframe(2)
        if frame.f_code.co_name in ("_initial_step", "__init__"):
            return
        session.emit(
            events.SchedulerStep,
            find_users_place(),
            scheduler=scheduler,
            optimizer=getattr(scheduler, "optimizer", None),
        )

    for owner in (LRScheduler, ReduceLROnPlateau):
        replace_attribute(undo, owner, "step", notify_after(session, note_step))


def _hook_clipping(session: Session, undo: ExitStack) -> None:
    """See clipping, also in modules that imported it by name before the watch."""

    for name, owners in _find_modules("clip_grad_norm_", "clip_grad_value_").items():

        def note_clipping(parameters: Any, *args: Any, name: str = name, **kwargs: Any) -> None:
            # A generator has been used up by the call.
            single = isinstance(parameters, torch.Tensor)
            many = () if single or not isinstance(parameters, list | tuple) else tuple(parameters)
            limit: Any = args[0] if args else kwargs.get("max_norm", kwargs.get("clip_value"))
            session.emit(
                events.Clip,
                find_users_place(),
                name=name,
                parameters=(parameters,) if single else many,
                limit=float(limit),
            )

        def wrap_listing(original: Callable[..., Any], tell: Notify = note_clipping) -> Any:
            notifying = notify_after(session, tell)(original)

            def function(parameters: Any, *args: Any, **kwargs: Any) -> Any:
                if not isinstance(parameters, torch.Tensor):
                    parameters = list(parameters)
                return notifying(parameters, *args, **kwargs)

            return function

        for owner in owners:
            replace_attribute(undo, owner, name, wrap_listing)


def _find_modules(*names: str) -> dict[str, list[Any]]:
    """Find the modules that have a function: PyTorch's own, and those that imported it by name."""
    functions = {name: vars(torch.nn.utils)[name] for name in names}
    found: dict[str, list[Any]] = {name: [] for name in names}
    for module in [*sys.modules.values()]:
        held = _find_globals(module)
        for name, function in functions.items():
            if held.get(name) is function:
                found[name].append(module)
    return found


def _find_globals(module: Any) -> Mapping[str, Any]:
    found = getattr(module, "__dict__", None)
    return found if isinstance(found, dict) else {}


def _hook_modes(session: Session, undo: ExitStack) -> None:
    def note_mode(module: nn.Module, *args: Any, **kwargs: Any) -> None:
        session.emit(events.ModeSwitch, find_users_place(), module=module, training=module.training)

    replace_attribute(undo, nn.Module, "train", notify_after(session, note_mode))


def _hook_attributes(session: Session, undo: ExitStack) -> None:
    """See ``module.requires_grad = ...``; a module may use the name for itself."""

    def wrap(original: Callable[..., Any]) -> Any:
        def set_attribute(module: nn.Module, name: str, value: Any) -> None:
            original(module, name, value)
            if name != "requires_grad" or not session.is_watched_here():
                return
            if sys._getframe(1).f_locals.get("self") is not module:
                with disable_interception():
                    session.emit(
                        events.AttributeSet, find_users_place(), module=module, value=value
                    )

        return set_attribute

    replace_attribute(undo, nn.Module, "__setattr__", wrap)


def _hook_state_dicts(session: Session, undo: ExitStack) -> None:
    """See state_dict and load_state_dict of a module, not of the modules inside it."""
    inside = False

    def wrap_state_dict(original: Callable[..., Any]) -> Any:
        def state_dict(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            nonlocal inside
            if inside or not session.is_watched_here():
                return original(module, *args, **kwargs)
            inside = True
            try:
                state = original(module, *args, **kwargs)
            finally:
                inside = False
            with disable_interception():
                session.emit(events.StateTaken, find_users_place(), module=module, state=state)
            return state

        return state_dict

    def wrap_load_state_dict(original: Callable[..., Any]) -> Any:
        def load_state_dict(module: nn.Module, state_dict: Any, *args: Any, **kwargs: Any) -> Any:
            if session.is_watched_here() and isinstance(state_dict, Mapping):
                with disable_interception():
                    session.emit(
                        events.StateLoaded, find_users_place(), module=module, state=state_dict
                    )
            return original(module, state_dict, *args, **kwargs)

        return load_state_dict

    replace_attribute(undo, nn.Module, "state_dict", wrap_state_dict)
    replace_attribute(undo, nn.Module, "load_state_dict", wrap_load_state_dict)


def _hook_forward(session: Session, undo: ExitStack) -> None:
    """See calls of modules that are not inside another module's call, and who takes the input."""
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
            if any(map(_is_transformed, (*args, output))):
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


def _is_transformed(value: Any) -> bool:
    """Whether a value belongs to vmap, grad or their kin, inside which nothing can be read."""
    is_tensor = isinstance(value, torch.Tensor)
    return is_tensor and bool(torch._C._functorch.is_functorch_wrapped_tensor(value))


def _hook_compile(session: Session, undo: ExitStack) -> None:
    """Leave torch.compile out: tracing a mode costs a compilation for every step."""
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
    """Say that other processes are not watched; a loader's workers only fetch data."""

    def wrap(original: Callable[..., Any]) -> Any:
        def start(process: Any, *args: Any, **options: Any) -> Any:
            if session.is_watched_here() and "torch.utils.data" not in getattr(
                getattr(process, "_target", None), "__module__", ""
            ):
                session.note("what other processes computed was not checked")
            return original(process, *args, **options)

        return start

    replace_attribute(undo, BaseProcess, "start", wrap)
