"""The names of the classic course, so that its homework runs with changed imports only.

Everything is imported lazily.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from losslab.course.boundaries import create_decision_boundary_gif, plot_decision_boundary
    from losslab.course.simple_mlp import SimpleMLP
    from losslab.course.simple_mlp_trainer import SimpleMLPTrainer

__all__ = [
    "SimpleMLP",
    "SimpleMLPTrainer",
    "create_decision_boundary_gif",
    "plot_decision_boundary",
]

_MODULES = {
    "SimpleMLP": "losslab.course.simple_mlp",
    "SimpleMLPTrainer": "losslab.course.simple_mlp_trainer",
    "create_decision_boundary_gif": "losslab.course.boundaries",
    "plot_decision_boundary": "losslab.course.boundaries",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'losslab.course' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
