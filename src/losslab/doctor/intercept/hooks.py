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
from losslab.doctor.intercept.reader import quiet
from losslab.doctor.location import NOWHERE, users_place
from losslab.doctor.session import Session
from losslab.doctor.watch_state import Pass

Told = Callable[..., None]


@contextmanager
def hooked(session: Session, mode: WatchMode) -> Iterator[None]:
    """Tell a session of optimizers, schedules, clipping and modules.

    Args:
        session: what is told.
        mode: it is paused while an optimizer works.
    """
    with ExitStack() as undo:
        _optimizers(session, undo, mode)
        _zeroing(session, undo, mode)
        for hook in (_forward, _schedules, _clipping, _modes, _attributes, _states):
            hook(session, undo)
        _compiling(session, undo)
        _processes(session, undo)
        yield


def replaced(
    undo: ExitStack, owner: Any, name: str, made: Callable[[Callable[..., Any]], Any]
) -> None:
    """Put ``made(original)`` in the place of an attribute until ``undo`` is closed.

    Args:
        undo: what puts the original back.
        owner: a class or a module.
        name: of the attribute.
        made: gives the new function, given the original.
    """
    original = vars(owner)[name]
    new = wraps(original)(made(original))
    setattr(owner, name, new)
    undo.callback(setattr, owner, name, original)


def told_after(
    session: Session, tell: Told, mode: WatchMode | None = None
) -> Callable[[Callable[..., Any]], Any]:
    """Make a function that calls the original and then tells the session of the outermost call.

    Args:
        session: whose thread counts.
        tell: gets the call's arguments.
        mode: paused during the call, if given.
    """
    depth = 0

    def made(original: Callable[..., Any]) -> Any:
        def function(*args: Any, **kwargs: Any) -> Any:
            nonlocal depth
            if not session.here():
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
                with quiet():
                    tell(*args, **kwargs)
            return output

        return function

    return made


def _optimizers(session: Session, undo: ExitStack, mode: WatchMode) -> None:
    def made(optimizer: Optimizer, *args: Any, **kwargs: Any) -> None:
        place = users_place()
        session.state.note_optimizer(optimizer, place)
        session.happened(events.OptimizerMade, place, optimizer=optimizer)

    def before(optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if session.here():
            _tell_step(session, events.StepBegin, optimizer, closure=_closure(args, kwargs))
            if not _closure(args, kwargs):
                mode.pause()

    def after(optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if session.here():
            mode.resume()
            session.state.steps += 1
            _tell_step(session, events.StepDone, optimizer, closure=_closure(args, kwargs))
            session.after_step()

    replaced(undo, Optimizer, "__init__", told_after(session, made))
    _steps_that_raise(session, undo, mode)
    undo.callback(register_optimizer_step_pre_hook(before).remove)
    undo.callback(register_optimizer_step_post_hook(after).remove)


def _steps_that_raise(session: Session, undo: ExitStack, mode: WatchMode) -> None:
    """Resume the mode also where no hook comes after a step: PyTorch records a step in a block."""

    def made(original: Callable[..., Any]) -> Any:
        def leave(record: Any, *error: Any) -> Any:
            output = original(record, *error)
            if record.name.startswith("Optimizer.step#") and session.here():
                mode.resume()
            return output

        return leave

    replaced(undo, torch.autograd.profiler.record_function, "__exit__", made)


def _closure(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return any(callable(one) for one in (*args[1:], kwargs.get("closure")))


def _tell_step(
    session: Session, kind: type[events.Event], optimizer: Optimizer, *, closure: bool
) -> None:
    with quiet():
        if session.state.known(optimizer) is None:  # it was made before the watch
            session.state.note_optimizer(optimizer, NOWHERE)
        session.happened(kind, users_place(), optimizer=optimizer, closure=closure)


def _zeroing(session: Session, undo: ExitStack, mode: WatchMode) -> None:
    def zeroed(owner: Any, *args: Any, **kwargs: Any) -> None:
        session.happened(events.ZeroGrad, users_place(), owner=owner)

    for owner in (Optimizer, nn.Module):
        replaced(undo, owner, "zero_grad", told_after(session, zeroed, mode))


def _schedules(session: Session, undo: ExitStack) -> None:
    def stepped(scheduler: Any, *args: Any, **kwargs: Any) -> None:
        # A schedule makes its first step when it is constructed.
        frame = sys._getframe(2)
        if frame.f_code.co_name in ("_initial_step", "__init__"):
            return
        session.happened(
            events.SchedulerStep,
            users_place(),
            scheduler=scheduler,
            optimizer=getattr(scheduler, "optimizer", None),
        )

    for owner in (LRScheduler, ReduceLROnPlateau):
        replaced(undo, owner, "step", told_after(session, stepped))


def _clipping(session: Session, undo: ExitStack) -> None:
    """See clipping, also in modules that imported it by name before the watch."""

    for name, owners in _holders("clip_grad_norm_", "clip_grad_value_").items():

        def clipped(parameters: Any, *args: Any, name: str = name, **kwargs: Any) -> None:
            # A generator has been used up by the call.
            single = isinstance(parameters, torch.Tensor)
            many = () if single or not isinstance(parameters, list | tuple) else tuple(parameters)
            limit: Any = args[0] if args else kwargs.get("max_norm", kwargs.get("clip_value"))
            session.happened(
                events.Clip,
                users_place(),
                name=name,
                parameters=(parameters,) if single else many,
                limit=float(limit),
            )

        def listed(original: Callable[..., Any], tell: Told = clipped) -> Any:
            told = told_after(session, tell)(original)

            def function(parameters: Any, *args: Any, **kwargs: Any) -> Any:
                if not isinstance(parameters, torch.Tensor):
                    parameters = list(parameters)
                return told(parameters, *args, **kwargs)

            return function

        for owner in owners:
            replaced(undo, owner, name, listed)


def _holders(*names: str) -> dict[str, list[Any]]:
    """Find the modules that have a function: PyTorch's own, and those that imported it by name."""
    functions = {name: vars(torch.nn.utils)[name] for name in names}
    found: dict[str, list[Any]] = {name: [] for name in names}
    for module in [*sys.modules.values()]:
        held = _globals(module)
        for name, function in functions.items():
            if held.get(name) is function:
                found[name].append(module)
    return found


def _globals(module: Any) -> Mapping[str, Any]:
    found = getattr(module, "__dict__", None)
    return found if isinstance(found, dict) else {}


def _modes(session: Session, undo: ExitStack) -> None:
    def switched(module: nn.Module, *args: Any, **kwargs: Any) -> None:
        session.happened(events.ModeSwitch, users_place(), module=module, training=module.training)

    replaced(undo, nn.Module, "train", told_after(session, switched))


def _attributes(session: Session, undo: ExitStack) -> None:
    """See ``module.requires_grad = ...``; a module may use the name for itself."""

    def made(original: Callable[..., Any]) -> Any:
        def setting(module: nn.Module, name: str, value: Any) -> None:
            original(module, name, value)
            if name != "requires_grad" or not session.here():
                return
            if sys._getframe(1).f_locals.get("self") is not module:
                with quiet():
                    session.happened(events.AttributeSet, users_place(), module=module, value=value)

        return setting

    replaced(undo, nn.Module, "__setattr__", made)


def _states(session: Session, undo: ExitStack) -> None:
    """See state_dict and load_state_dict of a module, not of the modules inside it."""
    inside = False

    def taking(original: Callable[..., Any]) -> Any:
        def state_dict(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            nonlocal inside
            if inside or not session.here():
                return original(module, *args, **kwargs)
            inside = True
            try:
                state = original(module, *args, **kwargs)
            finally:
                inside = False
            with quiet():
                session.happened(events.StateTaken, users_place(), module=module, state=state)
            return state

        return state_dict

    def loading(original: Callable[..., Any]) -> Any:
        def load_state_dict(module: nn.Module, state_dict: Any, *args: Any, **kwargs: Any) -> Any:
            if session.here() and isinstance(state_dict, Mapping):
                with quiet():
                    session.happened(
                        events.StateLoaded, users_place(), module=module, state=state_dict
                    )
            return original(module, state_dict, *args, **kwargs)

        return load_state_dict

    replaced(undo, nn.Module, "state_dict", taking)
    replaced(undo, nn.Module, "load_state_dict", loading)


def _forward(session: Session, undo: ExitStack) -> None:
    """See calls of modules that are not inside another module's call, and who takes the input."""
    case = session.state

    def made(original: Callable[..., Any]) -> Any:
        def call(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            if not session.here():
                return original(module, *args, **kwargs)
            outermost = case.under_way is None
            under_way = case.under_way = case.under_way or Pass(args[0] if args else None)
            if args and not vars(module).get("_modules", True):
                under_way.observe(type(module).__name__, args[0])
            if not outermost:
                return original(module, *args, **kwargs)
            try:
                output = original(module, *args, **kwargs)
            finally:
                case.under_way = None
            if any(map(_transformed, (*args, output))):
                return output
            with quiet():
                session.happened(
                    events.Forward,
                    users_place(),
                    module=module,
                    inputs=args,
                    output=output,
                    takers=tuple(under_way.takers),
                )
            return output

        return call

    replaced(undo, nn.Module, "__call__", made)


def _transformed(value: Any) -> bool:
    """Whether a value belongs to vmap, grad or their kin, inside which nothing can be read."""
    is_tensor = isinstance(value, torch.Tensor)
    return is_tensor and bool(torch._C._functorch.is_functorch_wrapped_tensor(value))


def _compiling(session: Session, undo: ExitStack) -> None:
    """Leave torch.compile out: tracing a mode costs a compilation for every step."""
    sentence = "torch.compile was left out: the code ran, and was checked, uncompiled"

    def whole(original: Callable[..., Any]) -> Any:
        def compiled(model: Any = None, **options: Any) -> Any:
            if not session.here():
                return original(model, **options)
            session.note(sentence)
            return (lambda function: function) if model is None else model

        return compiled

    def inside(original: Callable[..., Any]) -> Any:
        def compiled(module: nn.Module, *args: Any, **options: Any) -> None:
            if session.here():
                session.note(sentence)
            else:
                original(module, *args, **options)

        return compiled

    replaced(undo, torch, "compile", whole)
    replaced(undo, nn.Module, "compile", inside)


def _processes(session: Session, undo: ExitStack) -> None:
    """Say that other processes are not watched; a loader's workers only fetch data."""

    def made(original: Callable[..., Any]) -> Any:
        def start(process: Any, *args: Any, **options: Any) -> Any:
            if session.here() and "torch.utils.data" not in getattr(
                getattr(process, "_target", None), "__module__", ""
            ):
                session.note("what other processes computed was not checked")
            return original(process, *args, **options)

        return start

    replaced(undo, BaseProcess, "start", made)
