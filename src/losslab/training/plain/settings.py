"""Settings of a trainer that cannot be used, refused before anything is trained."""

import math
from numbers import Integral, Real

from losslab.core.errors import OptionError
from losslab.training.plain.reading import shown


def check_numbers(lr: float, batch_size: int) -> None:
    """Refuse a learning rate or a batch size that no training can use."""
    if not isinstance(lr, Real) or not 0.0 < lr < math.inf:
        raise OptionError("needed a learning rate above 0", got=repr(lr), fix="lr=0.001")
    check_whole("batch_size", batch_size)


def check_whole(name: str, value: int) -> None:
    """Refuse what is no whole number of at least 1."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        is_data = hasattr(value, "__len__") and not isinstance(value, str)
        raise OptionError(
            f"needed {name} to be a whole number of at least 1",
            got=shown(value) if is_data else repr(value),
            fix=f"pass arrays as one tuple: train((X, y), {name}=10)" if is_data else f"{name}=10",
        )
