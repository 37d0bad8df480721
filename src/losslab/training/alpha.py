"""How strong a penalty is."""

from losslab.core.errors import OptionError
from losslab.core.numbers import is_number


def check_alpha(penalty: str, alpha: object) -> None:
    """Refuse an alpha that is no finite number from 0, or one without a penalty to scale.

    >>> check_alpha("l1", 0.01)
    """
    if not is_number(alpha) or not 0.0 <= float(alpha) < float("inf"):
        raise OptionError("needed alpha as a number from 0", got=repr(alpha), fix="alpha=0.01")
    if penalty == "none" and alpha:
        raise OptionError(
            "needed a penalty for alpha to scale",
            got=f"alpha={alpha!r} and penalty='none'",
            fix=f"penalty='l2', alpha={alpha!r}",
        )
