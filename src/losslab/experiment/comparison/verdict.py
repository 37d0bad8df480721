"""The recommendation with its reason, and the verdict in words."""

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

_SHOWN_WORSE = ("worse", "diverged")
_EQUAL = ("tied", "practically equal")
_OPEN = "no difference shown"
# Up to so many names are listed even where they are all the others.
_MAX_LISTED = 3


def recommend(rows: Sequence[Row], metric: Metric) -> Recommendation | None:
    """Recommend one of the candidates that are not shown worse than the best.

    Among proper losses, the one with the best log loss; among losses of values, the best of those
    that aim at what the metric rewards, such as the mean for RMSE; else the least sensitive to the
    learning rate; else the simplest, which comes first in the catalogue. Pairings that are wrong
    on purpose are never recommended, nor are candidates that diverged.
    """
    fitting = [row for row in rows if row.candidate.wrong is None and row.verdict != "diverged"]
    if not fitting:
        return None
    eligible = [row for row in fitting if row.verdict not in _SHOWN_WORSE]
    if len(eligible) > 1:
        row, reason = _choose_row(eligible, metric)
    elif eligible:
        row, reason = eligible[0], _explain_only_choice(eligible[0], rows)
    else:
        row, reason = fitting[0], "the best of those that are not wrong on purpose"
    candidate = row.candidate
    return Recommendation(
        name=candidate.name,
        loss=candidate.loss,
        head=candidate.head,
        optimizer=candidate.optimizer,
        lr=row.tuning.lr,
        penalty=candidate.penalty,
        alpha=row.tuning.alpha,
        reason=reason,
    )


def _explain_only_choice(row: Row, rows: Sequence[Row]) -> str:
    others = [other for other in rows if other is not row]
    if not others:
        return "the only candidate"
    causes = {
        "is shown worse": any(other.verdict == "worse" for other in others),
        "diverged": any(other.verdict == "diverged" for other in others),
        "is wrong on purpose": any(
            other.candidate.wrong and other.verdict not in _SHOWN_WORSE for other in others
        ),
    }
    every = "the other candidate" if len(others) == 1 else "every other candidate"
    first = "the best" if row.verdict == "best" else "not shown worse than the best"
    return f"{first}, and {every} {' or '.join(cause for cause in causes if causes[cause])}"


def _choose_row(rows: Sequence[Row], metric: Metric) -> tuple[Row, str]:
    among = f"the {len(rows)} not shown worse than the best"
    trusted = [row for row in rows if _has_trusted_probabilities(row)]
    if trusted:
        row = min(trusted, key=lambda row: (row.scores.metrics["log_loss"], *rank_simplicity(row)))
        if len(trusted) == 1 < len(rows):
            return row, f"the only one whose probabilities can be trusted, among {among}"
        some = f"the {len(trusted)} whose probabilities can be trusted, among "
        some = "" if len(trusted) == len(rows) else some
        return row, f"the best log loss ({row.scores.metrics['log_loss']:.3f}) of {some}{among}"
    aimed = [row for row in rows if _get_elicited(row) in metric.rewards]
    if aimed and len(aimed) < len(rows):
        sign = -1.0 if metric.higher_is_better else 1.0
        row = min(aimed, key=lambda row: (sign * row.scores.mean, *rank_simplicity(row)))
        which = "the only one" if len(aimed) == 1 else f"the best of the {len(aimed)}"
        # A log-mean is converted to the mean when it predicts.
        aim = (_get_elicited(row) or "").removeprefix("log-")
        reason = f"{which} whose loss aims at the {aim}, which {metric.label} rewards"
        return row, f"{reason}, among {among}"
    changes = {row.name: measure_lr_sensitivity(row) for row in rows}
    row = min(rows, key=lambda row: (changes[row.name], *rank_simplicity(row)))
    if list(changes.values()).count(changes[row.name]) == len(rows):
        return row, f"the simplest of {among}"
    return row, (
        f"the least sensitive to the learning rate (its mean {metric.label} changes by "
        f"{format_number(changes[row.name])}) of {among}"
    )


def _get_elicited(row: Row) -> str | None:
    """Return what the best constant of the loss is; None for a user's own loss."""
    catalogue = row.candidate.catalogue
    return None if catalogue is None else LOSSES[catalogue].elicits


def _has_trusted_probabilities(row: Row) -> bool:
    """Return whether the loss trained the probabilities to be right.

    Others may score well on one table by luck, with probabilities that mean something else.
    """
    return row.candidate.proper and math.isfinite(row.scores.metrics.get("log_loss", math.nan))


def rank_simplicity(row: Row) -> tuple[int, int, int]:
    """Return a sort key, the simplest first: place of the loss in the catalogue, layers, units."""
    known, catalogue = list(LOSSES), row.candidate.catalogue
    place = len(known) if catalogue is None else known.index(catalogue)
    return place, len(row.candidate.hidden), sum(row.candidate.hidden)


def measure_lr_sensitivity(row: Row) -> float:
    """Return the range of the mean scores of the learning rates; inf if any run diverged.

    Only rates tried on every split count.
    """
    if row.training.diverged:
        return math.inf
    complete = [rate.scores for rate in row.tuning.rates if not np.isnan(rate.scores).any()]
    means = [float(scores.mean()) for scores in complete]
    return max(means) - min(means) if means else math.inf


def write_verdict(
    rows: Sequence[Row],
    references: Sequence[Reference],
    metric: Metric,
    rope: float,
    test_to_train: float,
) -> str:
    """Write what the splits show, what they do not show, and what would show it."""
    sound = [row for row in rows if row.verdict != "diverged"]
    if not sound:
        return _describe_all_diverged(rows)
    sentences = [
        _describe_ranking(sound, metric, rope),
        _describe_open_differences(sound, test_to_train),
        _describe_wrong(rows),
        _describe_diverged(rows),
        _describe_home_advantage(sound, metric),
        _compare_with_references(sound[0], references, metric, test_to_train, rope),
    ]
    if all(row.candidate.wrong is not None for row in sound):
        sentences.append("Nothing is recommended, since no pairing that fits was ranked: add one.")
    return " ".join(filter(None, sentences))


def _describe_all_diverged(rows: Sequence[Row]) -> str:
    first = "Every candidate diverged, so there is nothing to compare and nothing to recommend"
    fitting = [row.name for row in rows if not row.candidate.wrong]
    if not fitting:
        return f"{first}; all are wrong on purpose: add a pairing that fits."
    if len(fitting) < len(rows):
        names = join_names(fitting)
        return f"{first}; smaller learning rates may train {names}. {_describe_wrong(rows)}"
    return f"{first}; smaller learning rates may train."


def _describe_ranking(sound: Sequence[Row], metric: Metric, rope: float) -> str:
    best, others = sound[0], sound[1:]
    if not others:
        return f"{best.name} is the only candidate that can be ranked."
    if all(row.verdict in _EQUAL for row in others):
        what = "loss" if len({row.candidate.loss for row in sound}) > 1 else "choice"
        return (
            f"On this table the {what} hardly matters: all {len(sound)} candidates are practically "
            f"equal in {metric.label}, within {format_number(rope)}."
        )
    worse = [row.name for row in others if row.verdict == "worse"]
    equal = [row.name for row in others if row.verdict in _EQUAL]
    still_open = [row.name for row in others if row.verdict == _OPEN]
    parts = [f"{best.name} has the best mean {metric.label}"]
    if worse:
        everyone = len(worse) == len(others) > _MAX_LISTED
        names = f"all {len(others)} others" if everyone else join_names(worse)
        parts[0] += f" and beats {names} (paired, Tukey p < .05)"
    if equal:
        # Where no open ones follow, these are all that is left.
        everyone = len(equal) > _MAX_LISTED and not still_open
        names = f"the other {len(equal)}" if everyone else join_names(equal)
        parts.append(f"{names} {_be(equal)} practically equal to it")
    if still_open:
        many = len(still_open) > _MAX_LISTED
        names = f"any of the other {len(still_open)}" if many else join_names(still_open)
        parts.append(f"no difference is shown against {names}")
    return "; ".join(parts) + "."


def _describe_open_differences(sound: Sequence[Row], test_to_train: float) -> str:
    """Describe what would settle the differences that are not shown."""
    best, scores = sound[0], [row.scores.values for row in sound]
    # A single split has no spread to extrapolate from.
    still_open = [row for row in sound[1:] if row.verdict == _OPEN and len(scores[0]) > 1]
    counts = count_splits_to_settle(prepare_tests(scores), test_to_train)
    needed: dict[int, list[str]] = {}
    for row, count in zip(sound[1:], counts, strict=True):
        if row in still_open and count is not None:
            needed.setdefault(count, []).append(row.name)
    never = len(still_open) - sum(map(len, needed.values()))
    sentences = []
    if needed:
        (count, first), *others = needed.items()
        parts = [f"about {count:,} splits would settle {best.name} against {join_names(first)}"]
        parts += [f"about {count:,} against {join_names(names)}" for count, names in others]
        sentences.append(", ".join(parts))
    if never:
        # Their names were listed when no difference was shown.
        which = "the other difference" if needed else "this difference"
        if never > 1:
            which = f"the other {never} differences" if needed else "these differences"
        sentences += [f"no number of splits of this table would settle {which}"]
        sentences += ["more rows could"]
    text = "; ".join(sentences)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _describe_wrong(rows: Sequence[Row]) -> str:
    names = [row.name for row in rows if row.candidate.wrong]
    if not names:
        return ""
    return f"{join_names(names)} {_be(names)} wrong on purpose and never recommended."


def _describe_diverged(rows: Sequence[Row]) -> str:
    names = [row.name for row in rows if row.verdict == "diverged"]
    if not names:
        return ""
    several = any(len(row.tuning.rates) > 1 for row in rows)
    rates = " at every learning rate" if several else ""
    return f"{join_names(names)} diverged on at least one split{rates}."


def _describe_home_advantage(sound: Sequence[Row], metric: Metric) -> str:
    """Note that the metric is itself one of the losses, which favours that loss."""
    losses = dict.fromkeys((row.candidate.loss, row.candidate.catalogue) for row in sound)
    favoured = [loss for loss, known in losses if known in metric.favours]
    if not favoured or len(favoured) == len(losses):
        return ""
    trains, one = ("trains", "a") if len(favoured) == 1 else ("train", "their")
    label = f"{metric.label[:1].upper()}{metric.label[1:]}"
    return f"{label} is what {join_names(favoured)} {trains} for, {one} home advantage."


def _compare_with_references(
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
    ours, theirs = _format_distinct(best.scores.mean, rival.scores.mean)
    reference = f"the reference {rival.name!r} ({rival.summary})"
    means = f"mean {metric.label} {ours} against {theirs}"
    if difference.p_equal >= CONFIDENCE_LEVEL:
        return (
            f"The best network is practically equal to {reference}: {means}, "
            f"within {format_number(rope)}."
        )
    if difference.p < 1 - CONFIDENCE_LEVEL:
        return f"The best network loses to {reference}: {means}."
    # A single split gives no p-value.
    p = "" if math.isnan(difference.p) else f" (p = {difference.p:.2f})"
    return f"No difference is shown between the best network and {reference}: {means}{p}."


def _format_distinct(first: float, second: float) -> tuple[str, str]:
    """Format both numbers with as many digits as it takes to tell them apart, up to six."""
    pairs = [
        (format_number(first, digits), format_number(second, digits)) for digits in range(3, 7)
    ]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[-1])


def join_names(names: Sequence[str]) -> str:
    """Join names with commas and a final "and".

    Examples:
        >>> join_names(["a"]), join_names(["a", "b", "c"])
        ('a', 'a, b and c')
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _be(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
