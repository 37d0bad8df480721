"""What a comparison found, as plain values that tables, pictures and reports are made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.statistics.paired import Pair

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class RateScores:
    """One learning rate of one candidate on every split.

    Args:
        lr: the learning rate.
        selection: what it was judged by on each split's validation rows, lower is better, ``(J,)``.
        scores: the ranking metric on each split's test rows, ``(J,)``; NaN where the run diverged.
        chosen: on how many splits it was chosen.
        diverged: on how many splits it diverged.
    """

    lr: float
    selection: Array
    scores: Array
    chosen: int
    diverged: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """One candidate's line in the ranking.

    Args:
        name: what tells it from the other candidates, such as ``mse`` or ``mse / sgd``.
        rank: its place, ties sharing one.
        loss, head, codec, optimizer, hidden, activation, batch_size: its set-up; ``loss`` with
            its parameters.
        catalogue: the name of its loss in the catalogue; None for a user's own, whatever its name.
        same_as: losses with equal gradients that this line stands for.
        wrong: why the pairing is wrong, if it was admitted on purpose; else None.
        lr: the learning rate with the best mean place on the validation rows; ``lrs`` the one
            chosen on each split.
        penalty: with its settings; ``none`` without one.
        alpha: its strength, chosen as ``lr`` is; ``alphas`` the one chosen on each split.
        zeros: how many of the network's ``weights`` are exactly zero, on each split.
        scores: the ranking metric on each split's test rows, ``(J,)``.
        mean, ci_low, ci_high: of the scores, by the corrected resampled t interval.
        n: the number of splits.
        diverged: how many of its ``runs`` runs diverged, all learning rates and alphas counted.
        delta: its mean minus the best one's; NaN for the best itself, like the four below.
        delta_low, delta_high: the interval of ``delta``.
        p_tukey: of the difference to the best, by Tukey's range test, from the farthest on.
        p_better, p_equal, p_worse: probabilities against the best, within the rope or beyond it.
        verdict: best, tied, practically equal, worse, no difference shown, or diverged.
        never_settles: whether no number of splits of this table would settle an open difference.
        metrics: the mean of every metric over the splits.
        rates: every learning rate tried, ascending.
        train_loss: of the chosen runs, ``(J, epochs)``; in the loss's own units.
        validation: of the chosen runs, what the best epoch was judged by, ``(J, epochs)``.
        selection: by what that was: log_loss, rmse, or the own loss.
        best_epochs: the epoch kept on each split.
        gives_probabilities: whether it has class probabilities.
        proper: whether its loss elicits them.
    """

    name: str
    rank: int
    loss: str
    catalogue: str | None
    head: str
    codec: str
    optimizer: str
    hidden: tuple[int, ...]
    activation: str
    batch_size: int
    same_as: tuple[str, ...]
    wrong: str | None
    lr: float
    lrs: tuple[float, ...]
    penalty: str
    alpha: float
    alphas: tuple[float, ...]
    zeros: tuple[int, ...]
    weights: int
    scores: Array
    mean: float
    ci_low: float
    ci_high: float
    n: int
    diverged: int
    runs: int
    delta: float
    delta_low: float
    delta_high: float
    p_tukey: float
    p_better: float
    p_equal: float
    p_worse: float
    verdict: str
    never_settles: bool
    metrics: Mapping[str, float]
    rates: tuple[RateScores, ...]
    train_loss: Array
    validation: Array
    selection: str
    best_epochs: tuple[int, ...]
    gives_probabilities: bool
    proper: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Reference:
    """A model that is no candidate, on the same splits: the constant, linear and boosted ones."""

    name: str
    summary: str
    scores: Array
    mean: float
    ci_low: float
    ci_high: float
    metrics: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """The set-up to train with, and why."""

    name: str
    loss: str
    head: str
    optimizer: str
    lr: float
    penalty: str
    alpha: float
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Findings:
    """Everything a comparison found.

    Args:
        data: the name of the table; ``target`` its target; ``task`` what is predicted.
        n_rows, n_features, classes: its size, and the labels of its classes.
        metric: the ranking metric's name; ``metric_label`` and ``higher_is_better`` say how to
            read it, ``metric_reason`` why it was chosen.
        rope: differences up to this do not matter.
        level: of the intervals.
        folds, repeats: the splits; ``n_splits`` is their product.
        train_rows, validation_rows, test_rows: of the first split.
        rows: the ranking, best first.
        pairs: every two candidates that did not diverge, the better one first.
        references: unranked models on the same splits.
        verdict: in words, a sentence or more.
        recommendation: the one set-up to train with; None if every candidate diverged.
        settings: what every candidate shares, as shown to readers.
        notes: what should be said aloud about data and metric.
        cuts: what a budget cut; empty if nothing.
        runs_trained, runs_reused, duplicates: counts of runs.
        engine, seconds, versions, command, store: how it was made.
    """

    data: str
    target: str
    task: str
    n_rows: int
    n_features: int
    classes: tuple[str, ...]
    metric: str
    metric_label: str
    metric_reason: str
    higher_is_better: bool
    rope: float
    level: float
    folds: int
    repeats: int
    n_splits: int
    train_rows: int
    validation_rows: int
    test_rows: int
    rows: tuple[Row, ...]
    pairs: tuple[Pair, ...]
    references: tuple[Reference, ...]
    verdict: str
    recommendation: Recommendation | None
    settings: Mapping[str, Any]
    notes: tuple[str, ...]
    cuts: tuple[str, ...]
    runs_trained: int
    runs_reused: int
    duplicates: int
    engine: str
    seconds: float
    versions: Mapping[str, str]
    command: str
    store: str | None
