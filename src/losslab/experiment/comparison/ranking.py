"""From records to the rows of a ranking."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from losslab.experiment.comparison.candidate import Candidate, Trial
from losslab.experiment.comparison.execute import Place
from losslab.experiment.comparison.findings import (
    CandidateSummary,
    Reference,
    Row,
    Scores,
    Training,
    Tuning,
)
from losslab.experiment.comparison.references import REFERENCES
from losslab.experiment.comparison.study import Study
from losslab.experiment.comparison.tuning import (
    choose_trials,
    rate_scores,
    score_of,
    trials_by_place,
)
from losslab.experiment.options import NamedOption
from losslab.experiment.record import Record
from losslab.losses.identity import find_catalogue_name
from losslab.statistics.paired import Difference, Pair, compare_pairs
from losslab.statistics.resampling import compute_interval, summarize_scores
from losslab.statistics.verdicts import RankingRow, compare_all

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
    chosen = {own.name: choose_trials(own, records, splits) for own in candidates}
    scores = {
        name: np.array(
            [score_of(records[name, split, trials[split]], metric.name) for split in splits]
        )
        for name, trials in chosen.items()
    }
    standings = compare_all(scores, study.test_to_train, study.rope, metric.higher_is_better)
    by_name = {candidate.name: candidate for candidate in candidates}
    return tuple(
        _row(standing, by_name[standing.name], records, chosen[standing.name], study)
        for standing in standings.rows
    )


def _row(
    standing: RankingRow,
    candidate: Candidate,
    records: Mapping[Place, Record],
    chosen: Mapping[int, Trial],
    study: Study,
) -> Row:
    own = [records[candidate.name, split, trial] for split, trial in chosen.items()]
    return Row(
        rank=standing.rank,
        verdict=str(standing.verdict),
        candidate=_summarize_candidate(candidate),
        scores=_summarize_scores(own, study),
        difference=standing.difference or NO_DIFFERENCE,
        p_tukey=math.nan if standing.p_tukey is None else standing.p_tukey,
        never_settles=standing.never_settles,
        tuning=_summarize_tuning(candidate, records, chosen, study),
        training=_summarize_training(candidate, records, chosen, own),
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
    values = np.array([score_of(record, metric.name) for record in records])
    interval = compute_interval(values, study.test_to_train)
    return Scores(
        values=values,
        mean=interval.mean,
        low=max(interval.low, metric.bounds[0]),
        high=min(interval.high, metric.bounds[1]),
        metrics=_mean_metrics(records),
    )


def _summarize_tuning(
    candidate: Candidate,
    records: Mapping[Place, Record],
    chosen: Mapping[int, Trial],
    study: Study,
) -> Tuning:
    best = trials_by_place(candidate, records, list(chosen))[0]
    return Tuning(
        lr=best.lr,
        lrs=tuple(trial.lr for trial in chosen.values()),
        alpha=best.alpha,
        alphas=tuple(trial.alpha for trial in chosen.values()),
        rates=rate_scores(candidate, records, chosen, study.choice.metric.name),
    )


def _summarize_training(
    candidate: Candidate,
    records: Mapping[Place, Record],
    chosen: Mapping[int, Trial],
    own: Sequence[Record],
) -> Training:
    tried = [
        records[place]
        for split in chosen
        for trial in candidate.trials
        if (place := (candidate.name, split, trial)) in records
    ]
    return Training(
        runs=len(tried),
        diverged=sum(record.outcome["diverged_at"] is not None for record in tried),
        zeros=tuple(record.outcome["zero_weights"] for record in own),
        weights=own[0].outcome["weights"],
        train_loss=np.stack([record.curves["train_loss"] for record in own]).astype(float),
        validation=np.stack([record.curves["selection"] for record in own]).astype(float),
        best_epochs=tuple(int(record.outcome["best_epoch"]) for record in own),
    )


def all_pairs(rows: Sequence[Row], test_to_train: float) -> tuple[Pair, ...]:
    """Every two candidates of a ranking that did not diverge."""
    sound = {row.name: row.scores.values for row in rows if row.verdict != "diverged"}
    return compare_pairs(sound, test_to_train)


def _mean_metrics(records: Sequence[Record]) -> dict[str, float]:
    """Every metric's mean over the splits; NaN if any split lacks it by divergence."""
    names = dict.fromkeys(name for record in records for name in record.outcome["metrics"])

    def mean(name: str) -> float:
        values = [record.outcome["metrics"].get(name, math.nan) for record in records]
        # As the ranking's means are made, so that both are equal to the last bit.
        return summarize_scores(values, test_to_train=0.0).mean

    return {name: mean(name) for name in names}


def summarize_references(
    records: Mapping[str, Sequence[Record]], study: Study
) -> tuple[Reference, ...]:
    """Summarize the reference models that were trained."""
    return tuple(
        Reference(
            name=model.name,
            summary=model.summary(study.data.task),
            scores=_summarize_scores(records[model.name], study),
        )
        for model in REFERENCES
        if model.name in records
    )
