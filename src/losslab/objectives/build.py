"""Construction of objectives: the choice of head and target encoding, and checks of the fit."""

import warnings
from collections.abc import Mapping
from dataclasses import replace

import torch

from losslab.contracts.domain import Kind
from losslab.contracts.interval import UNIT
from losslab.core.errors import ObjectiveError, OptionError
from losslab.core.registry import suggest
from losslab.core.tasks import NUMBER_TASKS, check_task
from losslab.losses.custom import to_class_loss
from losslab.losses.resolve import LossLike, resolve_loss, split_params
from losslab.losses.spec import Loss
from losslab.objectives.catalog import (
    CODECS,
    HEADS,
    OWN_LOSS_CODECS,
    PAIRINGS,
    list_losses,
    list_pairings,
)
from losslab.objectives.misfit import Misfit, find_misfit
from losslab.objectives.objective import Objective
from losslab.objectives.spec import Codec, Head


def objective(
    loss: LossLike,
    task: str,
    head: str | None = None,
    unchecked: bool = False,
    n_classes: int | None = None,
    **params: float,
) -> Objective:
    """Combine a loss with the head and the target encoding that fit the task.

    Args:
        loss: a name of the catalogue such as ``mse`` or ``huber(delta=2)``, ``module:function``,
            a ``Loss``, or a callable of tensors.
        task: ``binary``, ``multiclass``, ``regression`` or ``count``.
        head: the name of a head; by default the usual one for this loss and task.
        unchecked: whether to accept parts that do not fit, and tensors outside the contract.
        n_classes: the number of classes; needed for multiclass.
        **params: parameters of the loss, and of its target encoding: ``smoothing`` for one-hot
            targets.

    Raises:
        ObjectiveError: if the parts do not fit.

    Examples:
        >>> brier = objective("mse", task="binary")
        >>> brier.head.name, brier.codec.name, brier.width
        ('sigmoid', 'zero_one', 1)
        >>> objective("cross_entropy", task="multiclass", head="softmax", n_classes=3)
        Traceback (most recent call last):
        losslab.core.errors.ObjectiveError: loss 'cross_entropy' needs raw scores, but got ...
    """
    check_task(task)
    n_classes = _check_n_classes(task, n_classes)
    loss, params = split_params(loss, params)
    spec = resolve_loss(loss)
    chosen_head, codec = _choose_parts(spec, task, head)
    spec, codec = _bind_params(loss, spec, replace(codec, n_classes=n_classes), params)
    if spec.by_class is not None and Kind.CLASS_INDEX in codec.emits:
        spec = spec.by_class
    wrong = _find_task_misfit(spec, task) or find_misfit(
        task, chosen_head, spec, codec, _choose_head(spec, task)
    )
    if wrong and not unchecked:
        raise ObjectiveError(wrong.needed, got=wrong.got, fix=wrong.fix)
    if codec.name == "class_index" and not wrong:
        spec = to_class_loss(spec)
    built = Objective(
        task=task,
        head=chosen_head,
        loss=spec,
        codec=codec,
        wrong=str(wrong) if wrong else None,
        unchecked=unchecked,
    )
    if wrong:
        _check_computable(built, wrong)
    return built


def _bind_params(
    loss: LossLike, spec: Loss, codec: Codec, params: Mapping[str, float]
) -> tuple[Loss, Codec]:
    """Bind parameters of the target encoding to it, and all others to the loss."""
    own = {name: value for name, value in params.items() if name in codec.params}
    others = {name: value for name, value in params.items() if name not in codec.params}
    unknown = [name for name in others if name not in spec.params]
    if unknown and spec.kernel is not None:
        known = [*spec.params, *codec.params]
        raise OptionError(
            f"loss {spec.name!r} has no parameter {unknown[0]!r}",
            fix=_suggest_losses_with(unknown[0])
            or (suggest(unknown[0], known) if known else "leave it out"),
        )
    return resolve_loss(loss, **others) if others else spec, codec.bind(**own)


def _suggest_losses_with(name: str) -> str:
    """Suggest losses whose target encoding has a parameter; empty if there are none."""
    losses = dict.fromkeys(pair.loss for pair in PAIRINGS if name in CODECS[pair.codec].params)
    return f"leave it out; {', '.join(losses)} have it, with other targets" if losses else ""


def _check_computable(built: Objective, wrong: Misfit) -> None:
    """Refuse parts that do not fit and cannot be computed either."""
    codec = built.codec
    # Values beyond [0, 1] on both sides, if the encoding allows them.
    labels = [0.0, 1.0] if codec.reads == "classes" else [max(codec.within.low, -7.0), 7.0]
    target = codec.encode(torch.tensor(labels))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            built(torch.zeros(2, built.width), target)
    except Exception as error:
        raise ObjectiveError(
            f"{wrong.needed}, and cannot be computed otherwise, not even unchecked",
            got=f"{wrong.got} ({type(error).__name__}: {error})",
            fix=wrong.fix,
        ) from error


def _check_n_classes(task: str, n_classes: int | None) -> int | None:
    if task in NUMBER_TASKS:
        return None
    if task == "binary":
        return 2
    if n_classes is None or n_classes < 2:
        raise OptionError(
            "task 'multiclass' needs the number of classes", got=repr(n_classes), fix="n_classes=3"
        )
    return n_classes


def _find_task_misfit(loss: Loss, task: str) -> Misfit | None:
    if task in loss.tasks:
        return None
    return Misfit(
        f"loss {loss.name!r} needs a task it can train: {', '.join(loss.tasks)}",
        f"task {task!r}",
        f"for {task} use {', '.join(list_losses(task))}",
    )


def _choose_parts(loss: Loss, task: str, head: str | None) -> tuple[Head, Codec]:
    """Return the listed pairing with this head; for other heads, the usual encoding of the loss."""
    listed = list_pairings(task, loss.name)
    for pair in listed:
        if head in (None, pair.head):
            return HEADS[pair.head], CODECS[pair.codec]
    codec = listed[0].codec if listed else _choose_codec(loss, task)
    return HEADS[head or _choose_head(loss, task)], CODECS[codec]


def _choose_codec(loss: Loss, task: str) -> str:
    """Choose the encoding of a loss without a listed pairing by the target it takes."""
    if task in NUMBER_TASKS:
        return OWN_LOSS_CODECS[task]
    if Kind.CLASS_INDEX in loss.target.kinds:
        return "class_index"
    if task == "binary" and loss.target.kinds == (Kind.SIGNS,):
        return "signs"
    if loss.target.over_outputs:
        return "one_hot"
    return OWN_LOSS_CODECS[task]


def _choose_head(loss: Loss, task: str) -> str:
    listed = list_pairings(task, loss.name) or tuple(
        pair for known in loss.tasks for pair in list_pairings(known, loss.name)
    )
    if listed:
        return listed[0].head
    if task in NUMBER_TASKS or loss.prediction.within != UNIT:
        return "identity"
    return "sigmoid" if _choose_codec(loss, task) == "zero_one" else "softmax"
