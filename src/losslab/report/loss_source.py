"""The code of a loss as it was written."""

import inspect

from torch import nn

from losslab.core.errors import OptionError
from losslab.losses.spec import Loss
from losslab.report.losses_catalogue import forms


def source(loss: Loss, task: str | None = None) -> str:
    """The row kernel of each form of the loss, or a user's own function.

    Example
        >>> from losslab.losses.catalog import LOSSES
        >>> source(LOSSES["mse"]).splitlines()[0]
        'def kernel('
    """
    parts = []
    for form in forms(loss, task):
        code = form.kernel or form.fn
        try:
            parts.append(inspect.getsource(type(code) if isinstance(code, nn.Module) else code))
        except (OSError, TypeError) as error:
            raise OptionError(
                "--source needs a loss whose code can be read",
                got=f"{loss.label!r} ({error})",
                fix="leave --source out",
            ) from error
    return "\n\n\n".join(part.rstrip() for part in parts)
