"""Tuning: learning rate and alpha of each split, chosen on its validation rows only."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from losslab.experiment.comparison.candidates import Candidate, Trial
from losslab.experiment.comparison.execute import Place
from losslab.experiment.comparison.findings import RateScores
from losslab.experiment.record import Record

# The records of one candidate, by split and trial.
TrialRecords = Mapping[int, Mapping[Trial, Record]]


def select_records(
    candidate: Candidate, records: Mapping[Place, Record], splits: Sequence[int]
) -> TrialRecords:
    """Select the records of one candidate; trials that were not run are missing."""
    return {
        split: {
            trial: records[candidate.name, split, trial]
            for trial in candidate.trials
            if (candidate.name, split, trial) in records
        }
        for split in splits
    }


def get_selection_score(record: Record) -> float:
    """Return the score that trials are compared by, lower is better; inf if the run diverged."""
    value = record.outcome["selection"]
    return math.inf if has_diverged(record) or math.isnan(value) else float(value)


def get_test_score(record: Record | None, metric: str) -> float:
    """Return a metric on the test rows; NaN if the run diverged or lacks it."""
    if record is None or has_diverged(record):
        return math.nan
    return float(record.outcome["metrics"].get(metric, math.nan))


def has_diverged(record: Record) -> bool:
    """Return whether a run diverged."""
    return record.outcome.get("diverged_at") is not None


def rank_trials(records: Mapping[Trial, Record]) -> list[Trial]:
    """Order the trials of one split, the best first; of equals, the smaller one."""
    return sorted(records, key=lambda trial: (get_selection_score(records[trial]), trial))


def choose_trials(records: TrialRecords) -> dict[int, Trial]:
    """Choose the best trial of every split."""
    return {split: rank_trials(tried)[0] for split, tried in records.items()}


def rank_overall(records: TrialRecords) -> list[Trial]:
    """Order trials by their mean rank on the validation rows of all splits, the best first.

    The trial that most splits choose may do badly on the others; the mean rank tells what suits the
    table. Trials that diverged more often come after the rest, and those tried on fewer splits than
    others are left out.
    """
    ranks: dict[Trial, list[int]] = {}
    diverged: Counter[Trial] = Counter()
    for tried in records.values():
        for rank, trial in enumerate(rank_trials(tried)):
            ranks.setdefault(trial, []).append(rank)
            diverged[trial] += math.isinf(get_selection_score(tried[trial]))
    most = max(map(len, ranks.values()))
    complete = [trial for trial in ranks if len(ranks[trial]) == most]
    return sorted(complete, key=lambda trial: (diverged[trial], sum(ranks[trial]), trial))


def narrow_rates(records: TrialRecords, keep: int) -> tuple[float, ...]:
    """Choose the ``keep`` learning rates that do best over the splits, each at its best alpha."""
    rates = list(dict.fromkeys(trial.lr for trial in rank_overall(records)))
    return tuple(sorted(rates[:keep]))


def extend_rates(candidate: Candidate, records: TrialRecords) -> tuple[float, ...]:
    """Return the learning rate beyond the end of the grid that most splits chose, if they did.

    A learning rate is no cure for a pairing of loss and head that does not fit.
    """
    if candidate.run.objective.wrong is not None:
        return ()
    chosen = Counter(trial.lr for trial in choose_trials(records).values())
    for end, step in ((candidate.rates[0], next_below), (candidate.rates[-1], next_above)):
        if chosen[end] > len(records) / 2:
            return (step(end),)
    return ()


# 1, 3, 10, 30, ... times a power of ten, each as it is written.
_LADDER = [float(f"{digit}e{power}") for power in range(-12, 7) for digit in (1, 3)]


def next_below(rate: float) -> float:
    """Return the next smaller learning rate of the ladder 0.1, 0.3, 1, 3, ...

    Examples:
        >>> next_below(0.0003), next_below(0.0002)
        (0.0001, 0.0001)
    """
    return max((step for step in _LADDER if step < rate), default=rate / 3)


def next_above(rate: float) -> float:
    """Return the next larger learning rate of the ladder.

    Examples:
        >>> next_above(0.03), next_above(3.0)
        (0.1, 10.0)
    """
    return min((step for step in _LADDER if step > rate), default=rate * 3)


def score_rates(candidate: Candidate, records: TrialRecords, metric: str) -> tuple[RateScores, ...]:
    """Score every learning rate on every split, at the alpha that is best there.

    Scores are NaN where the rate was not tried or diverged; the selection score is infinite where
    it diverged.
    """
    ranked = {split: rank_trials(tried) for split, tried in records.items()}
    scores = []
    for rate in candidate.rates:
        best = [
            next((records[split][trial] for trial in order if trial.lr == rate), None)
            for split, order in ranked.items()
        ]
        scores.append(
            RateScores(
                lr=rate,
                selection=np.array([get_selection_score(r) if r else math.nan for r in best]),
                scores=np.array([get_test_score(record, metric) for record in best]),
                chosen=sum(order[0].lr == rate for order in ranked.values()),
                diverged=sum(record is not None and has_diverged(record) for record in best),
            )
        )
    return tuple(scores)
