"""The verdict in words, sentence by sentence."""

from collections.abc import Sequence

import numpy as np

from losslab.experiment.findings import Reference, Row
from losslab.metrics.spec import Metric
from losslab.statistics.paired import paired_difference, score_differences
from losslab.statistics.power import splits_to_settle

_EQUAL = ("tied", "practically equal")


def verdict_of(
    rows: Sequence[Row],
    references: Sequence[Reference],
    metric: Metric,
    rope: float,
    test_to_train: float,
) -> str:
    """Say what the splits show, what they do not, and what would."""
    sound = [row for row in rows if row.verdict != "diverged"]
    if not sound:
        return "Every candidate diverged, so there is nothing to compare."
    best = sound[0]
    sentences = [
        _standing(sound, metric, rope),
        *_open(sound, test_to_train),
        _wrong(rows),
        _diverged(rows),
        _home_advantage(best, sound, metric),
        _against_references(best, references, metric, test_to_train, rope),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _standing(sound: Sequence[Row], metric: Metric, rope: float) -> str:
    best, others = sound[0], sound[1:]
    label = metric.label
    if not others:
        return f"{best.name} is the only candidate that can be ranked."
    if all(row.verdict in _EQUAL for row in others):
        return (
            f"On this table the loss hardly matters: all {len(sound)} candidates are practically "
            f"equal in {label}, within {rope:.3g}."
        )
    worse = [row.name for row in others if row.verdict == "worse"]
    equal = [row.name for row in others if row.verdict in _EQUAL]
    still = [row.name for row in others if row.verdict == "no difference shown"]
    parts = [f"{best.name} has the best mean {label}"]
    if worse:
        parts.append(f"and beats {listed(worse)} (paired, Holm p < .05)")
    if equal:
        parts.append(f"{listed(equal)} {_is(equal)} practically equal to it")
    if still:
        parts.append(f"no difference is shown against {listed(still)}")
    head, *rest = parts
    if worse:
        head, *rest = [f"{head} {rest[0]}", *rest[1:]]
    return "; ".join([head, *rest]) + "."


def _open(sound: Sequence[Row], test_to_train: float) -> list[str]:
    """What would settle the differences that are not shown."""
    best = sound[0]
    still = [row for row in sound[1:] if row.verdict == "no difference shown"]
    never = [row.name for row in still if row.never_settles]
    sentences = []
    if never:
        sentences.append(
            f"No number of splits of this table would settle {best.name} against {listed(never)}; "
            "more rows could."
        )
    pairs = len(sound) * (len(sound) - 1) // 2
    for row in still:
        if row.never_settles or row.n < 2:
            continue
        needed = splits_to_settle(
            score_differences(row.scores, best.scores), test_to_train, comparisons=pairs
        )
        if needed is not None:
            sentences.append(f"About {needed} splits would settle {best.name} against {row.name}.")
    return sentences


def _wrong(rows: Sequence[Row]) -> str:
    names = [row.name for row in rows if row.wrong]
    if not names:
        return ""
    return f"{listed(names)} {_is(names)} wrong on purpose and never recommended."


def _diverged(rows: Sequence[Row]) -> str:
    names = [row.name for row in rows if row.verdict == "diverged"]
    if not names:
        return ""
    return f"{listed(names)} diverged on at least one split at every learning rate."


def _home_advantage(best: Row, sound: Sequence[Row], metric: Metric) -> str:
    """A metric that is itself one of the losses favours whoever trained on it."""
    at_home = [row.name for row in sound if row.loss.split("(")[0] in metric.favours]
    if not at_home or len(at_home) == len(sound):
        return ""
    return f"{metric.label[:1].upper()}{metric.label[1:]} is what {listed(at_home)} trains for, a home advantage."


def _against_references(
    best: Row,
    references: Sequence[Reference],
    metric: Metric,
    test_to_train: float,
    rope: float,
) -> str:
    if not references:
        return ""
    sign = 1.0 if metric.higher_is_better else -1.0
    rival = max(references, key=lambda reference: sign * reference.mean)
    if not sign * rival.mean > sign * best.mean or len(best.scores) < 2:
        return ""
    difference = paired_difference(
        best.scores,
        rival.scores,
        test_to_train,
        rope,
        higher_is_better=metric.higher_is_better,
    )
    surely = (
        "" if difference.p < 0.05 else f" (not by a significant margin, p = {difference.p:.2f})"
    )
    return (
        f"The best network loses to {rival.name} ({rival.summary}), {best.mean:.3g} against "
        f"{rival.mean:.3g}{surely}."
    )


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def lr_sensitivity(row: Row, higher_is_better: bool) -> float:
    """How much the mean score drops from the best learning rate to the worst; inf if any diverged.

    Only rates tried on every split count.
    """
    if row.diverged:
        return float("inf")
    means = [float(rate.scores.mean()) for rate in row.rates if not np.isnan(rate.scores).any()]
    return max(means) - min(means) if means else float("inf")
