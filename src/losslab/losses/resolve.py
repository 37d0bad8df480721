"""From what a user names, ``mse`` or ``mylosses:huberish``, to a ``Loss``."""

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from torch import Tensor

from losslab.core.errors import OptionError
from losslab.core.registry import suggest
from losslab.losses.catalog import LOSSES
from losslab.losses.custom import custom, name_of
from losslab.losses.spec import Loss

LossLike = str | Loss | Callable[..., Tensor]


def resolve(loss: LossLike, **params: float) -> Loss:
    """Turn a name, a ``module:function``, a ``Loss`` or a callable into a ``Loss``.

    Example
        >>> resolve("mse").name
        'mse'
    """
    if isinstance(loss, str):
        loss = import_loss(loss) if ":" in loss else LOSSES[loss]
    if isinstance(loss, Loss):
        return loss.bind(**params)
    if params:
        raise OptionError(
            "needed a loss of the catalogue to set parameters on",
            got=f"{', '.join(params)} for {name_of(loss)}",
            fix="set them in the function itself, for example with functools.partial",
        )
    return custom(loss)


def import_loss(path: str) -> Callable[..., Tensor]:
    """Import ``module:function``, looking in the current folder too, as ``python -m`` does."""
    module_name, _, attribute = path.partition(":")
    try:
        with _current_folder_on_path():
            module = importlib.import_module(module_name)
    except Exception as error:  # whatever a user's module raises, it cannot be used
        raise OptionError(
            f"needed a module to import {attribute!r} from",
            got=f"{module_name!r} ({type(error).__name__}: {error})",
            fix="run in the folder that holds the module, or install it; it must import cleanly",
        ) from error
    if not hasattr(module, attribute):
        raise OptionError(
            f"needed a function of module {module_name!r}",
            got=repr(attribute),
            fix=suggest(attribute, [name for name in vars(module) if not name.startswith("_")]),
        )
    found: Callable[..., Tensor] = getattr(module, attribute)
    return found


@contextmanager
def _current_folder_on_path() -> Iterator[None]:
    folder = os.getcwd()
    added = folder not in sys.path
    if added:
        sys.path.insert(0, folder)
    try:
        yield
    finally:
        if added and folder in sys.path:  # unless what was imported has put it in order itself
            sys.path.remove(folder)
