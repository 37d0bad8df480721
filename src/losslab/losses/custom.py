"""A user's own function or torch criterion as a ``Loss`` with an open contract."""

import inspect
import math
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from losslab.contracts.domain import EVERY_KIND, Domain, Kind
from losslab.contracts.interval import REALS, UNIT
from losslab.core.errors import ContractError
from losslab.losses.criterion import contract_of, is_plain, written_out
from losslab.losses.module import LossModule
from losslab.losses.spec import Loss

# The first kind is the usual reading: values, unless the function treats zero as undecided.
_READS_VALUES = (Kind.VALUE, *(kind for kind in EVERY_KIND if kind is not Kind.VALUE))
_SAME_SHAPE = tuple(kind for kind in EVERY_KIND if kind is not Kind.CLASS_INDEX)

_ZEROS, _ONES = torch.zeros(4, 3), torch.ones(4, 3)
_CLASSES = torch.tensor([0, 1, 2, 0])


def custom(fn: Callable[..., Tensor]) -> Loss:
    """Wrap ``fn(prediction, target)``; it may return one value a row or element, or one in all.

    It is tried on 4 rows of 3 outputs, with targets of the prediction's shape and with one class
    index per row, to see which it takes, what it returns, and whether it needs probabilities.

    Raises:
        ContractError: if it takes neither, or returns something else than a tensor of values.

    Example
        >>> quartic = custom(lambda prediction, target: ((prediction - target) ** 4).mean())
        >>> quartic.reduces
        'rows'
    """
    contract = contract_of(fn)
    if contract is not None:
        return contract if is_plain(fn) else _with_contract(fn, contract)
    _refuse_what_is_no_function(fn)
    same_shape, by_index = _probe(fn, 0.5, _ONES), _probe(fn, 0.5, _CLASSES)
    value = by_index if isinstance(same_shape, Exception) else same_shape
    if isinstance(value, Exception):
        raise ContractError(
            f"loss {name_of(fn)!r} needs to take (prediction, target): 4 rows of 3 outputs, with "
            "targets of that shape or one class index per row",
            got=f"{type(value).__name__}: {value}",
            fix="give a function of these two tensors alone, for any number of rows and outputs",
        ) from value
    _refuse_other_shapes(fn, value)
    target = _CLASSES if isinstance(same_shape, Exception) else _ONES
    loss = _open_contract(fn, tuple(value.shape), needs_probabilities=_only_unit(fn, target))
    if isinstance(same_shape, Exception):
        return as_class_loss(replace(loss, target=replace(loss.target, kinds=(Kind.CLASS_INDEX,))))
    if isinstance(by_index, Exception):
        return replace(loss, target=replace(loss.target, kinds=_SAME_SHAPE))
    return loss


def as_class_loss(loss: Loss) -> Loss:
    """Let an open contract read one class index per row of ``K`` scores."""
    return replace(
        loss,
        prediction=replace(loss.prediction, over_outputs=True),
        target=replace(loss.target, integer=True),
        over_outputs="joint",
    )


def name_of(fn: Callable[..., Any]) -> str:
    """The name a reader knows a callable by."""
    inner = getattr(fn, "func", fn)  # functools.partial
    return str(getattr(inner, "__name__", type(inner).__name__))


def _open_contract(
    fn: Callable[..., Tensor], shape: tuple[int, ...], *, needs_probabilities: bool
) -> Loss:
    return Loss(
        name=name_of(fn),
        tasks=("binary", "multiclass", "regression", "count"),
        fn=fn,
        prediction=Domain(
            kinds=EVERY_KIND if _reads_scores(fn) else _READS_VALUES,
            within=UNIT if needs_probabilities else REALS,
        ),
        target=Domain(kinds=EVERY_KIND, within=REALS),
        over_outputs="mean" if shape == (4, 3) else "joint",
        reduces="rows" if shape == () else "nothing",
        summary="your own loss",
        shown_as=written_out(fn) if isinstance(fn, nn.Module) else "",
    )


def _with_contract(fn: Callable[..., Tensor], contract: Loss) -> Loss:
    """Keep the contract of a PyTorch criterion that has settings of its own, but no other claim."""
    if contract.pair_label is not None and not isinstance(fn, LossModule):
        raise ContractError(
            f"loss {contract.name!r} needs the mean over the rows, each against its own target",
            got=written_out(fn) if isinstance(fn, nn.Module) else name_of(fn),
            fix="reduction='mean'; for pairs with labels use losslab.Trainer",
        )
    reduces = getattr(fn, "reduction", "mean") != "none"
    return Loss(
        name=contract.name,
        tasks=contract.tasks,
        fn=fn,
        prediction=contract.prediction,
        target=contract.target,
        over_outputs=contract.over_outputs,
        inverse_link=contract.inverse_link,
        by_class=contract.by_class and _with_contract(fn, contract.by_class),
        reduces="rows" if reduces else "nothing",
        summary=f"{fn}",
        shown_as=written_out(fn) if isinstance(fn, nn.Module) else "",
    )


def _probe(fn: Callable[..., Tensor], at: float, target: Tensor) -> Tensor | Exception:
    """What ``fn`` returns for 4 rows of 3 equal outputs, or what it raised."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return fn(torch.full((4, 3), at), target)
    except Exception as error:  # whatever a user's function raises is an answer here
        return error


def _only_unit(fn: Callable[..., Tensor], target: Tensor) -> bool:
    """Whether ``fn`` fails on either side of 0 to 1, as a loss of probabilities does."""
    return all(not _finite(_probe(fn, outside, target)) for outside in (-2.0, 5.0))


def _finite(value: Tensor | Exception) -> bool:
    return isinstance(value, Tensor) and bool(value.isfinite().all())


def _reads_scores(fn: Callable[..., Tensor]) -> bool:
    """Whether zero is the boundary between two classes rather than one of their values.

    Either zero costs the same for both, or going beyond 0 and 1 still pays, as it does for scores
    that weigh one class more than the other; a loss of values is at its best there.
    """
    off, on = _cost(fn, 0.0, _ZEROS), _cost(fn, 0.0, _ONES)
    if off == on and math.isfinite(off):
        return True
    # Comparisons with NaN, for what could not be computed, are false.
    return _cost(fn, -2.0, _ZEROS) < off and _cost(fn, 3.0, _ONES) < _cost(fn, 1.0, _ONES)


def _cost(fn: Callable[..., Tensor], at: float, target: Tensor) -> float:
    """The mean loss of 4 rows of equal outputs; NaN where it can't be computed."""
    value = _probe(fn, at, target)
    return float(value.double().mean()) if isinstance(value, Tensor) else math.nan


def _refuse_what_is_no_function(fn: Any) -> None:
    if callable(fn) and not inspect.isclass(fn):
        return
    raise ContractError(
        "needed a loss: a name, or a function of (prediction, target)",
        got=f"the class {fn.__name__} itself" if inspect.isclass(fn) else repr(fn),
        fix=f"make one of it: {fn.__name__}()" if inspect.isclass(fn) else "loss='mse'",
    )


def _refuse_other_shapes(fn: Callable[..., Tensor], value: Any) -> None:
    shape = tuple(value.shape) if isinstance(value, Tensor) else None
    if shape not in ((), (4,), (4, 3)):
        of_shape = "" if shape is None else f" of shape {shape}"
        raise ContractError(
            f"loss {name_of(fn)!r} needs to return a tensor: one value in all, per row or element",
            got=f"{type(value).__name__}{of_shape} for 4 rows of 3 outputs",
            fix="return values.mean(), values.mean(-1) or values",
        )
