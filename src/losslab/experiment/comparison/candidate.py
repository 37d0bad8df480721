"""A candidate: one line of the ranking, and the name that tells it from the others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

from losslab.core.hashing import derive_seed
from losslab.data.split import Split
from losslab.experiment.options import NamedOption
from losslab.training.run import Run


class Trial(NamedTuple):
    """One combination of what is chosen per split; the first of equals is the weaker one."""

    lr: float
    alpha: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One line of the ranking: a set-up, and what to choose from on every split.

    Args:
        name: what tells it from the others.
        run: its set-up on split 0.
        rates: the learning rates tried on every split; one if it is fixed.
        alphas: the strengths of its penalty, likewise.
        same_as: other losses with equal gradients, which this one stands for.
        asked: how often it was asked for; it is trained once.
    """

    name: str
    run: Run
    rates: tuple[float, ...]
    alphas: tuple[float, ...] = (0.0,)
    same_as: tuple[str, ...] = ()
    asked: int = 1

    def runs(self, splits: Sequence[Split], seed: int) -> list[Run]:
        """All its runs; on one split every candidate starts from the same seed."""
        return [
            replace(
                self.run,
                lr=trial.lr,
                alpha=trial.alpha,
                split=split.index,
                seed=run_seed(seed, split),
            )
            for split in splits
            for trial in self.trials
        ]

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Every combination tried on a split."""
        return tuple(Trial(*pair) for pair in product(self.rates, self.alphas))


def run_seed(seed: int, split: Split) -> int:
    """The seed of all runs on one split; it depends on nothing but the split's place."""
    return derive_seed(seed, "run", split.repeat, split.fold) % 2**32


def name_candidates(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Name each by its loss and by whatever else differs among them; no two share a name."""
    described = [_describe(candidate) for candidate in candidates]
    differing = [key for key in described[0] if len({parts[key] for parts in described}) > 1]
    shown = [key for key in differing if key not in ("loss", "head")]
    heads: dict[str, set[str]] = {}
    for parts in described:
        heads.setdefault(parts["loss"], set()).add(parts["head"])
    names = []
    for parts in described:
        on = f" on {parts['head']}" if len(heads[parts["loss"]]) > 1 else ""
        names.append(" / ".join([parts["loss"] + on, *(parts[key] for key in shown)]))
    return tuple(
        replace(candidate, name=name)
        for candidate, name in zip(candidates, _distinct(names), strict=True)
    )


def _describe(candidate: Candidate) -> Mapping[str, str]:
    run = candidate.run
    fixed = f"lr {candidate.rates[0]:g}" if len(candidate.rates) == 1 else "lr auto"
    strength = f" alpha {candidate.alphas[0]:g}" if len(candidate.alphas) == 1 else ""
    penalty = NamedOption(run.penalty, run.penalty_params).label + strength
    return {
        "loss": run.objective.loss_label,
        "head": run.objective.head.name,
        "optimizer": NamedOption(run.optimizer, run.optimizer_params).label,
        "hidden": "hidden " + ("-".join(map(str, run.hidden)) or "none"),
        "activation": run.activation,
        "batch_size": f"batch {run.batch_size}",
        "rates": fixed,
        "penalty": "no penalty" if run.penalty == "none" else penalty,
    }


def _distinct(names: Sequence[str]) -> list[str]:
    """Number names that stand there more than once, as those of two lambdas."""
    again = {name for name, count in Counter(names).items() if count > 1}
    seen: Counter[str] = Counter()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(f"{name} #{seen[name]}" if name in again else name)
    return numbered
