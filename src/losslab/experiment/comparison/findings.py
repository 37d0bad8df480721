"""The results of a comparison, as plain values for tables, figures and reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.statistics.paired import Difference, Pair

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class RateScores:
    """The scores of one learning rate of one candidate on every split.

    Attributes:
        selection: the selection score on each split's validation rows, lower is better, ``(J,)``.
        scores: the ranking metric on each split's test rows, ``(J,)``; NaN where the run diverged.
        chosen: the number of splits that chose it.
        diverged: the number of splits on which it diverged.
    """

    lr: float
    selection: Array
    scores: Array
    chosen: int
    diverged: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Scores:
    """The test scores of a candidate or a reference model.

    Attributes:
        values: the ranking metric on each split's test rows, ``(J,)``; NaN where the run diverged.
        mean: their mean.
        low, high: the confidence interval, by the corrected resampled t interval.
        metrics: the mean of every metric over the splits.
    """

    values: Array
    mean: float
    low: float
    high: float
    metrics: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class CandidateSummary:
    """What a candidate consists of.

    Attributes:
        name: unique among the candidates, such as ``mse`` or ``mse / sgd``.
        loss: the loss with its parameters.
        catalogue: the name of the loss in the catalogue; None for a user's own loss.
        penalty: the penalty with its settings; ``none`` without one.
        same_as: losses with equal gradients, which this candidate stands for.
        wrong: why loss and head do not fit, if they were paired with ``unchecked``; else None.
        selection: what the best epoch is chosen by: log_loss, rmse, or the loss itself.
        gives_probabilities: whether it predicts class probabilities.
        proper: whether its loss is a proper scoring rule for them.
    """

    name: str
    loss: str
    catalogue: str | None
    head: str
    codec: str
    optimizer: str
    hidden: tuple[int, ...]
    activation: str
    batch_size: int
    penalty: str
    same_as: tuple[str, ...]
    wrong: str | None
    selection: str
    gives_probabilities: bool
    proper: bool


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """The learning rates and penalty strengths chosen on validation rows.

    Attributes:
        lr: the learning rate with the best mean rank over the splits.
        lrs: the one chosen on each split.
        alpha: the penalty strength that goes with ``lr``.
        alphas: the one chosen on each split.
        rates: every learning rate tried, ascending.
    """

    lr: float
    lrs: tuple[float, ...]
    alpha: float
    alphas: tuple[float, ...]
    rates: tuple[RateScores, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Training:
    """How the runs of a candidate went.

    Attributes:
        runs: the number of runs, over all splits, learning rates and alphas.
        diverged: how many of them diverged.
        zeros: the number of weights that are exactly zero in each split's chosen run.
        weights: the number of weights of the network.
        train_loss: of the chosen runs, ``(J, epochs)``, in the loss's own units.
        validation: of the chosen runs, what the best epoch was chosen by, ``(J, epochs)``.
        best_epochs: the epoch kept on each split.
    """

    runs: int
    diverged: int
    zeros: tuple[int, ...]
    weights: int
    train_loss: Array
    validation: Array
    best_epochs: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """One candidate's row in the ranking.

    Attributes:
        rank: the place; equal means share one.
        verdict: best, tied, practically equal, worse, no difference shown, or diverged.
        difference: this candidate minus the best one; NaN for the best itself.
        p_tukey: of the difference, by Tukey's range test, step by step from the farthest.
        never_settles: whether no number of splits of this table would settle an open difference.
    """

    rank: int
    verdict: str
    candidate: CandidateSummary
    scores: Scores
    difference: Difference
    p_tukey: float
    never_settles: bool
    tuning: Tuning
    training: Training

    @property
    def name(self) -> str:
        """The candidate's name."""
        return self.candidate.name


@dataclass(frozen=True, kw_only=True, eq=False)
class Reference:
    """A constant, linear or boosted model on the same splits, not ranked."""

    name: str
    summary: str
    scores: Scores


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """The configuration to train with, and why."""

    name: str
    loss: str
    head: str
    optimizer: str
    lr: float
    penalty: str
    alpha: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class DataSummary:
    """The table: its name, target, task, size and classes."""

    name: str
    target: str
    task: str
    n_rows: int
    n_features: int
    classes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RankingMetric:
    """The metric that candidates are ranked by.

    Attributes:
        reason: why it was chosen.
        rope: the largest difference that does not matter.
    """

    name: str
    label: str
    reason: str
    higher_is_better: bool
    rope: float


@dataclass(frozen=True, kw_only=True)
class SplitSummary:
    """The splits.

    Attributes:
        n_splits: the number of splits; fewer than ``folds`` times ``repeats`` under a budget.
        train_rows, validation_rows, test_rows: of the first split.
    """

    n_splits: int
    folds: int
    repeats: int
    train_rows: int
    validation_rows: int
    test_rows: int


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """How the results were computed.

    Attributes:
        duplicates: the number of runs that were requested again.
        command: the command that repeats the comparison.
        store: the file that keeps the runs, if there is one.
    """

    runs_trained: int
    runs_reused: int
    duplicates: int
    engine: str
    seconds: float
    versions: Mapping[str, str]
    command: str
    store: str | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Findings:
    """Everything a comparison found.

    Attributes:
        level: the confidence level of all intervals.
        rows: the ranking, best first.
        pairs: all pairs of candidates that did not diverge, the better one first.
        references: models that are not ranked, on the same splits.
        verdict: the result in words.
        recommendation: the configuration to train with; None if no candidate qualifies.
        settings: what all candidates share, as shown to readers.
        notes: warnings about the data and the metric.
        cuts: what was left out to stay within the budget.
    """

    data: DataSummary
    metric: RankingMetric
    splits: SplitSummary
    level: float
    rows: tuple[Row, ...]
    pairs: tuple[Pair, ...]
    references: tuple[Reference, ...]
    verdict: str
    recommendation: Recommendation | None
    settings: Mapping[str, Any]
    notes: tuple[str, ...]
    cuts: tuple[str, ...]
    provenance: Provenance
