"""What a path found, as plain values that tables and pictures are made from."""

from collections.abc import Mapping
from dataclasses import dataclass

from losslab.experiment.path.estimate import Estimate


@dataclass(frozen=True, kw_only=True)
class Point:
    """One alpha, over all repetitions.

    Args:
        alpha: the strength of the penalty.
        train, test: each shown metric on the training and the held-out rows, by its name.
        nonzero: how many weights are not exactly zero, biases left aside.
        features: how many inputs have a first-layer weight that is not zero.
        l1, l2: the sum of all weights' magnitudes, and the root of the sum of their squares.
        layers: the same root for each layer, from the first.
        coefficients: of a linear model: one for each of ``PathFindings.coefficients``.
        diverged: how many repetitions diverged, which leaves the numbers above NaN.
    """

    alpha: float
    train: Mapping[str, Estimate]
    test: Mapping[str, Estimate]
    nonzero: Estimate
    features: Estimate
    l1: Estimate
    l2: Estimate
    layers: tuple[Estimate, ...]
    coefficients: tuple[Estimate, ...]
    diverged: int


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """Which weight of a linear model it is; ``output`` is a class, or the target."""

    feature: str
    output: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The largest alpha that is as good as the best one, as far as can be told.

    Args:
        alpha: the one chosen.
        best: the alpha with the best mean on the held-out rows, the largest of equals.
        mean, error: of the best one.
        bound: the worst mean that is within one standard error of it.
        reason: the choice in words.
    """

    alpha: float
    best: float
    mean: float
    error: float
    bound: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class PathFindings:
    """Everything a path found.

    Args:
        data: the name of the table; ``target`` its target; ``task`` what is predicted.
        n_rows: the number of rows, of which ``train_rows`` train and ``test_rows`` are held out.
        features: the inputs of the networks; ``classes`` the labels, if there are any.
        kind: the penalty, with ``penalty_params`` beside alpha; ``makes_zeros`` says whether it
            asks for weights of exactly zero.
        loss: what was trained for, as a reader writes it; ``head`` on what.
        hidden: widths of the hidden layers.
        metric: the ranking metric, with its ``label``, ``higher_is_better`` and ``reason``.
        metrics: the names of all shown metrics, the ranking one first.
        repetitions: how many splits, each with its own initial weights.
        n_weights: of a network, biases left aside.
        points: by rising alpha.
        coefficients: what the points' coefficients are of; none unless the model is linear.
        unit: what a coefficient of 1 means.
        choice: by the rule of one standard error; None if every alpha had runs that diverged.
        settings: of the training, as readers see them.
        notes: what was said about the table.
        runs, diverged: how many were trained, and how many of them diverged.
    """

    data: str
    target: str
    task: str
    n_rows: int
    train_rows: int
    test_rows: int
    features: tuple[str, ...]
    classes: tuple[str, ...]
    kind: str
    penalty_params: Mapping[str, float]
    makes_zeros: bool
    loss: str
    head: str
    hidden: tuple[int, ...]
    metric: str
    label: str
    higher_is_better: bool
    reason: str
    metrics: tuple[str, ...]
    repetitions: int
    n_weights: int
    points: tuple[Point, ...]
    coefficients: tuple[Coefficient, ...]
    unit: str
    choice: Choice | None
    settings: Mapping[str, str]
    notes: tuple[str, ...]
    runs: int
    diverged: int
    seconds: float
    versions: Mapping[str, str]
