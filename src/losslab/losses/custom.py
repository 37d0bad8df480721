"""PyTorch criteria and custom functions as losses."""

import inspect
import math
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from losslab.contracts.domain import ALL_KINDS, Domain, Kind
from losslab.contracts.interval import REALS, UNIT
from losslab.core.errors import ContractError, OptionError
from losslab.losses.catalog import LOSSES
from losslab.losses.module import MEAN_OVER_ROWS, LossModule
from losslab.losses.spec import Loss

# Settings that change the input of a criterion from that of the catalogue's loss.
_CHANGES_INPUT = {"log_input": False, "log_target": True}


def find_contract(criterion: Callable[..., Any]) -> Loss | None:
    """Find the catalogue's loss of a criterion of PyTorch or losslab.

    Examples:
        >>> find_contract(nn.MSELoss(reduction="sum")).name
        'mse'
        >>> find_contract(nn.HuberLoss(delta=0.5)).label
        'huber(delta=0.5)'
        >>> find_contract(nn.Linear(1, 1)) is None
        True
    """
    if isinstance(criterion, LossModule):
        return criterion.loss if isinstance(criterion.loss, Loss) else None
    name = type(criterion).__name__
    if not isinstance(criterion, nn.Module) or type(criterion) is not getattr(nn, name, None):
        return None
    if any(getattr(criterion, name, None) is value for name, value in _CHANGES_INPUT.items()):
        return None
    loss = next((loss for loss in LOSSES.values() if loss.torch_class == f"torch.nn.{name}"), None)
    if loss is None:
        return None
    try:
        return loss.bind(**{param: getattr(criterion, param) for param in loss.params})
    except OptionError:  # PyTorch accepts more values
        return loss


def is_plain(criterion: Callable[..., Any]) -> bool:
    """Return whether a criterion equals the catalogue's loss, with any of its parameters.

    Examples:
        >>> is_plain(nn.CrossEntropyLoss()), is_plain(nn.CrossEntropyLoss(label_smoothing=0.1))
        (True, False)
        >>> is_plain(nn.KLDivLoss()), is_plain(nn.KLDivLoss(reduction="batchmean"))
        (False, True)
    """
    if isinstance(criterion, LossModule):
        return criterion.reduction != "sum"
    contract = find_contract(criterion)
    if not isinstance(criterion, nn.Module) or contract is None:
        return False
    expected = {**_get_settings(type(criterion)()), **contract.params}
    if contract.over_outputs == "sum":
        expected["reduction"] = MEAN_OVER_ROWS
    return _get_settings(criterion) == expected


def _get_settings(module: nn.Module) -> dict[str, Any]:
    public = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return {**public, "buffers": [name for name, _ in module.named_buffers()]}


def format_criterion(criterion: nn.Module) -> str:
    """Format a criterion as its class and the settings that are not the default.

    Examples:
        >>> format_criterion(nn.HuberLoss(delta=0.5)), format_criterion(nn.CrossEntropyLoss())
        ('HuberLoss(delta=0.5)', 'CrossEntropyLoss')
    """
    name = type(criterion).__name__
    try:
        defaults = _get_settings(type(criterion)())
    except TypeError:  # the class has required arguments
        return name
    changed = [
        f"{setting}={value:g}" if isinstance(value, float) else f"{setting}={value!r}"
        for setting, value in _get_settings(criterion).items()
        if setting != "training" and isinstance(value, str | int | float)
        if value != defaults.get(setting)
    ]
    return f"{name}({', '.join(changed)})" if changed else name


# Values come first, as the default kind.
_READS_VALUES = (Kind.VALUE, *(kind for kind in ALL_KINDS if kind is not Kind.VALUE))
_SAME_SHAPE = tuple(kind for kind in ALL_KINDS if kind is not Kind.CLASS_INDEX)

_ZEROS, _ONES = torch.zeros(4, 3), torch.ones(4, 3)
_CLASSES = torch.tensor([0, 1, 2, 0])


def wrap_custom_loss(fn: Callable[..., Tensor]) -> Loss:
    """Wrap ``fn(prediction, target)`` as a loss.

    The function may return one value per row or element, or a single one. It is called for 4 rows
    of 3 outputs, with targets of the prediction's shape and with one class index per row, to infer
    which it takes, what it returns, and whether it needs probabilities.

    Raises:
        ContractError: if it takes neither, or does not return a tensor of values.

    Examples:
        >>> wrap_custom_loss(lambda prediction, target: (prediction - target).abs().mean()).reduces
        'rows'
    """
    contract = find_contract(fn)
    if contract is not None:
        return contract if is_plain(fn) else _wrap_criterion(fn, contract)
    _check_callable(fn)
    same_shape, by_index = _probe(fn, 0.5, _ONES), _probe(fn, 0.5, _CLASSES)
    value = by_index if isinstance(same_shape, Exception) else same_shape
    if isinstance(value, Exception):
        raise ContractError(
            f"loss {get_name(fn)!r} needs to take (prediction, target): 4 rows of 3 outputs, with "
            "targets of that shape or one class index per row",
            got=f"{type(value).__name__}: {value}",
            fix="pass a function of only these two tensors, for any number of rows and outputs",
        ) from value
    _check_shape(fn, value)
    target = _CLASSES if isinstance(same_shape, Exception) else _ONES
    loss = _make_open_contract(
        fn, tuple(value.shape), needs_probabilities=_needs_probabilities(fn, target)
    )
    if isinstance(same_shape, Exception):
        return to_class_loss(replace(loss, target=replace(loss.target, kinds=(Kind.CLASS_INDEX,))))
    if isinstance(by_index, Exception):
        return replace(loss, target=replace(loss.target, kinds=_SAME_SHAPE))
    return loss


def to_class_loss(loss: Loss) -> Loss:
    """Make a custom loss take one class index per row of ``K`` scores."""
    return replace(
        loss,
        prediction=replace(loss.prediction, over_outputs=True),
        target=replace(loss.target, integer=True),
        over_outputs="joint",
    )


def get_name(fn: Callable[..., Any]) -> str:
    """Return the name of a function, of its class or of what a partial wraps."""
    inner = getattr(fn, "func", fn)  # functools.partial
    return str(getattr(inner, "__name__", type(inner).__name__))


def _make_open_contract(
    fn: Callable[..., Tensor], shape: tuple[int, ...], *, needs_probabilities: bool
) -> Loss:
    return Loss(
        name=get_name(fn),
        tasks=("binary", "multiclass", "regression", "count"),
        fn=fn,
        prediction=Domain(
            kinds=ALL_KINDS if _reads_scores(fn) else _READS_VALUES,
            within=UNIT if needs_probabilities else REALS,
        ),
        target=Domain(kinds=ALL_KINDS, within=REALS),
        over_outputs="mean" if shape == (4, 3) else "joint",
        reduces="rows" if shape == () else "nothing",
        summary="your own loss",
        shown_as=format_criterion(fn) if isinstance(fn, nn.Module) else "",
    )


def _wrap_criterion(fn: Callable[..., Tensor], contract: Loss) -> Loss:
    """Wrap a PyTorch criterion with other settings; only the contract is that of the catalogue."""
    if contract.pair_label is not None and not isinstance(fn, LossModule):
        raise ContractError(
            f"loss {contract.name!r} needs the mean over the rows, each against its own target",
            got=format_criterion(fn) if isinstance(fn, nn.Module) else get_name(fn),
            fix="reduction='mean'; for pairs with labels use losslab.Trainer",
        )
    return Loss(
        name=contract.name,
        tasks=contract.tasks,
        fn=fn,
        prediction=contract.prediction,
        target=contract.target,
        over_outputs=contract.over_outputs,
        inverse_link=contract.inverse_link,
        by_class=contract.by_class and _wrap_criterion(fn, contract.by_class),
        reduces="nothing" if getattr(fn, "reduction", "mean") == "none" else "rows",
        summary=f"{fn}",
        shown_as=format_criterion(fn) if isinstance(fn, nn.Module) else "",
    )


def _probe(fn: Callable[..., Tensor], at: float, target: Tensor) -> Tensor | Exception:
    """Call ``fn`` for 4 rows of 3 equal outputs; return its result or the exception."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return fn(torch.full((4, 3), at), target)
    except Exception as error:  # a user's function may raise anything
        return error


def _needs_probabilities(fn: Callable[..., Tensor], target: Tensor) -> bool:
    """Return whether ``fn`` fails on both sides of [0, 1], as a loss of probabilities does."""
    values = [_probe(fn, outside, target) for outside in (-2.0, 5.0)]
    return not any(isinstance(value, Tensor) and value.isfinite().all() for value in values)


def _reads_scores(fn: Callable[..., Tensor]) -> bool:
    """Return whether zero is the boundary between two classes rather than one of their values.

    That is, zero costs the same for both classes, or the loss still falls beyond 0 and 1, as for
    scores with class weights; a loss of values has its minimum there.
    """

    def compute_mean(output: float, target: Tensor) -> float:
        value = _probe(fn, output, target)
        return float(value.double().mean()) if isinstance(value, Tensor) else math.nan

    at_zero, at_one = compute_mean(0.0, _ZEROS), compute_mean(0.0, _ONES)
    if at_zero == at_one and math.isfinite(at_zero):
        return True
    # NaN, for what could not be computed, compares as false.
    falls_below = compute_mean(-2.0, _ZEROS) < at_zero
    return falls_below and compute_mean(3.0, _ONES) < compute_mean(1.0, _ONES)


def _check_callable(fn: Any) -> None:
    if callable(fn) and not inspect.isclass(fn):
        return
    raise ContractError(
        "needed a loss: a name, or a function of (prediction, target)",
        got=f"the class {fn.__name__} itself" if inspect.isclass(fn) else repr(fn),
        fix=f"create an instance: {fn.__name__}()" if inspect.isclass(fn) else "loss='mse'",
    )


def _check_shape(fn: Callable[..., Tensor], value: Any) -> None:
    shape = tuple(value.shape) if isinstance(value, Tensor) else None
    if shape not in ((), (4,), (4, 3)):
        of_shape = "" if shape is None else f" of shape {shape}"
        raise ContractError(
            f"loss {get_name(fn)!r} needs to return a tensor of one value in all, per row or "
            "per element",
            got=f"{type(value).__name__}{of_shape} for 4 rows of 3 outputs",
            fix="return values.mean(), values.mean(-1) or values",
        )
