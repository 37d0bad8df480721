"""Finished comparisons that look real, made up from a few numbers and a seed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from losslab.experiment.comparison.findings import (
    Findings,
    RateScores,
    Recommendation,
    Reference,
    Row,
)
from losslab.experiment.comparison.ranking import all_pairs
from losslab.losses.catalog import LOSSES
from losslab.statistics.resampling import corrected_interval
from losslab.statistics.verdicts import Standing, compare_all

RATES = (0.0003, 0.001, 0.003, 0.01, 0.03)
EPOCHS = 50
HOSTILE = "</script><img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("x")'


@dataclass(frozen=True, kw_only=True)
class Made:
    """What one candidate is made from; ``own`` says that it is judged by its own loss."""

    name: str
    mean: float
    same_as: tuple[str, ...] = ()
    own: bool = False
    wrong: str | None = None
    diverges_from: float = np.inf


BINARY = (
    Made(name="bce_with_logits", mean=0.974, same_as=("bce", "nll")),
    Made(name="cross_entropy", mean=0.9735),
    Made(name="mse", mean=0.969),
    Made(name="hinge", mean=0.966, own=True),
    Made(name="l1", mean=0.921, own=True),
)


def binary(made: Sequence[Made] = BINARY, repeats: int = 2, **changes) -> Findings:
    findings = _findings(made, repeats=repeats, references=(("constant", 0.627), ("linear", 0.971)))
    return replace(findings, **changes)


def one_candidate() -> Findings:
    return binary(BINARY[:1])


def one_split() -> Findings:
    return replace(binary(BINARY[:3], repeats=0), references=())


def diverged() -> Findings:
    return binary((*BINARY[:3], Made(name="l1", mean=0.9, diverges_from=0.0003, own=True)))


def partly_diverged() -> Findings:
    return binary((*BINARY[:2], Made(name="mse", mean=0.96, diverges_from=0.01)))


def all_diverged() -> Findings:
    made = [replace(one, diverges_from=0.0) for one in BINARY[:2]]
    return binary(made, recommendation=None, verdict="Every candidate diverged.", references=())


def wrong_on_purpose() -> Findings:
    reason = "softmax before cross_entropy: the loss applies its own softmax"
    return binary((*BINARY[:2], Made(name="cross_entropy, softmax", mean=0.955, wrong=reason)))


def regression(unit: float = 55.0) -> Findings:
    made = (
        Made(name="mse", mean=0.99 * unit),
        Made(name="huber", mean=0.995 * unit),
        Made(name="l1", mean=1.09 * unit),
    )
    findings = _findings(
        made,
        spread=0.03 * unit,
        higher_is_better=False,
        references=(("constant", 1.4 * unit), ("linear", 1.0 * unit)),
    )
    return replace(
        findings,
        data="diabetes",
        target="progression",
        task="regression",
        classes=(),
        metric="rmse",
        metric_label="RMSE",
        metric_reason="the errors are in the target's units",
    )


def one_exploded() -> Findings:
    made = (
        Made(name="mse", mean=55.0),
        Made(name="huber", mean=56.0),
        Made(name="l1", mean=4.1e6),
    )
    return replace(_findings(made, spread=1.5, higher_is_better=False), metric_label="RMSE")


def hostile(evil: str = HOSTILE, formula: str = FORMULA) -> Findings:
    names = (evil, formula, "$\\frac{", "_hidden", "\x1b[31mred\u202e\ud800 価格")
    made = [replace(one, name=name) for one, name in zip(BINARY, names, strict=True)]
    made[1] = replace(made[1], same_as=(evil,), wrong=evil)
    findings = binary(made)
    assert findings.recommendation is not None
    return replace(
        findings,
        data=evil,
        target=formula,
        classes=(evil, formula, "$x$"),
        metric_label=evil,
        metric_reason=evil,
        verdict=f"{evil} is best.",
        recommendation=replace(findings.recommendation, name=evil, reason=formula),
        references=tuple(replace(one, name=evil) for one in findings.references),
        settings={evil: evil, "[bold]hidden": (64, 64)},
        notes=(evil, "[red]markup[/red]"),
        cuts=(evil,),
        versions={evil: evil},
        command=f"losslab compare '{evil}' && echo $HOME",
        store=evil,
        engine=evil,
    )


def long_names() -> Findings:
    made = [
        replace(one, name=f"{one.name}, hidden 256-256-256-256, sgd with momentum, batch 128")
        for one in BINARY
    ]
    return binary(made, metric_label="balanced accuracy over every class of the target column")


def many() -> Findings:
    optimizers = ("sgd", "adam", "adamw", "rmsprop")
    made = [
        replace(one, name=f"{one.name}, {optimizer}", mean=one.mean - 0.004 * number)
        for number, optimizer in enumerate(optimizers)
        for one in BINARY[:4]
    ]
    return binary(made)


def one_rate() -> Findings:
    findings = binary()
    rows = tuple(
        replace(row, rates=(replace(row.rates[2], chosen=10),), runs=10) for row in findings.rows
    )
    return replace(findings, rows=rows, cuts=("Learning rates: 1 instead of 5.",))


EXAMPLES = {
    make.__name__: make
    for make in (
        binary,
        one_candidate,
        one_split,
        diverged,
        partly_diverged,
        all_diverged,
        wrong_on_purpose,
        regression,
        one_exploded,
        hostile,
        long_names,
        many,
        one_rate,
    )
}


def _findings(
    made: Sequence[Made],
    repeats: int = 2,
    spread: float = 0.012,
    higher_is_better: bool = True,
    references: Sequence[tuple[str, float]] = (),
) -> Findings:
    folds = 5 if repeats else 1
    n = folds * max(repeats, 1)
    random = np.random.default_rng(0)
    shared = random.normal(0, spread, n)
    scores = {one.name: _scores(one, shared, spread / 4, random) for one in made}
    rope = spread * 0.8
    standings = compare_all(scores, 0.25, rope, higher_is_better)
    by_name = {one.name: one for one in made}
    rows = tuple(
        _row(by_name[standing.name], standing, scores[standing.name], random, spread)
        for standing in standings.rows
    )
    best = rows[0]
    return Findings(
        data="breast_cancer",
        target="diagnosis",
        task="binary",
        n_rows=569,
        n_features=30,
        classes=("benign", "malignant"),
        metric="accuracy",
        metric_label="accuracy",
        metric_reason="the largest class holds 62.7 % of the rows, at most 70 %",
        higher_is_better=higher_is_better,
        rope=rope,
        level=0.95,
        folds=folds,
        repeats=max(repeats, 1),
        n_splits=n,
        train_rows=364,
        validation_rows=91,
        test_rows=114,
        rows=rows,
        pairs=all_pairs(rows, 0.25),
        references=tuple(_reference(name, mean, shared) for name, mean in references),
        verdict=f"{best.name} has the best mean; see the table for the others.",
        recommendation=Recommendation(
            name=best.name,
            loss=best.loss,
            head=best.head,
            optimizer="adam",
            lr=best.lr,
            penalty=best.penalty,
            alpha=best.alpha,
            reason="the best log loss among the losses not shown worse than the best",
        ),
        settings={
            "hidden": (64, 64),
            "activation": "relu",
            "optimizer": "adam",
            "batch size": 32,
            "epochs": 50,
        },
        notes=("Ranking by accuracy gives no loss a home advantage.",),
        cuts=(),
        runs_trained=200,
        runs_reused=50,
        duplicates=100,
        engine="stacked",
        seconds=41.3,
        versions={"losslab": "0.1.0", "torch": "2.13.0", "Python": "3.11.9"},
        command="losslab compare breast_cancer",
        store="losslab-runs.sqlite",
    )


def _scores(made: Made, shared, noise: float, random) -> np.ndarray:
    scores = made.mean + shared + random.normal(0, noise, len(shared))
    if made.diverges_from <= RATES[0]:
        scores[0] = np.nan
    if made.diverges_from <= 0:
        scores[:] = np.nan
    return scores


def _row(made: Made, standing: Standing, scores, random, spread: float) -> Row:
    n = len(scores)
    rates = tuple(_rate(made, rate, scores, spread) for rate in RATES)
    interval, difference = standing.interval, standing.difference
    nan = float("nan")
    curves = _curves(n, random)
    if made.diverges_from <= RATES[0]:
        curves[np.isnan(scores), 10:] = np.nan
    return Row(
        name=made.name,
        rank=standing.rank,
        loss=made.name.split(",")[0],
        catalogue=made.name if made.name in LOSSES else None,
        head="identity" if made.own else "sigmoid",
        codec="zero_one",
        optimizer="adam",
        hidden=(64, 64),
        activation="relu",
        batch_size=32,
        same_as=made.same_as,
        wrong=made.wrong,
        lr=0.003,
        lrs=(0.003,) * n,
        penalty="none",
        alpha=0.0,
        alphas=(0.0,),
        zeros=(0,),
        weights=4_480,
        scores=scores,
        mean=interval.mean if interval else nan,
        ci_low=interval.low if interval else nan,
        ci_high=interval.high if interval else nan,
        n=n,
        diverged=sum(rate.diverged for rate in rates),
        runs=n * len(RATES),
        delta=difference.delta if difference else nan,
        delta_low=difference.low if difference else nan,
        delta_high=difference.high if difference else nan,
        p_tukey=nan if standing.p_tukey is None else standing.p_tukey,
        p_better=difference.p_better if difference else nan,
        p_equal=difference.p_equal if difference else nan,
        p_worse=difference.p_worse if difference else nan,
        verdict=str(standing.verdict),
        never_settles=standing.never_settles,
        metrics=_metrics(made, interval.mean if interval else nan),
        rates=rates,
        train_loss=curves * 0.8,
        validation=curves,
        selection="hinge" if made.own else "log_loss",
        best_epochs=tuple(int(epoch) for epoch in random.integers(20, EPOCHS, n)),
        gives_probabilities=not made.own,
        proper=not made.own,
    )


def _metrics(made: Made, mean: float) -> dict[str, float]:
    nan = float("nan")
    proper = {"log_loss": 0.0812, "brier": 0.0213, "auc": 0.9952}
    return {"accuracy": mean, **(dict.fromkeys(proper, nan) if made.own else proper)}


def _rate(made: Made, rate: float, scores, spread: float) -> RateScores:
    lost = rate >= made.diverges_from
    far = abs(np.log10(rate / 0.003))
    sign = 1 if made.mean > 1 else -1
    chosen = {0.001: len(scores) // 5, 0.003: len(scores) - len(scores) // 5}.get(rate, 0)
    return RateScores(
        lr=rate,
        selection=0.1 + 0.1 * far + 0 * scores,
        scores=scores + sign * far * spread + (np.nan if lost else 0.0),
        chosen=chosen,
        diverged=len(scores) if lost else 0,
    )


def _curves(n: int, random) -> np.ndarray:
    epochs = np.arange(1, EPOCHS + 1)
    level, pace = random.uniform(0.07, 0.12), random.uniform(3, 8)
    shape = level + 0.6 * np.exp(-epochs / pace) + 0.0008 * epochs
    return shape + random.normal(0, 0.015, (n, 1)) + random.normal(0, 0.004, (n, EPOCHS))


def _reference(name: str, mean: float, shared) -> Reference:
    scores = mean + shared
    interval = corrected_interval(scores, 0.25)
    return Reference(
        name=name,
        summary=f"the {name} model",
        scores=scores,
        mean=interval.mean,
        ci_low=interval.low,
        ci_high=interval.high,
        metrics={"accuracy": interval.mean, "log_loss": 0.11},
    )
