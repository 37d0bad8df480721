"""Candidates that would train alike, folded into one."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

from losslab.experiment.candidate import Candidate
from losslab.losses.identity import catalogue_name
from losslab.losses.spec import Loss
from losslab.training.run import Run

# What may differ between two losses with equal gradients.
_LOSS_PART = ("loss", "loss_identity", "loss_params", "head", "codec", "select")


def fold(found: Sequence[Candidate], task: str) -> list[Candidate]:
    """Let one candidate stand for those with equal gradients, and for its own repetitions."""
    kept: list[Candidate] = []
    # Only candidates alike in all but the loss are held against each other.
    places: dict[Hashable, list[int]] = {}
    for candidate in found:
        key = (candidate.trials, _hashable(_beside_loss(candidate.run)))
        alike = places.setdefault(key, [])
        for place in alike:
            known = kept[place]
            if _repeats(known, candidate):
                kept[place] = replace(known, asked=known.asked + 1)
                break
            if _equal_gradients(known, candidate, task):
                label = candidate.run.objective.loss_label
                same_as = dict.fromkeys((*known.same_as, label))
                kept[place] = replace(known, same_as=tuple(same_as))
                break
        else:
            alike.append(len(kept))
            kept.append(candidate)
    return kept


def _repeats(known: Candidate, candidate: Candidate) -> bool:
    """Whether both, alike in all but the loss, are of the same loss."""
    first, second = known.run, candidate.run
    if first.spec() != second.spec():
        return False
    # What has no identity is equal to itself at most.
    return first.loss_identity is not None or first.objective.loss.fn is second.objective.loss.fn


def _equal_gradients(known: Candidate, candidate: Candidate, task: str) -> bool:
    first, second = known.run.objective.loss, candidate.run.objective.loss
    if not _claims(first, second, task) and not _claims(second, first, task):
        return False
    return _usual(known.run) and _usual(candidate.run)


def _claims(loss: Loss, other: Loss, task: str) -> bool:
    """Whether a loss says that the other one's gradients equal its own.

    What the catalogue says of a name is not meant for a user's own loss of that name.
    """
    strange = catalogue_name(loss) is not None and catalogue_name(other) is None
    return other.name in loss.same_as.get(task, ()) and not strange


def _beside_loss(run: Run) -> dict[str, Any]:
    return {name: value for name, value in run.spec().items() if name not in _LOSS_PART}


def _hashable(value: Any) -> Hashable:
    if isinstance(value, dict):
        return tuple((name, _hashable(inner)) for name, inner in sorted(value.items()))
    return tuple(value) if isinstance(value, list) else value


def _usual(run: Run) -> bool:
    """Whether all is as it must be for gradients that are known to equal another loss's.

    That is: the usual head, and the usual parameters of the loss and of the target encoding.
    """
    chosen = run.objective
    if chosen.wrong is not None or chosen.loss.params != chosen.loss.usual or chosen.codec.changed:
        return False
    return run.head is None or replace(run, head=None).objective.head == chosen.head
