"""Losses by name, such as ``mse`` or ``mylosses:huberish``."""

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from torch import Tensor

from losslab.core.errors import OptionError
from losslab.core.registry import parse_name, suggest
from losslab.losses.catalog import LOSSES
from losslab.losses.custom import get_name, wrap_custom_loss
from losslab.losses.spec import Loss

LossLike = str | Loss | Callable[..., Tensor]


def resolve_loss(loss: LossLike, **params: float) -> Loss:
    """Turn a name, a ``module:function``, a ``Loss`` or a callable into a ``Loss``.

    Args:
        loss: the name may have parameters, as in ``huber(delta=2)``.
        **params: parameters of the loss.

    Examples:
        >>> resolve_loss("mse").name, resolve_loss("huber(delta=2)").label
        ('mse', 'huber(delta=2)')
    """
    loss, params = split_params(loss, params)
    if isinstance(loss, str):
        loss = import_loss(loss) if ":" in loss else LOSSES[loss]
    if isinstance(loss, Loss):
        return loss.bind(**params)
    if params:
        raise OptionError(
            "needed a loss of the catalogue for parameters",
            got=f"{', '.join(params)} for {get_name(loss)}",
            fix="set them in the function itself, for example with functools.partial",
        )
    return wrap_custom_loss(loss)


def split_params(loss: LossLike, params: Mapping[str, float]) -> tuple[LossLike, dict[str, float]]:
    """Take the parameters out of a name such as ``huber(delta=2)``, and add others.

    Raises:
        OptionError: if a parameter is set both in the name and in ``params``.

    Examples:
        >>> split_params("multi_margin(p=2)", {"margin": 0.5})
        ('multi_margin', {'p': 2.0, 'margin': 0.5})
    """
    if not isinstance(loss, str) or loss.partition("(")[0] not in LOSSES:
        return loss, dict(params)
    name, own = parse_name(loss, needed="a loss")
    twice = [param for param in own if param in params]
    if twice:
        raise OptionError(
            f"needed {twice[0]} of loss {name!r} once",
            got=f"{loss!r} and {twice[0]}={params[twice[0]]!r}",
            fix=f"loss={name!r} with {twice[0]}={params[twice[0]]!r}, or {loss!r} alone",
        )
    return name, {**own, **params}


def import_loss(path: str) -> Callable[..., Tensor]:
    """Import ``module:function``, also from the current folder, as ``python -m`` does."""
    module_name, _, attribute = path.partition(":")
    try:
        with _add_current_folder_to_path():
            module = importlib.import_module(module_name)
    except Exception as error:  # a user's module may raise anything
        raise OptionError(
            f"needed a module to import {attribute!r} from",
            got=f"{module_name!r} ({type(error).__name__}: {error})",
            fix="run in the folder of the module, or install it; importing it must not fail",
        ) from error
    if not hasattr(module, attribute):
        raise OptionError(
            f"needed a function of module {module_name!r}",
            got=repr(attribute),
            fix=suggest(attribute, [name for name in vars(module) if not name.startswith("_")]),
        )
    function: Callable[..., Tensor] = getattr(module, attribute)
    return function


@contextmanager
def _add_current_folder_to_path() -> Iterator[None]:
    folder = os.getcwd()
    added = folder not in sys.path
    if added:
        sys.path.insert(0, folder)
    try:
        yield
    finally:
        if added and folder in sys.path:  # unless the module removed it
            sys.path.remove(folder)
