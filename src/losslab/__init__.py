"""losslab: find the right loss.

Everything here loads when first used, so that ``import losslab`` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from losslab.data.catalog import load_dataset
    from losslab.losses.catalog import LOSSES
    from losslab.objectives.build import objective
    from losslab.report.compare.compare import compare
    from losslab.report.landscape.landscape import landscape
    from losslab.report.penalty.penalty_path import penalty_path
    from losslab.training.engines.fleet import train
    from losslab.training.mlp import MLP
    from losslab.training.run import Run
    from losslab.training.trainer.trainer import Trainer

__all__ = [
    "LOSSES",
    "MLP",
    "Run",
    "Trainer",
    "compare",
    "landscape",
    "load_dataset",
    "objective",
    "penalty_path",
    "train",
]

_HOMES = {
    "LOSSES": "losslab.losses.catalog",
    "MLP": "losslab.training.mlp",
    "Run": "losslab.training.run",
    "Trainer": "losslab.training.trainer.trainer",
    "compare": "losslab.report.compare.compare",
    "landscape": "losslab.report.landscape.landscape",
    "load_dataset": "losslab.data.catalog",
    "objective": "losslab.objectives.build",
    "penalty_path": "losslab.report.penalty.penalty_path",
    "train": "losslab.training.engines.fleet",
}

# Used with their names in front: losslab.doctor.watch().
_FOLDERS = ("course", "doctor")
# What IPython asks for on %load_ext losslab and %unload_ext losslab.
_FOR_IPYTHON = ("load_ipython_extension", "unload_ipython_extension")

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in _FOLDERS:
        return import_module(f"losslab.{name}")
    if name in _FOR_IPYTHON:
        return getattr(import_module("losslab.doctor.ipython"), name)
    if name not in _HOMES:
        raise AttributeError(f"module 'losslab' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_FOLDERS})
