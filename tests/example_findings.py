"""Made-up comparisons that look real, from a few numbers and a seed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from example_rows import change_row, summarize
from losslab.experiment.comparison.findings import (
    CandidateSummary,
    DataSummary,
    Findings,
    Provenance,
    RankingMetric,
    RateScores,
    Recommendation,
    Reference,
    Row,
    SplitSummary,
    Training,
    Tuning,
)
from losslab.experiment.comparison.ranking import NO_DIFFERENCE, compare_rows
from losslab.losses.catalog import LOSSES
from losslab.statistics.verdicts import RankingRow, compare_all

RATES = (0.0003, 0.001, 0.003, 0.01, 0.03)
EPOCHS = 50
HOSTILE = "</script><img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("x")'


@dataclass(frozen=True, kw_only=True)
class CandidateExample:
    """The numbers of one candidate; ``own``: its best epoch is chosen by its own loss."""

    name: str
    mean: float
    same_as: tuple[str, ...] = ()
    own: bool = False
    wrong: str | None = None
    diverges_from: float = np.inf


BINARY = (
    CandidateExample(name="bce_with_logits", mean=0.974, same_as=("bce", "nll")),
    CandidateExample(name="cross_entropy", mean=0.9735),
    CandidateExample(name="mse", mean=0.969),
    CandidateExample(name="hinge", mean=0.966, own=True),
    CandidateExample(name="l1", mean=0.921, own=True),
)


def binary(examples: Sequence[CandidateExample] = BINARY, repeats: int = 2, **changes) -> Findings:
    findings = _findings(
        examples, repeats=repeats, references=(("constant", 0.627), ("linear", 0.971))
    )
    return replace(findings, **changes)


def one_candidate() -> Findings:
    return binary(BINARY[:1])


def one_split() -> Findings:
    return replace(binary(BINARY[:3], repeats=0), references=())


def diverged() -> Findings:
    return binary(
        (*BINARY[:3], CandidateExample(name="l1", mean=0.9, diverges_from=0.0003, own=True))
    )


def partly_diverged() -> Findings:
    return binary((*BINARY[:2], CandidateExample(name="mse", mean=0.96, diverges_from=0.01)))


def all_diverged() -> Findings:
    examples = [replace(one, diverges_from=0.0) for one in BINARY[:2]]
    return binary(examples, recommendation=None, verdict="Every candidate diverged.", references=())


def wrong_on_purpose() -> Findings:
    reason = "softmax before cross_entropy: the loss applies its own softmax"
    return binary(
        (*BINARY[:2], CandidateExample(name="cross_entropy, softmax", mean=0.955, wrong=reason))
    )


def regression(unit: float = 55.0) -> Findings:
    examples = (
        CandidateExample(name="mse", mean=0.99 * unit),
        CandidateExample(name="huber", mean=0.995 * unit),
        CandidateExample(name="l1", mean=1.09 * unit),
    )
    findings = _findings(
        examples,
        spread=0.03 * unit,
        higher_is_better=False,
        references=(("constant", 1.4 * unit), ("linear", 1.0 * unit)),
    )
    reason = "the errors are in the target's units"
    return replace(
        findings,
        data=replace(
            findings.data, name="diabetes", target="progression", task="regression", classes=()
        ),
        metric=replace(findings.metric, name="rmse", label="RMSE", reason=reason),
    )


def one_exploded() -> Findings:
    examples = (
        CandidateExample(name="mse", mean=55.0),
        CandidateExample(name="huber", mean=56.0),
        CandidateExample(name="l1", mean=4.1e6),
    )
    return label_metric(_findings(examples, spread=1.5, higher_is_better=False), "RMSE")


def label_metric(findings: Findings, label: str) -> Findings:
    return replace(findings, metric=replace(findings.metric, label=label))


def hostile(evil: str = HOSTILE, formula: str = FORMULA) -> Findings:
    names = (evil, formula, "$\\frac{", "_hidden", "\x1b[31mred\u202e\ud800 価格")
    examples = [replace(one, name=name) for one, name in zip(BINARY, names, strict=True)]
    examples[1] = replace(examples[1], same_as=(evil,), wrong=evil)
    findings = binary(examples)
    assert findings.recommendation is not None
    return replace(
        findings,
        data=replace(findings.data, name=evil, target=formula, classes=(evil, formula, "$x$")),
        metric=replace(findings.metric, label=evil, reason=evil),
        verdict=f"{evil} is best.",
        recommendation=replace(findings.recommendation, name=evil, reason=formula),
        references=tuple(replace(one, name=evil) for one in findings.references),
        settings={evil: evil, "[bold]hidden": (64, 64)},
        notes=(evil, "[red]markup[/red]"),
        cuts=(evil,),
        provenance=replace(
            findings.provenance,
            versions={evil: evil},
            command=f"losslab compare '{evil}' && echo $HOME",
            store=evil,
            engine=evil,
        ),
    )


def long_names() -> Findings:
    examples = [
        replace(one, name=f"{one.name}, hidden 256-256-256-256, sgd with momentum, batch 128")
        for one in BINARY
    ]
    return label_metric(binary(examples), "balanced accuracy over every class of the target column")


def many() -> Findings:
    optimizers = ("sgd", "adam", "adamw", "rmsprop")
    examples = [
        replace(one, name=f"{one.name}, {optimizer}", mean=one.mean - 0.004 * number)
        for number, optimizer in enumerate(optimizers)
        for one in BINARY[:4]
    ]
    return binary(examples)


def one_rate() -> Findings:
    findings = binary()
    rows = tuple(
        change_row(row, rates=(replace(row.tuning.rates[2], chosen=10),), runs=10)
        for row in findings.rows
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
    examples: Sequence[CandidateExample],
    repeats: int = 2,
    spread: float = 0.012,
    higher_is_better: bool = True,
    references: Sequence[tuple[str, float]] = (),
) -> Findings:
    folds = 5 if repeats else 1
    n = folds * max(repeats, 1)
    random = np.random.default_rng(0)
    shared = random.normal(0, spread, n)
    scores = {one.name: _scores(one, shared, spread / 4, random) for one in examples}
    rope = spread * 0.8
    ranking = compare_all(scores, 0.25, rope, higher_is_better)
    by_name = {one.name: one for one in examples}
    rows = tuple(
        _row(by_name[place.name], place, scores[place.name], random, spread)
        for place in ranking.rows
    )
    best = rows[0]
    return Findings(
        data=DataSummary(
            name="breast_cancer",
            target="diagnosis",
            task="binary",
            n_rows=569,
            n_features=30,
            classes=("benign", "malignant"),
        ),
        metric=RankingMetric(
            name="accuracy",
            label="accuracy",
            reason="the largest class holds 62.7 % of the rows, at most 70 %",
            higher_is_better=higher_is_better,
            rope=rope,
        ),
        splits=SplitSummary(
            n_splits=n,
            folds=folds,
            repeats=max(repeats, 1),
            train_rows=364,
            validation_rows=91,
            test_rows=114,
        ),
        level=0.95,
        rows=rows,
        pairs=compare_rows(rows, 0.25),
        references=tuple(_reference(name, mean, shared) for name, mean in references),
        verdict=f"{best.name} has the best mean; see the table for the others.",
        recommendation=Recommendation(
            name=best.name,
            loss=best.candidate.loss,
            head=best.candidate.head,
            optimizer="adam",
            lr=best.tuning.lr,
            penalty=best.candidate.penalty,
            alpha=best.tuning.alpha,
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
        provenance=Provenance(
            runs_trained=200,
            runs_reused=50,
            duplicates=100,
            engine="stacked",
            seconds=41.3,
            versions={"losslab": "0.1.0", "torch": "2.13.0", "Python": "3.11.9"},
            command="losslab compare breast_cancer",
            store="losslab-runs.sqlite",
        ),
    )


def _scores(example: CandidateExample, shared, noise: float, random) -> np.ndarray:
    scores = example.mean + shared + random.normal(0, noise, len(shared))
    if example.diverges_from <= RATES[0]:
        scores[0] = np.nan
    if example.diverges_from <= 0:
        scores[:] = np.nan
    return scores


def _row(example: CandidateExample, place: RankingRow, scores, random, spread: float) -> Row:
    n = len(scores)
    rates = tuple(_rate(example, rate, scores, spread) for rate in RATES)
    curves = _curves(n, random)
    if example.diverges_from <= RATES[0]:
        curves[np.isnan(scores), 10:] = np.nan
    mean = place.interval.mean if place.interval else float("nan")
    return Row(
        rank=place.rank,
        verdict=str(place.verdict),
        candidate=CandidateSummary(
            name=example.name,
            loss=example.name.split(",")[0],
            catalogue=example.name if example.name in LOSSES else None,
            head="identity" if example.own else "sigmoid",
            codec="zero_one",
            optimizer="adam",
            hidden=(64, 64),
            activation="relu",
            batch_size=32,
            penalty="none",
            same_as=example.same_as,
            wrong=example.wrong,
            selection="hinge" if example.own else "log_loss",
            gives_probabilities=not example.own,
            proper=not example.own,
        ),
        scores=summarize(scores, 0.25, _metrics(example, mean)),
        difference=place.difference or NO_DIFFERENCE,
        p_tukey=float("nan") if place.p_tukey is None else place.p_tukey,
        never_settles=place.never_settles,
        tuning=Tuning(lr=0.003, lrs=(0.003,) * n, alpha=0.0, alphas=(0.0,), rates=rates),
        training=Training(
            runs=n * len(RATES),
            diverged=sum(rate.diverged for rate in rates),
            zeros=(0,),
            weights=4_480,
            train_loss=curves * 0.8,
            validation=curves,
            best_epochs=tuple(int(epoch) for epoch in random.integers(20, EPOCHS, n)),
        ),
    )


def _metrics(example: CandidateExample, mean: float) -> dict[str, float]:
    nan = float("nan")
    proper = {"log_loss": 0.0812, "brier": 0.0213, "auc": 0.9952}
    return {"accuracy": mean, **(dict.fromkeys(proper, nan) if example.own else proper)}


def _rate(example: CandidateExample, rate: float, scores, spread: float) -> RateScores:
    lost = rate >= example.diverges_from
    far = abs(np.log10(rate / 0.003))
    sign = 1 if example.mean > 1 else -1
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
    metrics = {"accuracy": float(np.mean(scores)), "log_loss": 0.11}
    return Reference(
        name=name, summary=f"the {name} model", scores=summarize(scores, 0.25, metrics)
    )
