"""The learning rate of each split, chosen on its validation rows and on nothing else."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from losslab.experiment.candidate import Candidate
from losslab.experiment.execute import Place
from losslab.experiment.findings import RateScores
from losslab.experiment.record import Record


def judged(record: Record) -> float:
    """What a run is chosen by, lower is better; inf if it diverged."""
    value = record.outcome["selection"]
    diverged = record.outcome["diverged_at"] is not None
    return math.inf if diverged or math.isnan(value) else float(value)


def choose_rates(
    candidate: Candidate, records: Mapping[Place, Record], splits: Sequence[int]
) -> dict[int, float]:
    """The best learning rate of every split; the smaller one of equals."""
    return {split: _by_merit(candidate, records, split)[0] for split in splits}


def _by_merit(candidate: Candidate, records: Mapping[Place, Record], split: int) -> list[float]:
    """The learning rates tried on a split, the best first."""
    merits = [
        (judged(records[candidate.name, split, rate]), rate)
        for rate in candidate.rates
        if (candidate.name, split, rate) in records
    ]
    return [rate for _, rate in sorted(merits)]


def narrowed_rates(
    candidate: Candidate, records: Mapping[Place, Record], splits: Sequence[int], keep: int
) -> tuple[float, ...]:
    """The ``keep`` learning rates with the best mean place on the validation rows.

    The rate that single splits choose most often may do badly on the others; the mean place says
    what suits the table. Rates that diverged more often than others come after them, and rates
    that were tried on fewer splits than others are out.
    """
    places: dict[float, list[int]] = {}
    lost: Counter[float] = Counter()
    for split in splits:
        for place, rate in enumerate(_by_merit(candidate, records, split)):
            places.setdefault(rate, []).append(place)
            lost[rate] += math.isinf(judged(records[candidate.name, split, rate]))
    most = max(len(own) for own in places.values())
    tried = [rate for rate, own in places.items() if len(own) == most]
    best = sorted(tried, key=lambda rate: (lost[rate], sum(places[rate]), rate))[:keep]
    return tuple(sorted(best))


def rate_scores(
    candidate: Candidate,
    records: Mapping[Place, Record],
    chosen: Mapping[int, float],
    metric: str,
) -> tuple[RateScores, ...]:
    """How every learning rate did on every split, NaN where it was not tried.

    Where it diverged, the score is NaN and what it was judged by infinite.
    """
    found = []
    for rate in candidate.rates:
        tried = [records.get((candidate.name, split, rate)) for split in chosen]
        found.append(
            RateScores(
                lr=rate,
                selection=np.array([judged(r) if r else math.nan for r in tried]),
                scores=np.array([score_of(r, metric) for r in tried]),
                chosen=sum(own == rate for own in chosen.values()),
                diverged=sum(r is not None and r.outcome["diverged_at"] is not None for r in tried),
            )
        )
    return tuple(found)


def score_of(record: Record | None, metric: str) -> float:
    """A metric of a run on its test rows; NaN if it diverged or has none."""
    if record is None or record.outcome.get("diverged_at") is not None:
        return math.nan
    return float(record.outcome["metrics"].get(metric, math.nan))
