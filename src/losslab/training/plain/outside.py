"""Criteria of PyTorch that the catalogue does not have: what their documentation asks for."""

import warnings
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from losslab.contracts.checks import check_domain, check_shapes
from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import UNIT, Interval
from losslab.losses.criterion import contract_of, written_out

_SIGNS = Domain(kinds=(Kind.SIGNS,), within=Interval(-1.0, 1.0), points=(-1.0, 1.0))
_TARGETS: dict[type[nn.Module], Domain] = {
    nn.SoftMarginLoss: _SIGNS,
    nn.HingeEmbeddingLoss: _SIGNS,
    nn.MultiLabelSoftMarginLoss: Domain(kinds=(Kind.PROBABILITY,), within=UNIT),
}


def check_outside(criterion: Callable[..., Any], prediction: Tensor, target: Tensor) -> None:
    """Refuse targets that the documentation of a criterion rules out, where that is known here.

    Example
        >>> import torch
        >>> check_outside(nn.SoftMarginLoss(), torch.zeros(2), torch.tensor([0.0, 1.0]))
        Traceback (most recent call last):
        losslab.core.errors.ContractError: SoftMarginLoss needs a target that is float signs in ...
    """
    domain = _TARGETS.get(type(criterion))  # type: ignore[arg-type]
    if domain is None:
        return
    name = type(criterion).__name__
    check_shapes(name, prediction, target, over_outputs=False)
    # Whole numbers will do: PyTorch takes them too.
    check_domain(name, "target", target.double(), domain)


def warn_of_unknown(criterion: Callable[..., Any]) -> None:
    """Say that nothing is known here about a criterion of PyTorch.

    Nobody expects more of a function of their own.
    """
    known = type(criterion) in _TARGETS or contract_of(criterion) is not None
    if known or not isinstance(criterion, nn.Module):
        return
    if type(criterion).__module__ == nn.MSELoss.__module__:
        warnings.warn(
            f"losslab has no contract for {written_out(criterion)}: nothing checks whether the "
            "shapes and values of outputs and targets suit it",
            UserWarning,
            stacklevel=3,
        )
