"""The contract of a PyTorch criterion, found by its class."""

from collections.abc import Callable
from typing import Any

from torch import nn

from losslab.core.errors import OptionError
from losslab.losses.catalog import LOSSES
from losslab.losses.module import MEAN_OVER_ROWS, LossModule
from losslab.losses.spec import Loss

# Settings with which a criterion reads something else than the catalogue's loss of its class.
_READS_OTHERWISE = {"log_input": False, "log_target": True}


def contract_of(criterion: Callable[..., Any]) -> Loss | None:
    """Return the catalogue's loss for a criterion of PyTorch or losslab, or None.

    Example
        >>> contract_of(nn.MSELoss(reduction="sum")).name
        'mse'
        >>> contract_of(nn.HuberLoss(delta=0.5)).label
        'huber(delta=0.5)'
        >>> contract_of(nn.Linear(1, 1)) is None
        True
    """
    if isinstance(criterion, LossModule):
        return criterion.loss if isinstance(criterion.loss, Loss) else None
    path = f"torch.nn.{type(criterion).__name__}"
    if not isinstance(criterion, nn.Module) or type(criterion) is not getattr(
        nn, type(criterion).__name__, None
    ):
        return None
    if any(getattr(criterion, name, None) is value for name, value in _READS_OTHERWISE.items()):
        return None
    known = next((loss for loss in LOSSES.values() if loss.torch_class == path), None)
    return known and _with_params(known, criterion)


def _with_params(loss: Loss, criterion: nn.Module) -> Loss:
    """Bind the parameters that a criterion has under the same names, where losslab allows them."""
    try:
        return loss.bind(**{name: getattr(criterion, name) for name in loss.params})
    except OptionError:
        return loss


def is_plain(criterion: Callable[..., Any]) -> bool:
    """Whether a criterion is the catalogue's loss itself, whatever that loss's parameters.

    Example
        >>> is_plain(nn.CrossEntropyLoss()), is_plain(nn.CrossEntropyLoss(label_smoothing=0.1))
        (True, False)
        >>> is_plain(nn.KLDivLoss()), is_plain(nn.KLDivLoss(reduction="batchmean"))
        (False, True)
    """
    if isinstance(criterion, LossModule):
        return criterion.reduction != "sum"
    contract = contract_of(criterion)
    if not isinstance(criterion, nn.Module) or contract is None:
        return False
    expected = {**_settings(type(criterion)()), **contract.params}
    if contract.over_outputs == "sum":
        expected["reduction"] = MEAN_OVER_ROWS
    return _settings(criterion) == expected


def _settings(module: nn.Module) -> dict[str, Any]:
    public = {name: item for name, item in vars(module).items() if not name.startswith("_")}
    return {**public, "buffers": [name for name, _ in module.named_buffers()]}


def written_out(criterion: nn.Module) -> str:
    """Write a criterion as a reader would make it: its class, and the settings that are not usual.

    Example
        >>> written_out(nn.HuberLoss(delta=0.5)), written_out(nn.CrossEntropyLoss())
        ('HuberLoss(delta=0.5)', 'CrossEntropyLoss')
    """
    name = type(criterion).__name__
    try:
        usual = _settings(type(criterion)())
    except TypeError:  # it can't be made without settings, so none of them is usual
        return name
    own = _settings(criterion)
    shown = [
        f"{setting}={value:g}" if isinstance(value, float) else f"{setting}={value!r}"
        for setting, value in own.items()
        if setting != "training" and isinstance(value, str | int | float)
        if value != usual.get(setting)
    ]
    return f"{name}({', '.join(shown)})" if shown else name
