"""A candidate: one row of the ranking, and its name."""

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
