"""The doctor: watches a training script and names the line that makes its result wrong.

``with losslab.doctor.watch() as report:`` watches a block of code; the command ``losslab doctor
train.py`` watches a whole script in a process of its own. Everything loads when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from losslab.doctor.finding import Finding
    from losslab.doctor.report import Report
    from losslab.doctor.watching import watch

__all__ = ["Finding", "Report", "watch"]

_HOMES = {
    "Finding": "losslab.doctor.finding",
    "Report": "losslab.doctor.report",
    "watch": "losslab.doctor.watching",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'losslab.doctor' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
