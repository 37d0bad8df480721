"""The candidates of a comparison: all combinations of its axes, without duplicates."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any, NamedTuple

from losslab.core.errors import ObjectiveError
from losslab.core.hashing import derive_seed, to_canonical_json
from losslab.data.dataset import Dataset
from losslab.data.options import format_list
from losslab.data.split import Split
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
_LOSS_KEYS = ("loss", "loss_identity", "loss_params", "head", "codec", "select")


class Trial(NamedTuple):
    """A learning rate and a penalty strength, chosen per split; of equals, the smaller wins."""

    lr: float
    alpha: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A configuration to compare, and the values that are tuned on every split.

    Args:
        name: unique among the candidates.
        run: the configuration, on split 0.
        rates: the learning rates to choose from; a single one is fixed.
        alphas: the strengths of the penalty to choose from.
        same_as: other losses with equal gradients, which this candidate stands for.
        requests: how often it was requested; it is trained once.
    """

    name: str
    run: Run
    rates: tuple[float, ...]
    alphas: tuple[float, ...] = (0.0,)
    same_as: tuple[str, ...] = ()
    requests: int = 1

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Every combination that is tried on a split."""
        return tuple(Trial(*pair) for pair in product(self.rates, self.alphas))

    def list_runs(self, splits: Sequence[Split], seed: int) -> list[Run]:
        """List all runs; on one split all candidates have the same seed."""
        return [
            replace(
                self.run,
                lr=trial.lr,
                alpha=trial.alpha,
                split=split.index,
                seed=derive_seed(seed, "run", split.repeat, split.fold) % 2**32,
            )
            for split in splits
            for trial in self.trials
        ]


def make_candidates(
    settings: ComparisonSettings, data: Dataset
) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Return the candidates, and notes on losses that were left out or merged.

    Raises:
        ObjectiveError: if a loss and head that were asked for do not fit the task or each other,
            or do not give what the metric needs.
    """
    losses = settings.loss or tuple(NamedOption(name, {}) for name in list_losses(data.task))
    candidates: list[Candidate] = []
    notes: dict[str, None] = {}
    for loss, head in product(losses, settings.head):
        try:
            run = _build_run(loss, head, settings, data)
        except ObjectiveError as error:
            if settings.loss is not None:
                raise _locate_error(error, loss, head, data) from error
            pairing = _format_loss(loss) + (f" on {head}" if head else "")
            notes[f"left out {pairing}: {error.needed}, but got {error.got}"] = None
            continue
        candidates += _combine_axes(run, settings)
    if not candidates:
        raise ObjectiveError(
            f"needed at least one loss that fits --head {', '.join(map(str, settings.head))}",
            got="; ".join(notes),
            fix="leave --head out",
        )
    named = name_candidates(merge_duplicates(candidates, data.task))
    return named, (*notes, *_describe_merged(named))


def _build_run(loss: Any, head: str | None, settings: ComparisonSettings, data: Dataset) -> Run:
    """Pair a loss and a head; mention ``--unchecked`` in the error if it would admit the pair."""
    build = partial(
        Run,
        **loss_arguments(loss),
        task=data.task,
        n_classes=len(data.classes) or None,
        head=head,
        epochs=settings.epochs,
    )
    try:
        run = build(unchecked=settings.unchecked)
    except ObjectiveError as error:
        if not _is_admitted_unchecked(build):
            raise
        fix = f"{error.fix}; or --unchecked, which admits it, marked as wrong on purpose"
        raise ObjectiveError(error.needed, got=error.got, fix=fix) from error
    _check_metric(settings.metric, run.objective)
    return run


def _is_admitted_unchecked(build: Callable[..., Run]) -> bool:
    try:
        build(unchecked=True)
    except ObjectiveError:
        return False
    return True


def _check_metric(name: str | None, objective: Objective) -> None:
    """Refuse an objective that the ranking metric can't measure."""
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


def _locate_error(
    error: ObjectiveError, loss: Any, head: str | None, data: Dataset
) -> ObjectiveError:
    """Name the options and the column that do not fit."""
    option = f"--loss {_format_loss(loss)}" + (f" --head {head}" if head else "")
    classes = format_list([repr(name) for name in data.classes], limit=5)
    kinds = f"the classes {classes}" if data.classes else "numbers"
    return ObjectiveError(
        f"{option}: {error.needed}",
        got=f"{error.got} (target {data.target!r} has {kinds})",
        fix=error.fix,
    )


def _format_loss(loss: Any) -> str:
    return loss.label if isinstance(loss, NamedOption | Loss) else get_name(loss)


def _combine_axes(run: Run, settings: ComparisonSettings) -> Iterator[Candidate]:
    """Combine a pair of loss and head with the other axes.

    Values that were asked for become candidates of their own; those of ``auto`` are tuned.
    """
    for optimizer, hidden, activation, batch_size, penalty in product(
        settings.optimizer,
        settings.hidden,
        settings.activation,
        settings.batch_size,
        settings.penalty,
    ):
        combined = replace(
            run,
            optimizer=optimizer.name,
            optimizer_params=optimizer.settings,
            hidden=hidden,
            activation=activation,
            batch_size=batch_size,
            penalty=penalty.name,
            penalty_params=penalty.settings,
        )
        rates = [OPTIMIZERS[optimizer.name].learning_rates]
        if settings.lr is not None:
            rates = [(rate,) for rate in settings.lr]
        alphas = [PENALTIES[penalty.name].alphas]
        if settings.alpha is not None and penalty.name != "none":
            alphas = [(alpha,) for alpha in settings.alpha]
        for own_rates, own_alphas in product(rates, alphas):
            yield Candidate(name="", run=combined, rates=own_rates, alphas=own_alphas)


def merge_duplicates(candidates: Sequence[Candidate], task: str) -> list[Candidate]:
    """Merge candidates that are equal or whose losses have equal gradients."""
    merged: list[Candidate] = []
    # Only candidates that are equal in all but the loss are compared.
    groups: dict[tuple[tuple[Trial, ...], str], list[int]] = {}
    for candidate in candidates:
        settings = candidate.run.to_dict()
        others = {name: settings[name] for name in settings if name not in _LOSS_KEYS}
        group = groups.setdefault((candidate.trials, to_canonical_json(others)), [])
        for place in group:
            known = merged[place]
            if _have_same_loss(known.run, candidate.run):
                merged[place] = replace(known, requests=known.requests + 1)
                break
            if _have_equal_gradients(known.run, candidate.run, task):
                label = candidate.run.objective.loss_label
                same_as = dict.fromkeys((*known.same_as, label))
                merged[place] = replace(known, same_as=tuple(same_as))
                break
        else:
            group.append(len(merged))
            merged.append(candidate)
    return merged


def _have_same_loss(first: Run, second: Run) -> bool:
    if first.to_dict() != second.to_dict():
        return False
    # A loss without an identity equals only itself.
    return first.loss_identity is not None or first.objective.loss.fn is second.objective.loss.fn


def _have_equal_gradients(first: Run, second: Run, task: str) -> bool:
    one, other = first.objective.loss, second.objective.loss
    if not _claims_equality(one, other, task) and not _claims_equality(other, one, task):
        return False
    return _has_usual_parts(first) and _has_usual_parts(second)


def _claims_equality(loss: Loss, other: Loss, task: str) -> bool:
    """Return whether a loss declares that its gradients equal those of the other one.

    A declaration of the catalogue does not hold for a user's own loss of the same name.
    """
    foreign = find_catalogue_name(loss) is not None and find_catalogue_name(other) is None
    return other.name in loss.same_as.get(task, ()) and not foreign


def _has_usual_parts(run: Run) -> bool:
    """Return whether head, loss parameters and target encoding are the usual ones.

    Only then do declarations of equal gradients hold.
    """
    chosen = run.objective
    if chosen.wrong is not None or chosen.loss.params != chosen.loss.usual or chosen.codec.changed:
        return False
    return run.head is None or replace(run, head=None).objective.head == chosen.head


def _describe_merged(candidates: Sequence[Candidate]) -> list[str]:
    notes = [
        f"{candidate.name} stands for {', '.join(candidate.same_as)} too: their gradients are equal"
        for candidate in candidates
        if candidate.same_as
    ]
    again = [candidate.name for candidate in candidates if candidate.requests > 1]
    if again:
        notes.append(f"asked for more than once, trained and counted once: {'; '.join(again)}")
    return notes


def name_candidates(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Name each candidate by its loss and by whatever else differs; make the names unique."""
    described = [_describe(candidate) for candidate in candidates]
    others = [key for key in described[0] if key not in ("loss", "head")]
    differing = [key for key in others if len({parts[key] for parts in described}) > 1]
    heads: dict[str, set[str]] = {}
    for parts in described:
        heads.setdefault(parts["loss"], set()).add(parts["head"])
    names = []
    for parts in described:
        head = f" on {parts['head']}" if len(heads[parts["loss"]]) > 1 else ""
        names.append(" / ".join([parts["loss"] + head, *(parts[key] for key in differing)]))
    return tuple(
        replace(candidate, name=name)
        for candidate, name in zip(candidates, _number_repeated(names), strict=True)
    )


def _describe(candidate: Candidate) -> Mapping[str, str]:
    run = candidate.run
    strength = f" alpha {candidate.alphas[0]:g}" if len(candidate.alphas) == 1 else ""
    penalty = NamedOption(run.penalty, run.penalty_params).label + strength
    return {
        "loss": run.objective.loss_label,
        "head": run.objective.head.name,
        "optimizer": NamedOption(run.optimizer, run.optimizer_params).label,
        "hidden": "hidden " + ("-".join(map(str, run.hidden)) or "none"),
        "activation": run.activation,
        "batch_size": f"batch {run.batch_size}",
        "rates": f"lr {candidate.rates[0]:g}" if len(candidate.rates) == 1 else "lr auto",
        "penalty": "no penalty" if run.penalty == "none" else penalty,
    }


def _number_repeated(names: Sequence[str]) -> list[str]:
    """Number the names that occur more than once, such as those of two lambdas."""
    total, counts, numbered = Counter(names), Counter[str](), []
    for name in names:
        counts[name] += 1
        numbered.append(f"{name} #{counts[name]}" if total[name] > 1 else name)
    return numbered
