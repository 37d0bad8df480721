"""The candidates of a comparison: every combination of the axes, checked to fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from losslab.core.errors import ObjectiveError
from losslab.core.seeds import seed_for
from losslab.data.spec import Dataset
from losslab.data.split import Split
from losslab.experiment.axes import Named
from losslab.experiment.settings import Settings
from losslab.objectives.catalog import losses_for
from losslab.training.catalog import OPTIMIZERS
from losslab.training.run import Run


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One line of the ranking: a set-up, and the learning rates to choose from.

    Args:
        name: what tells it from the others.
        run: its set-up on split 0.
        rates: the learning rates tried on every split; one if it is fixed.
        same_as: other losses with equal gradients, which this one stands for.
    """

    name: str
    run: Run
    rates: tuple[float, ...]
    same_as: tuple[str, ...] = ()

    def runs(self, splits: Sequence[Split], seed: int) -> list[Run]:
        """All its runs; on one split every candidate starts from the same seed."""
        return [
            replace(self.run, lr=rate, split=split.index, seed=run_seed(seed, split))
            for split in splits
            for rate in self.rates
        ]


def run_seed(seed: int, split: Split) -> int:
    """The seed of all runs on one split; it depends on nothing but the split's place."""
    return seed_for(seed, "run", split.repeat, split.fold) % 2**32


def make_candidates(
    settings: Settings, data: Dataset
) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Return the candidates, and notes on what was left out or folded together.

    Raises:
        ObjectiveError: if a loss and head that were asked for do not fit the task or each other.
    """
    losses = settings.losses or tuple(Named(name, {}) for name in losses_for(data.task))
    asked_for = settings.losses is not None or settings.heads == (None,)
    found: list[tuple[Run, tuple[float, ...]]] = []
    notes: list[str] = []
    for combination in product(
        losses,
        settings.heads,
        settings.optimizers,
        settings.architectures,
        settings.activations,
        settings.batch_sizes,
    ):
        try:
            run = _run(combination, settings, data)
        except ObjectiveError as error:
            if asked_for:
                raise _placed(error, combination, data) from error
            notes.append(f"left out {combination[0].name} on {combination[1]}: {error.needed}")
            continue
        auto = OPTIMIZERS[run.optimizer].learning_rates
        fixed = settings.learning_rates
        found += [(run, auto)] if fixed is None else [(run, (rate,)) for rate in fixed]
    if not found:
        raise ObjectiveError(
            f"needed at least one loss that fits --head {','.join(map(str, settings.heads))}",
            got="; ".join(notes),
            fix="leave --head out",
        )
    folded, said = _fold(found, data.task)
    return _name(folded), (*dict.fromkeys(notes), *said)


def _run(combination: tuple[Any, ...], settings: Settings, data: Dataset) -> Run:
    loss, head, optimizer, hidden, activation, batch_size = combination
    by_name = isinstance(loss, Named)
    return Run(
        loss=loss.name if by_name else loss,
        loss_params=loss.settings if by_name else {},
        task=data.task,
        n_classes=len(data.classes) or None,
        head=head,
        hidden=hidden,
        activation=activation,
        optimizer=optimizer.name,
        optimizer_params=optimizer.settings,
        batch_size=batch_size,
        epochs=settings.epochs,
        unchecked=settings.unchecked,
    )


def _placed(error: ObjectiveError, combination: tuple[Any, ...], data: Dataset) -> ObjectiveError:
    """Say which options and which column the misfit is about."""
    loss, head = combination[:2]
    option = f"--loss {getattr(loss, 'name', loss)}" + (f" --head {head}" if head else "")
    kinds = f"{len(data.classes)} classes" if data.classes else "numbers"
    return ObjectiveError(
        f"{option}: {error.needed}",
        got=f"{error.got} (target {data.target!r} has {kinds})",
        fix=f"{error.fix}; --unchecked admits it, marked as wrong on purpose",
    )


def _fold(
    found: Sequence[tuple[Run, tuple[float, ...]]], task: str
) -> tuple[list[Candidate], list[str]]:
    """Let one candidate stand for those with equal gradients, and drop repeated ones."""
    kept: dict[str, Candidate] = {}
    notes: list[str] = []
    for run, rates in found:
        twin = next((name for name in kept if _equal_gradients(kept[name], run, rates, task)), None)
        if twin is None:
            kept[f"{len(kept)}"] = Candidate(name="", run=run, rates=rates)
            continue
        loss = run.objective.loss.label
        if loss == kept[twin].run.objective.loss.label:
            notes.append(f"{loss} was asked for twice and counts once")
            continue
        kept[twin] = replace(kept[twin], same_as=(*kept[twin].same_as, loss))
        notes.append(f"{loss} has the gradients of {kept[twin].run.objective.loss.label}")
    return list(kept.values()), notes


def _equal_gradients(kept: Candidate, run: Run, rates: tuple[float, ...], task: str) -> bool:
    def rest(of: Run) -> Mapping[str, Any]:
        loss_part = ("loss", "loss_identity", "loss_params", "head", "codec", "select")
        return {name: value for name, value in of.spec().items() if name not in loss_part}

    if kept.rates != rates or rest(kept.run) != rest(run):
        return False
    first, second = kept.run.objective, run.objective
    if first.label == second.label and kept.run.loss_identity == run.loss_identity:
        return kept.run.loss_identity is not None
    usual = first.wrong is None and second.wrong is None
    return usual and second.loss.name in first.loss.same_as.get(task, ())


def _name(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Name each by its loss and by whatever else differs among them."""
    described = [_describe(candidate) for candidate in candidates]
    differing = [key for key in described[0] if len({parts[key] for parts in described}) > 1]
    shown = [key for key in differing if key not in ("loss", "head")]
    heads: dict[str, set[str]] = {}
    for parts in described:
        heads.setdefault(parts["loss"], set()).add(parts["head"])
    return tuple(
        replace(
            candidate,
            name=", ".join(
                [parts["loss"] + (f" on {parts['head']}" if len(heads[parts["loss"]]) > 1 else "")]
                + [parts[key] for key in shown]
            ),
        )
        for candidate, parts in zip(candidates, described, strict=True)
    )


def _describe(candidate: Candidate) -> dict[str, str]:
    run = candidate.run
    fixed = f"lr {candidate.rates[0]:g}" if len(candidate.rates) == 1 else "lr auto"
    return {
        "loss": run.objective.loss.label,
        "head": run.objective.head.name,
        "optimizer": Named(run.optimizer, run.optimizer_params).label,
        "hidden": "hidden " + ("-".join(map(str, run.hidden)) or "none"),
        "activation": run.activation,
        "batch_size": f"batch {run.batch_size}",
        "rates": fixed,
    }
