"""The mode that intercepts every functional call of PyTorch in its thread.

``F.l1_loss`` of PyTorch 2.13 does not pass its ``weight`` on to a mode, so that under any mode it
would return the unweighted mean; such arguments are read from the caller's frame.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode, handle_torch_function

from losslab.doctor.evidence.values import is_dense
from losslab.doctor.intercept.exceptions import mark_failed_call
from losslab.doctor.intercept.reader import disable_interception
from losslab.doctor.intercept.table import list_readers
from losslab.doctor.session import Session

# The arguments of each function that some version of PyTorch does not pass on to a mode.
DROPPED: dict[Any, tuple[str, ...]] = {
    F.l1_loss: ("weight",),
    torch.chain_matmul: ("out",),
    torch.Tensor.dim_order: ("ambiguity_check",),
}


def restore_dropped(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments with those that PyTorch dropped; call it from a mode.

    Args:
        func: One of ``DROPPED``.
        args: Positional arguments that PyTorch passed on.
        kwargs: Keyword arguments that PyTorch passed on.
    """
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code is not handle_torch_function.__code__:
        frame = frame.f_back
    caller = frame.f_back
    if caller is None:
        return kwargs
    names = caller.f_code.co_varnames[: caller.f_code.co_argcount]
    passed = {*names[: len(args)], *kwargs}
    dropped = {name: caller.f_locals.get(name) for name in DROPPED[func] if name not in passed}
    return kwargs | {name: value for name, value in dropped.items() if value is not None}


_PLAIN = (Tensor, torch.nn.Parameter)

# (function, args, kwargs) -> (args, kwargs): the arguments to call a watched function with.
ArgumentFix = Callable[
    [Any, tuple[Any, ...], dict[str, Any]], tuple[tuple[Any, ...], dict[str, Any]]
]


class WatchMode(TorchFunctionMode):
    """Mode that runs every call unchanged and reads those listed in the table.

    The look-up is one dict access on the function object; unknown functions run at once.
    PyTorch disables the mode during a call, so calls inside a function are not intercepted: one
    call of the user is one call here.

    Args:
        session: Session to notify.
        fix: Optional function that may change the arguments of known calls.
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
        """Leave the stack, also after an exception while the mode was paused."""
        self.resume()
        super().__exit__(*error)  # type: ignore[no-untyped-call]

    def __torch_function__(
        self,
        func: Any,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the call, then read it; mark an exception with the call that raised it."""
        reader = self._table.get(func)
        given = dict(kwargs) if kwargs else {}
        if func in DROPPED:
            given = restore_dropped(func, args, given)
        if reader is not None and self._fix is not None:
            args, given = self._fix(func, args, given)
        try:
            if reader is None or not self._can_read(args, given):
                return func(*args, **given)
            if reader.before is not None:
                reader.before(self._session, args, given)
            output = func(*args, **given)
        except Exception as error:
            mark_failed_call(error, func, args, given)
            raise
        # Inside another watch, its mode would see what rules compute for this one.
        with disable_interception():
            try:
                reader.after(self._session, args, given, output)
            except Exception as error:  # a reader must not disturb the code that is watched
                name = getattr(func, "__name__", type(func).__name__)
                self._session.note(
                    f"calls of {name} were not read: {type(error).__name__}: {error}"
                )
        return output

    def _can_read(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Tell whether a call is in the watched thread and on tensors with readable values."""
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
        if torch._C._functorch.is_functorch_wrapped_tensor(tensor):
            return "calls inside vmap, grad and their kin"
        with disable_interception():  # a subclass may intercept access to its attributes
            return "" if is_dense(tensor) else "calls on sparse, nested or meta tensors"
