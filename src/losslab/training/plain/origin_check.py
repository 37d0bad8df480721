"""Whether a model's output has been through a function that its loss cannot do with."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.core.errors import ContractError
from losslab.losses.spec import Loss
from losslab.objectives.catalog import CODECS, HEADS, Pairing, pairings
from losslab.objectives.codec import Codec
from losslab.objectives.fit import misfit
from losslab.objectives.objective import Objective
from losslab.objectives.words import in_words, told
from losslab.training.plain.origin import Origin, origin_of

# Targets of any range and directions of any length may be met by any function's output.
_OPEN = {Kind.VALUE, Kind.UNIT_VECTOR}


def check_criterion_origin(contract: Loss, z: Tensor, target: Tensor) -> None:
    """Refuse an output that an objective with this loss would not take from its head either.

    Example
        >>> from losslab.losses.catalog import LOSSES
        >>> z = torch.zeros(4, 3, requires_grad=True).softmax(-1)
        >>> check_criterion_origin(LOSSES["cross_entropy"], z, torch.tensor([0, 1, 2, 0]))
        Traceback (most recent call last):
        losslab.core.errors.ContractError: loss 'cross_entropy' needs raw scores, but got ...
    """
    origin, loss = origin_of(z), contract.reading(target)
    if origin is None:
        return
    usual = _usual_pairing(loss)
    if usual is not None and _OPEN.isdisjoint(loss.prediction.kinds):
        wrong = misfit(usual.task, origin.head, loss, _wide(CODECS[usual.codec]), usual.head)
        if wrong is not None and not _changes_nothing(origin, _reader(loss)):
            fix = _other_end(origin, usual.head, loss)
            raise ContractError(wrong.needed, got=_seen(origin), fix=fix)
    _refuse_one_output(origin)


def check_objective_origin(objective: Objective, z: Tensor) -> None:
    """Refuse an output that spoils the objective's own head, such as that head applied before."""
    origin = origin_of(z)
    if origin is None or objective.wrong is not None or origin.head.name == "identity":
        return
    _refuse_one_output(origin)
    head, loss = objective.head, objective.loss
    if head.name == "identity":
        codec = _wide(objective.codec)
        wrong = misfit(objective.task, origin.head, loss, codec, head.name)
        if wrong is None or _changes_nothing(origin, _reader(loss)):
            return
        raise ContractError(
            wrong.needed, got=_seen(origin), fix=f"leave out {origin.name} at the end of the model"
        )
    gives_probabilities = {Kind.PROBABILITY, Kind.LOG_PROBABILITY}.intersection(head.emits)
    if not gives_probabilities and head is not origin.head:
        return
    if not _changes_nothing(origin, head.fn):
        raise ContractError(
            f"head {head.name!r} needs the raw output of the model's last layer",
            got=_seen(origin),
            fix=f"leave out {origin.name} at the end of the model: "
            f"the objective applies {head.name} itself",
        )


def _usual_pairing(loss: Loss) -> Pairing | None:
    """The first listed pairing of a loss whose targets it reads in this form."""
    listed = (pair for task in loss.tasks for pair in pairings(task, loss.name))
    fitting = (pair for pair in listed if loss.target.shares_kind(CODECS[pair.codec].emits))
    return next(fitting, None)


def _wide(codec: Codec) -> Codec:
    """The encoding as one for several outputs: how many there are is checked elsewhere."""
    return replace(codec, per_class=True, n_classes=codec.n_classes or 2)


def _refuse_one_output(origin: Origin) -> None:
    if origin.width == 1:
        constant = 0 if Kind.LOG_PROBABILITY in origin.head.emits else 1
        raise ContractError(
            f"{origin.name} needs at least {origin.head.min_width} outputs",
            got=f"a model whose one output comes from {origin.name}: it is always {constant}",
            fix="end a model of one output in torch.nn.Sigmoid(), or give it one output per class",
        )


def _changes_nothing(origin: Origin, read: Callable[[Tensor], Tensor]) -> bool:
    """Whether ``read`` makes the same of an output with and without what it has been through."""
    if origin.head.name == "identity":
        return False  # nothing was done, and that is what is wrong
    z = torch.linspace(-2.0, 3.0, 12, dtype=torch.float64).reshape(4, 3)
    return torch.allclose(read(z), read(origin.head.fn(z)))


def _reader(loss: Loss) -> Callable[[Tensor], Tensor]:
    generator = torch.Generator().manual_seed(0)
    shape = (4,) if loss.target.integer else (4, 3)
    target = loss.target.sample(*shape, generator=generator)
    return lambda prediction: loss.compute(prediction, target)


def _seen(origin: Origin) -> str:
    is_identity = origin.head.name == "identity"
    seen = "scores" if is_identity else told(origin.head.emits, origin.head.reaches)
    return f"{seen} from a model whose output comes from {origin.name}"


def _other_end(origin: Origin, usual_head: str, loss: Loss) -> str:
    if usual_head == "identity":
        return (
            f"leave out {origin.name} at the end of the model: the last layer's own output serves "
            f"as {in_words(loss.prediction.kinds)}"
        )
    instead = "" if origin.head.name == "identity" else f" instead of {origin.name}"
    return f"end the model in {HEADS[usual_head].torch_class}{instead}"
