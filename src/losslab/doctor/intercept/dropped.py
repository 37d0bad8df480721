"""Arguments that functions of PyTorch do not hand on to a mode: they are taken from the caller.

``F.l1_loss`` of PyTorch 2.13 asks a mode to call it again without its ``weight``, so that under any
mode it would give the plain mean.
"""

import sys
from typing import Any

import torch
import torch.nn.functional as F
from torch.overrides import handle_torch_function

# Of each function the names of its arguments that some version of PyTorch keeps to itself.
DROPPED: dict[Any, tuple[str, ...]] = {
    F.l1_loss: ("weight",),
    torch.chain_matmul: ("out",),
    torch.Tensor.dim_order: ("ambiguity_check",),
}


def restored(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
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
