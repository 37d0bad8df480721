"""The candidates of a comparison: every combination of the axes that fits, duplicates merged."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

from losslab.core.errors import ObjectiveError
from losslab.data.dataset import Dataset
from losslab.experiment.comparison.candidate import Candidate, name_candidates
from losslab.experiment.comparison.settings import ComparisonSettings
from losslab.experiment.options import NamedOption, loss_arguments
from losslab.losses.custom import get_name
from losslab.losses.identity import find_catalogue_name
from losslab.losses.spec import Loss
from losslab.metrics.catalog import METRICS
from losslab.objectives.catalog import list_losses
from losslab.objectives.objective import Objective
from losslab.training.catalog import OPTIMIZERS, PENALTIES
from losslab.training.run import Run

# What may differ between two losses with equal gradients.
_LOSS_PART = ("loss", "loss_identity", "loss_params", "head", "codec", "select")


def merge_duplicates(found: Sequence[Candidate], task: str) -> list[Candidate]:
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
    if first.to_dict() != second.to_dict():
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
    strange = find_catalogue_name(loss) is not None and find_catalogue_name(other) is None
    return other.name in loss.same_as.get(task, ()) and not strange


def _beside_loss(run: Run) -> dict[str, Any]:
    return {name: value for name, value in run.to_dict().items() if name not in _LOSS_PART}


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


def make_candidates(
    settings: ComparisonSettings, data: Dataset
) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Return the candidates, and notes on what was left out or folded together.

    Raises:
        ObjectiveError: if a loss and head that were asked for do not fit the task or each other,
            or do not give what the metric needs.
    """
    found: list[Candidate] = []
    notes: list[str] = []
    for combination in _combinations(settings, data):
        try:
            run = _run(combination, settings, data)
            _check_metric(settings.metric, run.objective)
        except ObjectiveError as error:
            if settings.loss is not None:
                raise _placed(error, combination, data) from error
            notes.append(f"left out {_pairing(combination)}: {error.needed}, but got {error.got}")
            continue
        found += [
            Candidate(name="", run=run, rates=rates, alphas=alphas)
            for rates in _rates(settings, run)
            for alphas in _alphas(settings, run)
        ]
    if not found:
        raise ObjectiveError(
            f"needed at least one loss that fits --head {', '.join(map(str, settings.head))}",
            got="; ".join(dict.fromkeys(notes)),
            fix="leave --head out",
        )
    folded = name_candidates(merge_duplicates(found, data.task))
    return folded, (*dict.fromkeys(notes), *_folded_notes(folded))


def _combinations(settings: ComparisonSettings, data: Dataset) -> Iterator[tuple[Any, ...]]:
    losses = settings.loss or tuple(NamedOption(name, {}) for name in list_losses(data.task))
    return product(
        losses,
        settings.head,
        settings.optimizer,
        settings.hidden,
        settings.activation,
        settings.batch_size,
        settings.penalty,
    )


def _run(combination: tuple[Any, ...], settings: ComparisonSettings, data: Dataset) -> Run:
    loss, head, optimizer, hidden, activation, batch_size, penalty = combination
    make = partial(
        Run,
        **loss_arguments(loss),
        task=data.task,
        n_classes=len(data.classes) or None,
        head=head,
        hidden=hidden,
        activation=activation,
        optimizer=optimizer.name,
        optimizer_params=optimizer.settings,
        batch_size=batch_size,
        penalty=penalty.name,
        penalty_params=penalty.settings,
        epochs=settings.epochs,
    )
    try:
        return make(unchecked=settings.unchecked)
    except ObjectiveError as error:
        raise _with_way_out(error, make) from error


def _with_way_out(error: ObjectiveError, make: Callable[..., Run]) -> ObjectiveError:
    """Mention ``--unchecked`` where that would admit the pairing."""
    try:
        make(unchecked=True)
    except ObjectiveError:
        return error
    fix = f"{error.fix}; or --unchecked, which admits it, marked as wrong on purpose"
    return ObjectiveError(error.needed, got=error.got, fix=fix)


def _rates(settings: ComparisonSettings, run: Run) -> list[tuple[float, ...]]:
    """The grid of its optimizer, to choose from; or each rate asked for, a candidate of its own."""
    if settings.lr is None:
        return [OPTIMIZERS[run.optimizer].learning_rates]
    return [(rate,) for rate in settings.lr]


def _alphas(settings: ComparisonSettings, run: Run) -> list[tuple[float, ...]]:
    """Those of its penalty, to choose from; or each alpha asked for, a candidate of its own."""
    if settings.alpha is None or run.penalty == "none":
        return [PENALTIES[run.penalty].alphas]
    return [(alpha,) for alpha in settings.alpha]


def _check_metric(name: str | None, objective: Objective) -> None:
    """Refuse a candidate that the ranking metric cannot measure."""
    metric = METRICS[name or "accuracy"]
    if metric.needs != "probabilities" or objective.gives_probabilities:
        return
    if objective.task not in metric.tasks or (metric.accepts_scores and objective.task == "binary"):
        return
    raise ObjectiveError(
        f"metric {metric.name!r} needs class probabilities",
        got=f"{objective.label}, which gives none",
        fix="rank by another --metric, such as accuracy",
    )


def _placed(error: ObjectiveError, combination: tuple[Any, ...], data: Dataset) -> ObjectiveError:
    """Say which options and which column the misfit is about."""
    loss, head = combination[:2]
    option = f"--loss {_loss_name(loss)}" + (f" --head {head}" if head else "")
    kinds = f"the classes {_shown(data.classes)}" if data.classes else "numbers"
    return ObjectiveError(
        f"{option}: {error.needed}",
        got=f"{error.got} (target {data.target!r} has {kinds})",
        fix=error.fix,
    )


def _shown(classes: Sequence[str]) -> str:
    few = ", ".join(map(repr, classes[:5]))
    return f"{few} and {len(classes) - 5} more" if len(classes) > 5 else few


def _pairing(combination: tuple[Any, ...]) -> str:
    loss, head = combination[:2]
    return _loss_name(loss) + (f" on {head}" if head else "")


def _loss_name(loss: Any) -> str:
    if isinstance(loss, NamedOption):
        return loss.label
    return loss.label if isinstance(loss, Loss) else get_name(loss)


def _folded_notes(candidates: Sequence[Candidate]) -> list[str]:
    notes = [
        f"{candidate.name} stands for {', '.join(candidate.same_as)} too: their gradients are equal"
        for candidate in candidates
        if candidate.same_as
    ]
    again = [candidate.name for candidate in candidates if candidate.asked > 1]
    if again:
        notes.append(f"asked for more than once, trained and counted once: {'; '.join(again)}")
    return notes
