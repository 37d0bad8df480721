"""The recommendation with its reason, and the verdict in words, sentence by sentence."""

import math
from collections.abc import Sequence

import numpy as np

from losslab.experiment.comparison.findings import Recommendation, Reference, Row
from losslab.experiment.formatting import format_number
from losslab.losses.catalog import LOSSES
from losslab.metrics.spec import Metric
from losslab.statistics.paired import compare_pair
from losslab.statistics.resampling import CONFIDENCE_LEVEL
from losslab.statistics.step_down import count_splits_to_settle, prepare_tests

_OUT = ("worse", "diverged")


def recommend(rows: Sequence[Row], metric: Metric) -> Recommendation | None:
    """Recommend among the candidates that are not shown worse than the best.

    Among proper losses, the one with the best log loss; among losses of values, the best of those
    that aim at what the metric rewards, such as the mean for RMSE; else the least sensitive to the
    learning rate; else the simplest, which comes first in the catalogue. Pairings that are wrong
    on purpose are never recommended, nor is what diverged.
    """
    sane = [row for row in rows if row.candidate.wrong is None and row.verdict != "diverged"]
    if not sane:
        return None
    fit = [row for row in sane if row.verdict not in _OUT]
    row, reason = _choose(fit, metric) if len(fit) > 1 else ((fit or sane)[0], _alone(rows, fit))
    return Recommendation(
        name=row.name,
        loss=row.candidate.loss,
        head=row.candidate.head,
        optimizer=row.candidate.optimizer,
        lr=row.tuning.lr,
        penalty=row.candidate.penalty,
        alpha=row.tuning.alpha,
        reason=reason,
    )


def _alone(rows: Sequence[Row], fit: Sequence[Row]) -> str:
    """Why there is no choice."""
    if not fit:
        return "the best of those that are not wrong on purpose"
    others = [row for row in rows if row is not fit[0]]
    if not others:
        return "the only candidate"
    fates = {
        "is shown worse": any(row.verdict == "worse" for row in others),
        "diverged": any(row.verdict == "diverged" for row in others),
        "is wrong on purpose": any(
            row.candidate.wrong and row.verdict not in _OUT for row in others
        ),
    }
    every = "the other candidate" if len(others) == 1 else "every other candidate"
    first = "the best" if fit[0].verdict == "best" else "not shown worse than the best"
    return f"{first}, and {every} {' or '.join(fate for fate, holds in fates.items() if holds)}"


def _choose(fit: Sequence[Row], metric: Metric) -> tuple[Row, str]:
    among = f"the {len(fit)} not shown worse than the best"
    honest = [row for row in fit if _is_honest(row)]
    if honest:
        row = min(honest, key=lambda row: (row.scores.metrics["log_loss"], *simplicity(row)))
        if len(honest) == 1 < len(fit):
            return row, f"the only one whose probabilities can be trusted, among {among}"
        trusted = f"the {len(honest)} whose probabilities can be trusted, among "
        some = "" if len(honest) == len(fit) else trusted
        return row, f"the best log loss ({row.scores.metrics['log_loss']:.3f}) of {some}{among}"
    aimed = [row for row in fit if _elicits(row) in metric.rewards]
    if aimed and len(aimed) < len(fit):
        return _best_aimed(aimed, metric, among)
    drops = {row.name: lr_sensitivity(row) for row in fit}
    row = min(fit, key=lambda row: (drops[row.name], *simplicity(row)))
    if list(drops.values()).count(drops[row.name]) == len(fit):
        return row, f"the simplest of {among}"
    return row, (
        f"the least sensitive to the learning rate (its mean {metric.label} changes by "
        f"{format_number(drops[row.name])}) of {among}"
    )


def _best_aimed(aimed: Sequence[Row], metric: Metric, among: str) -> tuple[Row, str]:
    sign = -1.0 if metric.higher_is_better else 1.0
    row = min(aimed, key=lambda row: (sign * row.scores.mean, *simplicity(row)))
    which = "the only one" if len(aimed) == 1 else f"the best of the {len(aimed)}"
    # A log-mean is turned into the mean when it predicts.
    aim = (_elicits(row) or "").removeprefix("log-")
    return row, f"{which} whose loss aims at the {aim}, which {metric.label} rewards, among {among}"


def _elicits(row: Row) -> str | None:
    """What the best constant of its loss is; None for a user's own."""
    return None if row.candidate.catalogue is None else LOSSES[row.candidate.catalogue].elicits


def _is_honest(row: Row) -> bool:
    """Whether it has probabilities that its loss was trained to get right.

    Others may score well on one table by luck, with probabilities that mean something else.
    """
    return row.candidate.proper and math.isfinite(row.scores.metrics.get("log_loss", math.nan))


def simplicity(row: Row) -> tuple[int, int, int]:
    """What sorts the simplest first: the loss's place in the catalogue, layers, hidden units."""
    known = list(LOSSES)
    place = len(known) if row.candidate.catalogue is None else known.index(row.candidate.catalogue)
    return place, len(row.candidate.hidden), sum(row.candidate.hidden)


def lr_sensitivity(row: Row) -> float:
    """How far the mean scores of the learning rates lie apart; inf if any run diverged.

    Only rates tried on every split count.
    """
    if row.training.diverged:
        return math.inf
    means = [
        float(rate.scores.mean()) for rate in row.tuning.rates if not np.isnan(rate.scores).any()
    ]
    return max(means) - min(means) if means else math.inf


_EQUAL = ("tied", "practically equal")
_SPOKEN = 3  # so many names are said one by one even where they are all the others
_NOTHING_SANE = "Nothing is recommended, since no pairing that fits was ranked: add one."


def write_verdict(
    rows: Sequence[Row],
    references: Sequence[Reference],
    metric: Metric,
    rope: float,
    test_to_train: float,
) -> str:
    """Say what the splits show, what they do not, and what would."""
    sound = [row for row in rows if row.verdict != "diverged"]
    if not sound:
        return _all_diverged(rows)
    best = sound[0]
    sentences = [
        _standing(sound, metric, rope),
        _open(sound, test_to_train),
        _wrong(rows),
        _diverged(rows),
        _home_advantage(sound, metric),
        _against_references(best, references, metric, test_to_train, rope),
        "" if any(row.candidate.wrong is None for row in sound) else _NOTHING_SANE,
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _all_diverged(rows: Sequence[Row]) -> str:
    first = "Every candidate diverged, so there is nothing to compare and nothing to recommend"
    sane = [row.name for row in rows if not row.candidate.wrong]
    if not sane:
        return f"{first}; all are wrong on purpose: add a pairing that fits."
    if len(sane) < len(rows):
        return f"{first}; smaller learning rates may train {join_names(sane)}. {_wrong(rows)}"
    return f"{first}; smaller learning rates may train."


def _standing(sound: Sequence[Row], metric: Metric, rope: float) -> str:
    best, others = sound[0], sound[1:]
    label = metric.label
    if not others:
        return f"{best.name} is the only candidate that can be ranked."
    if all(row.verdict in _EQUAL for row in others):
        what = "loss" if len({row.candidate.loss for row in sound}) > 1 else "choice"
        return (
            f"On this table the {what} hardly matters: all {len(sound)} candidates are practically "
            f"equal in {label}, within {format_number(rope)}."
        )
    worse = [row.name for row in others if row.verdict == "worse"]
    equal = [row.name for row in others if row.verdict in _EQUAL]
    still = [row.name for row in others if row.verdict == "no difference shown"]
    parts = [f"{best.name} has the best mean {label}"]
    if worse:
        parts = [f"{parts[0]} and beats {_beaten(worse, others)} (paired, Tukey p < .05)"]
    if equal:
        # Where no open ones follow, these are all that is left.
        left = (
            f"the other {len(equal)}" if len(equal) > _SPOKEN and not still else join_names(equal)
        )
        parts.append(f"{left} {_is(equal)} practically equal to it")
    if still:
        left = f"any of the other {len(still)}" if len(still) > _SPOKEN else join_names(still)
        parts.append(f"no difference is shown against {left}")
    return "; ".join(parts) + "."


def _beaten(worse: Sequence[str], others: Sequence[Row]) -> str:
    everyone = len(worse) == len(others) > _SPOKEN
    return f"all {len(others)} others" if everyone else join_names(worse)


def _open(sound: Sequence[Row], test_to_train: float) -> str:
    """What would settle the differences that are not shown."""
    best = sound[0]
    scores = [row.scores.values for row in sound]
    several = len(scores[0]) > 1  # a single split gives no spread to reckon with
    still = [row for row in sound[1:] if row.verdict == "no difference shown" and several]
    counts = count_splits_to_settle(prepare_tests(scores), test_to_train)
    needed: dict[int, list[str]] = {}
    for row, count in zip(sound[1:], counts, strict=True):
        if row in still and count is not None:
            needed.setdefault(count, []).append(row.name)
    never = len(still) - sum(map(len, needed.values()))
    sentences = []
    if needed:
        (count, first), *others = needed.items()
        parts = [f"about {count:,} splits would settle {best.name} against {join_names(first)}"]
        parts += [f"about {count:,} against {join_names(names)}" for count, names in others]
        sentences.append(", ".join(parts))
    if never:
        # Who they are was said when no difference was shown.
        which = "the other difference" if needed else "this difference"
        if never > 1:
            which = f"the other {never} differences" if needed else "these differences"
        sentences += [f"no number of splits of this table would settle {which}"]
        sentences += ["more rows could"]
    text = "; ".join(sentences)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _wrong(rows: Sequence[Row]) -> str:
    names = [row.name for row in rows if row.candidate.wrong]
    if not names:
        return ""
    return f"{join_names(names)} {_is(names)} wrong on purpose and never recommended."


def _diverged(rows: Sequence[Row]) -> str:
    names = [row.name for row in rows if row.verdict == "diverged"]
    if not names:
        return ""
    rates = " at every learning rate" if any(len(row.tuning.rates) > 1 for row in rows) else ""
    return f"{join_names(names)} diverged on at least one split{rates}."


def _home_advantage(sound: Sequence[Row], metric: Metric) -> str:
    """A metric that is itself one of the losses favours whoever trained on it."""
    losses = dict.fromkeys((row.candidate.loss, row.candidate.catalogue) for row in sound)
    at_home = [loss for loss, known in losses if known in metric.favours]
    if not at_home or len(at_home) == len(losses):
        return ""
    trains, one = ("trains", "a") if len(at_home) == 1 else ("train", "their")
    label = f"{metric.label[:1].upper()}{metric.label[1:]}"
    return f"{label} is what {join_names(at_home)} {trains} for, {one} home advantage."


def _against_references(
    best: Row,
    references: Sequence[Reference],
    metric: Metric,
    test_to_train: float,
    rope: float,
) -> str:
    sign = 1.0 if metric.higher_is_better else -1.0
    better = [other for other in references if sign * other.scores.mean > sign * best.scores.mean]
    if not better:
        return ""
    rival = max(better, key=lambda reference: sign * reference.scores.mean)
    difference = compare_pair(
        best.scores.values,
        rival.scores.values,
        test_to_train,
        rope,
        higher_is_better=metric.higher_is_better,
    )
    ours, theirs = _told_apart(best.scores.mean, rival.scores.mean)
    reference, means = (
        f"the reference {rival.name!r} ({rival.summary})",
        f"mean {metric.label} {ours} against {theirs}",
    )
    if difference.p_equal >= CONFIDENCE_LEVEL:
        return (
            f"The best network is practically equal to {reference}: {means}, "
            f"within {format_number(rope)}."
        )
    if difference.p < 1 - CONFIDENCE_LEVEL:
        return f"The best network loses to {reference}: {means}."
    # NaN, from a single split, shows nothing.
    p = f" (p = {difference.p:.2f})" if difference.p == difference.p else ""
    return f"No difference is shown between the best network and {reference}: {means}{p}."


def _told_apart(first: float, second: float) -> tuple[str, str]:
    """Both numbers with as many digits as it takes to see which is larger, up to six."""
    for digits in (3, 4, 5):
        if format_number(first, digits) != format_number(second, digits):
            return format_number(first, digits), format_number(second, digits)
    return format_number(first, 6), format_number(second, 6)


def join_names(names: Sequence[str]) -> str:
    """Join names as a sentence does.

    >>> join_names(["a"]), join_names(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
