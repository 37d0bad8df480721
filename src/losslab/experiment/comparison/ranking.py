"""The ranking: records of runs summarized as rows, the best first."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from losslab.experiment.comparison.candidates import Candidate
from losslab.experiment.comparison.execute import Place
from losslab.experiment.comparison.findings import (
    CandidateSummary,
    Reference,
    Row,
    Scores,
    Training,
    Tuning,
)
from losslab.experiment.comparison.references import choose_estimator
from losslab.experiment.comparison.study import Study
from losslab.experiment.comparison.tuning import (
    TrialRecords,
    choose_trials,
    get_test_score,
    has_diverged,
    rank_overall,
    score_rates,
    select_records,
)
from losslab.experiment.options import NamedOption
from losslab.experiment.record import Record
from losslab.losses.identity import find_catalogue_name
from losslab.statistics.paired import Difference, Pair, compare_pairs
from losslab.statistics.resampling import compute_interval, summarize_scores
from losslab.statistics.verdicts import compare_all

NO_DIFFERENCE = Difference(
    delta=math.nan,
    low=math.nan,
    high=math.nan,
    p=math.nan,
    p_better=math.nan,
    p_equal=math.nan,
    p_worse=math.nan,
    n=0,
)


def rank_candidates(
    candidates: Sequence[Candidate], records: Mapping[Place, Record], study: Study
) -> tuple[Row, ...]:
    """Choose each candidate's learning rates, rank by the test rows, test against the best."""
    metric = study.choice.metric
    splits = range(len(study.splits))
    by_name = {candidate.name: candidate for candidate in candidates}
    tried = {
        name: select_records(candidate, records, splits) for name, candidate in by_name.items()
    }
    chosen = {
        name: [own[split][trial] for split, trial in choose_trials(own).items()]
        for name, own in tried.items()
    }
    scores = {name: _summarize_scores(own, study) for name, own in chosen.items()}
    values = {name: own.values for name, own in scores.items()}
    ranking = compare_all(values, study.test_to_train, study.rope, metric.higher_is_better)
    return tuple(
        Row(
            rank=place.rank,
            verdict=str(place.verdict),
            candidate=_summarize_candidate(by_name[place.name]),
            scores=scores[place.name],
            difference=place.difference or NO_DIFFERENCE,
            p_tukey=math.nan if place.p_tukey is None else place.p_tukey,
            never_settles=place.never_settles,
            tuning=_summarize_tuning(by_name[place.name], tried[place.name], metric.name),
            training=_summarize_training(tried[place.name], chosen[place.name]),
        )
        for place in ranking.rows
    )


def _summarize_candidate(candidate: Candidate) -> CandidateSummary:
    run, objective = candidate.run, candidate.run.objective
    return CandidateSummary(
        name=candidate.name,
        loss=objective.loss_label,
        catalogue=find_catalogue_name(objective.loss),
        head=objective.head.name,
        codec=objective.codec.name,
        optimizer=NamedOption(run.optimizer, run.optimizer_params).label,
        hidden=run.hidden,
        activation=run.activation,
        batch_size=run.batch_size,
        penalty=NamedOption(run.penalty, run.penalty_params).label,
        same_as=candidate.same_as,
        wrong=objective.wrong,
        selection=run.selection,
        gives_probabilities=objective.gives_probabilities,
        proper=objective.loss.proper,
    )


def _summarize_scores(records: Sequence[Record], study: Study) -> Scores:
    """Summarize one record per split; the interval stays within the bounds of the metric."""
    metric = study.choice.metric
    values = np.array([get_test_score(record, metric.name) for record in records])
    interval = compute_interval(values, study.test_to_train)
    names = dict.fromkeys(name for record in records for name in record.outcome["metrics"])
    # Summed as the ranking's mean, so that both are equal to the last bit.
    means = {
        name: summarize_scores([get_test_score(record, name) for record in records], 0.0).mean
        for name in names
    }
    return Scores(
        values=values,
        mean=interval.mean,
        low=max(interval.low, metric.bounds[0]),
        high=min(interval.high, metric.bounds[1]),
        metrics=means,
    )


def _summarize_tuning(candidate: Candidate, tried: TrialRecords, metric: str) -> Tuning:
    best, chosen = rank_overall(tried)[0], choose_trials(tried).values()
    return Tuning(
        lr=best.lr,
        lrs=tuple(trial.lr for trial in chosen),
        alpha=best.alpha,
        alphas=tuple(trial.alpha for trial in chosen),
        rates=score_rates(candidate, tried, metric),
    )


def _summarize_training(tried: TrialRecords, chosen: Sequence[Record]) -> Training:
    every = [record for own in tried.values() for record in own.values()]
    return Training(
        runs=len(every),
        diverged=sum(map(has_diverged, every)),
        zeros=tuple(record.outcome["zero_weights"] for record in chosen),
        weights=chosen[0].outcome["weights"],
        train_loss=np.stack([record.curves["train_loss"] for record in chosen]).astype(float),
        validation=np.stack([record.curves["selection"] for record in chosen]).astype(float),
        best_epochs=tuple(int(record.outcome["best_epoch"]) for record in chosen),
    )


def compare_rows(rows: Sequence[Row], test_to_train: float) -> tuple[Pair, ...]:
    """Compare every two candidates that did not diverge."""
    sound = {row.name: row.scores.values for row in rows if row.verdict != "diverged"}
    return compare_pairs(sound, test_to_train)


def summarize_references(
    records: Mapping[str, Sequence[Record]], study: Study
) -> tuple[Reference, ...]:
    """Summarize the reference models that were trained."""
    return tuple(
        Reference(
            name=name,
            summary=choose_estimator(name, study.data.task).describe(),
            scores=_summarize_scores(own, study),
        )
        for name, own in records.items()
    )
