"""Learning rate and alpha of each split, chosen on its validation rows and on nothing else."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from losslab.experiment.comparison.candidate import Candidate, Trial
from losslab.experiment.comparison.execute import Place
from losslab.experiment.comparison.findings import RateScores
from losslab.experiment.record import Record


def judged(record: Record) -> float:
    """What a run is chosen by, lower is better; inf if it diverged."""
    value = record.outcome["selection"]
    diverged = record.outcome["diverged_at"] is not None
    return math.inf if diverged or math.isnan(value) else float(value)


def choose_trials(
    candidate: Candidate, records: Mapping[Place, Record], splits: Sequence[int]
) -> dict[int, Trial]:
    """The best combination of every split; the smaller one of equals."""
    return {split: _by_merit(candidate, records, split)[0] for split in splits}


def _by_merit(candidate: Candidate, records: Mapping[Place, Record], split: int) -> list[Trial]:
    """What was tried on a split, the best first."""
    merits = [
        (judged(records[candidate.name, split, trial]), trial)
        for trial in candidate.trials
        if (candidate.name, split, trial) in records
    ]
    return [trial for _, trial in sorted(merits)]


def rates_beyond(
    candidate: Candidate, records: Mapping[Place, Record], splits: Sequence[int]
) -> tuple[float, ...]:
    """The next learning rate beyond the end of those tried that most splits chose, if they did.

    What is wrong on purpose is not to be mended by a learning rate.
    """
    if candidate.run.objective.wrong is not None:
        return ()
    chosen = Counter(trial.lr for trial in choose_trials(candidate, records, splits).values())
    for end, further in ((candidate.rates[0], next_below), (candidate.rates[-1], next_above)):
        if chosen[end] > len(splits) / 2:
            return (further(end),)
    return ()


# 1, 3, 10, 30, ... times a power of ten, each as it is written.
_LADDER = [float(f"{digit}e{power}") for power in range(-12, 7) for digit in (1, 3)]


def next_below(rate: float) -> float:
    """The next smaller learning rate of the ladder 0.1, 0.3, 1, 3, ...

    >>> next_below(0.0003), next_below(0.0002)
    (0.0001, 0.0001)
    """
    return max((step for step in _LADDER if step < rate), default=rate / 3)


def next_above(rate: float) -> float:
    """The next larger learning rate of the ladder.

    >>> next_above(0.03), next_above(3.0)
    (0.1, 10.0)
    """
    return min((step for step in _LADDER if step > rate), default=rate * 3)


def narrowed_rates(
    candidate: Candidate, records: Mapping[Place, Record], splits: Sequence[int], keep: int
) -> tuple[float, ...]:
    """The ``keep`` learning rates that do best over the splits, each at its best alpha."""
    order = trials_by_place(candidate, records, splits)
    return tuple(sorted(tuple(dict.fromkeys(trial.lr for trial in order))[:keep]))


def trials_by_place(
    candidate: Candidate, records: Mapping[Place, Record], splits: Sequence[int]
) -> list[Trial]:
    """What was tried, by the mean place on the validation rows, the best first.

    What single splits choose most often may do badly on the others; the mean place says what suits
    the table. What diverged more often comes after the rest, and what was tried on fewer splits
    than others is out.
    """
    places: dict[Trial, list[int]] = {}
    lost: Counter[Trial] = Counter()
    for split in splits:
        for place, trial in enumerate(_by_merit(candidate, records, split)):
            places.setdefault(trial, []).append(place)
            lost[trial] += math.isinf(judged(records[candidate.name, split, trial]))
    most = max(len(own) for own in places.values())
    tried = [trial for trial, own in places.items() if len(own) == most]
    return sorted(tried, key=lambda trial: (lost[trial], sum(places[trial]), trial))


def rate_scores(
    candidate: Candidate,
    records: Mapping[Place, Record],
    chosen: Mapping[int, Trial],
    metric: str,
) -> tuple[RateScores, ...]:
    """How every learning rate did on every split at the alpha that suits it there.

    NaN where it was not tried. Where it diverged, the score is NaN and what it was judged by
    infinite.
    """
    merits = {split: _by_merit(candidate, records, split) for split in chosen}
    found = []
    for rate in candidate.rates:
        best = {
            split: next((trial for trial in order if trial.lr == rate), None)
            for split, order in merits.items()
        }
        tried = [
            None if trial is None else records[candidate.name, split, trial]
            for split, trial in best.items()
        ]
        found.append(
            RateScores(
                lr=rate,
                selection=np.array([judged(r) if r else math.nan for r in tried]),
                scores=np.array([score_of(r, metric) for r in tried]),
                chosen=sum(own.lr == rate for own in chosen.values()),
                diverged=sum(r is not None and r.outcome["diverged_at"] is not None for r in tried),
            )
        )
    return tuple(found)


def score_of(record: Record | None, metric: str) -> float:
    """A metric of a run on its test rows; NaN if it diverged or has none."""
    if record is None or record.outcome.get("diverged_at") is not None:
        return math.nan
    return float(record.outcome["metrics"].get(metric, math.nan))
