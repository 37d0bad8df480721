"""The mode that sees every functional call of PyTorch in its thread.

``F.l1_loss`` of PyTorch 2.13 asks a mode to call it again without its ``weight``, so that under any
mode it would give the plain mean; such arguments are taken from the caller.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode, handle_torch_function

from losslab.doctor.evidence.values import is_dense
from losslab.doctor.intercept.exceptions import mark
from losslab.doctor.intercept.losses import list_loss_functions
from losslab.doctor.intercept.reader import disable_interception, do_nothing
from losslab.doctor.intercept.table import list_readers
from losslab.doctor.location import find_users_place
from losslab.doctor.session import Session

# Of each function the names of its arguments that some version of PyTorch keeps to itself.
DROPPED: dict[Any, tuple[str, ...]] = {
    F.l1_loss: ("weight",),
    torch.chain_matmul: ("out",),
    torch.Tensor.dim_order: ("ambiguity_check",),
}


def restore(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Give the arguments by name with those that were kept; call it from a mode.

    Args:
        func: one of ``DROPPED``.
        args: what it handed on by place.
        kwargs: and by name.
    """
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code is not handle_torch_function.__code__:
        frame = frame.f_back
    caller = frame.f_back
    if caller is None:
        return kwargs
    names = caller.f_code.co_varnames[: caller.f_code.co_argcount]
    handed_on = {*names[: len(args)], *kwargs}
    kept = {name: caller.f_locals.get(name) for name in DROPPED[func] if name not in handed_on}
    return kwargs | {name: value for name, value in kept.items() if value is not None}


_PLAIN = (Tensor, torch.nn.Parameter)
_wrapped = torch._C._functorch.is_functorch_wrapped_tensor

# (function, args, kwargs) -> (args, kwargs): what a watched function is called with instead.
ArgumentFix = Callable[
    [Any, tuple[Any, ...], dict[str, Any]], tuple[tuple[Any, ...], dict[str, Any]]
]


class WatchMode(TorchFunctionMode):
    """Lets every call run and reads those that the table knows.

    The look-up is one dict access on the function object; unknown functions are passed at once.
    PyTorch leaves the mode for as long as a call lasts, so that what a function calls inside is
    not seen: one call of the user is one call here.

    Args:
        session: what the calls are told to.
        fix: if given, may change the arguments of known calls.
    """

    def __init__(self, session: Session, fix: ArgumentFix | None = None) -> None:
        super().__init__()
        self._session, self._fix = session, fix
        self._table = list_readers()
        self._paused = False

    def pause(self) -> None:
        """Leave the stack of modes, if this one is on top, until :meth:`resume`.

        An optimizer's step on small layers makes over a hundred calls, none of them the user's.
        """
        depth = torch._C._len_torch_function_stack()
        if depth and torch._C._get_function_stack_at(depth - 1) is self:
            torch._C._pop_torch_function_stack()
            self._paused = True

    def resume(self) -> None:
        """Go back on the stack of modes, if :meth:`pause` left it."""
        if self._paused:
            torch._C._push_on_torch_function_stack(self)
            self._paused = False

    def __exit__(self, *error: Any) -> None:
        """Leave the stack; an exception may have come while this mode was paused."""
        self.resume()
        super().__exit__(*error)  # type: ignore[no-untyped-call]

    def __torch_function__(
        self,
        func: Any,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the call, then read it; exceptions are marked with the call they came from."""
        reader = self._table.get(func)
        given = dict(kwargs) if kwargs else {}
        if func in DROPPED:
            given = restore(func, args, given)
        if reader is not None and self._fix is not None:
            args, given = self._fix(func, args, given)
        try:
            if reader is None:
                return func(*args, **given)
            if not self._can_read(args, given):
                return func(*args, **given)
            if reader.before is not do_nothing:
                reader.before(self._session, args, given)
            output = func(*args, **given)
        except Exception as error:
            self._mark_failed_call(func, args, given, error)
            raise
        # Inside another watch, its mode would see what rules compute for this one.
        with disable_interception():
            try:
                reader.after(self._session, args, given, output)
            except Exception as error:
                self._cannot_read(func, error)
        return output

    def _cannot_read(self, func: Any, error: Exception) -> None:
        """Say that a reader failed: the call itself must not be disturbed by that."""
        name = getattr(func, "__name__", type(func).__name__)
        self._session.note(f"calls of {name} were not read: {type(error).__name__}: {error}")

    def _can_read(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether a call is in the watched thread and on tensors whose values can be read."""
        if not self._session.is_watched_here():
            return False
        for one in (*args, *kwargs.values()) if kwargs else args:
            if isinstance(one, Tensor) and not (type(one) in _PLAIN and is_dense(one)):
                unread = self._describe_unreadable(one)
                if unread:
                    self._session.note(f"{unread} were not checked")
                    return False
        return True

    def _describe_unreadable(self, tensor: Any) -> str:
        kind: Any = type(tensor)
        if kind not in _PLAIN and kind.__torch_dispatch__ is not Tensor.__torch_dispatch__:
            return f"calls on tensors of type {kind.__name__}"
        if _wrapped(tensor):
            return "calls inside vmap, grad and their kin"
        with disable_interception():  # a subclass may see its attributes asked for
            return "" if is_dense(tensor) else "calls on sparse, nested or meta tensors"

    def _mark_failed_call(
        self, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], error: Exception
    ) -> None:
        loss = list_loss_functions().get(func)
        named = (
            loss.name_arguments(args, kwargs)
            if loss is not None
            else {str(place): arg for place, arg in enumerate(args)} | dict(kwargs)
        )
        name = getattr(func, "__name__", type(func).__name__)
        mark(error, name, None if loss is None else loss.name, named, find_users_place())
