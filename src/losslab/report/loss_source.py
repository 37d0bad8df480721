"""The code of a loss as it was written."""

import inspect
from collections.abc import Callable
from typing import Any

from torch import nn

from losslab.core.errors import OptionError
from losslab.losses.spec import Loss
from losslab.report.losses_catalogue import forms

_PAIRS = "# The same for whole tensors, and for pairs of vectors with a label of 1 or -1 each:"


def source(loss: Loss, task: str | None = None) -> str:
    """The row kernel of each form of the loss, or a user's own function.

    A kernel has no labels of pairs, so the function of tensors follows where the loss takes them.

    Example
        >>> from losslab.losses.catalog import LOSSES
        >>> source(LOSSES["mse"]).splitlines()[0]
        'def kernel('
    """
    parts = []
    for form in forms(loss, task):
        parts.append(_read(form.kernel or form.fn, loss))
        if form.kernel and form.pair_label:
            parts.append(f"{_PAIRS}\n{_read(form.fn, loss)}")
    return "\n\n\n".join(part.rstrip() for part in parts)


def _read(code: Callable[..., Any], loss: Loss) -> str:
    try:
        return inspect.getsource(type(code) if isinstance(code, nn.Module) else code)
    except (OSError, TypeError) as error:
        raise OptionError(
            "--source needs a loss whose code can be read",
            got=f"{loss.label!r} ({error})",
            fix="leave --source out",
        ) from error
