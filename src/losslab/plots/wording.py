"""Numbers in words: the one way in which tables, pictures and reports write them."""

import math
from collections.abc import Iterable
from statistics import median_low

from losslab.experiment.comparison.findings import (
    Findings,
    Recommendation,
    Reference,
    Row,
)
from losslab.experiment.formatting import format_count

NOTHING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
LONGEST = 10  # letters of a score; what is longer is off every scale anyway


def choose_score_format(values: Iterable[float]) -> str:
    """Choose the format that shows scores of this size with three significant decimals.

    Scores near 1, such as accuracies, get three decimals; errors in the target's own units get
    four significant digits; the very large and the very small get an exponent. The median size
    decides, so that one candidate that went wrong does not blur the others.

    >>> [choose_score_format(values) for values in ([0.81, 0.79], [55.1, 57.2], [20_300.0])]
    [',.3f', ',.2f', ',.0f']
    """
    sizes = [abs(value) for value in values if math.isfinite(value) and value != 0]
    power = math.floor(math.log10(median_low(sizes))) if sizes else 0
    if not -5 < power < 7:
        return ".3e"
    return f",.{max(0, 3 - power if power >= 0 else 2 - power)}f"


def choose_ranking_format(findings: Findings) -> str:
    """Choose one format for every score of the ranking metric in ``findings``."""
    lines: list[Row | Reference] = [*findings.rows, *findings.references]
    return choose_score_format([line.scores.mean for line in lines])


def format_score(value: float, shown: str) -> str:
    """Write a score; what is not finite has none.

    >>> format_score(0.8125, ",.3f"), format_score(-2.5, ",.1f"), format_score(float("nan"), ",.3f")
    ('0.812', '−2.5', '–')
    """
    if not math.isfinite(value):
        return NOTHING
    text = format(value, shown)
    if len(text) > LONGEST:
        text = f"{value:.3g}"
    bare = text.removeprefix("-")
    # A rounded zero has no sign.
    return bare if not any(digit in bare for digit in "123456789") else text.replace("-", MINUS)


def format_difference(value: float, shown: str) -> str:
    """Write a difference with its sign.

    >>> [format_difference(value, ",.3f") for value in (0.002, -0.0164, 0.0001)]
    ['+0.002', '−0.016', '0.000']
    """
    text = format_score(value, shown)
    plain = text == NOTHING or text.startswith(MINUS) or not text.strip("0.,")
    return text if plain else f"+{text}"


def format_interval(low: float, high: float, shown: str) -> str:
    """Write an interval; a single split has none.

    >>> format_interval(0.806, 0.8184, ",.3f")
    '[0.806, 0.818]'
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return NOTHING
    return f"[{format_score(low, shown)}, {format_score(high, shown)}]"


def format_p_value(value: float) -> str:
    """Write a p-value without a leading zero, never as 0.

    >>> format_p_value(0.0004), format_p_value(0.0312), format_p_value(1.0)
    ('< .001', '.031', '1.000')
    """
    if math.isnan(value):
        return NOTHING
    text = f"{value:.3f}"
    return "< .001" if value < 0.001 else text.removeprefix("0")


def format_probability(value: float) -> str:
    """Write a probability in per cent; only certainty is 0 or 100.

    >>> format_probability(0.974), format_probability(0.0004), format_probability(0.9999)
    ('97 %', '< 1 %', '> 99 %')
    """
    if math.isnan(value):
        return NOTHING
    if 0 < value < 0.01:
        return "< 1 %"
    if 0.99 < value < 1:
        return "> 99 %"
    return f"{100 * value:.0f} %"


def format_seconds(seconds: float) -> str:
    """Write a time as people say it.

    >>> format_seconds(0.82), format_seconds(41.3), format_seconds(125)
    ('0.8 s', '41 s', '2 min 5 s')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def describe_verdict(row: Row) -> str:
    """Say how a candidate stands against the best one."""
    return f"{row.verdict}, wrong on purpose" if row.candidate.wrong else row.verdict


def describe_evidence(row: Row) -> str:
    """Give the number that a verdict rests on; nothing where there is none."""
    p = format_p_value(row.p_tukey)
    if row.verdict in ("worse", "no difference shown") and p != NOTHING:
        return f"Tukey p {p}" if p.startswith("<") else f"Tukey p = {p}"
    if row.verdict == "practically equal":
        return f"probability {format_probability(row.difference.p_equal)}"
    if row.verdict == "diverged":
        return f"{row.training.diverged} of {row.training.runs} runs"
    return ""


def format_ranked_name(row: Row) -> str:
    """Name a candidate with its place in the ranking."""
    return f"{row.rank}  {row.name}"


def describe_setting(chosen: Recommendation) -> str:
    """Write what a recommended name leaves open, in brackets; nothing if it says it all.

    >>> from losslab.experiment.comparison.findings import Recommendation
    >>> found = {"loss": "bce", "head": "sigmoid", "optimizer": "adam", "lr": 0.01, "reason": ""}
    >>> found |= {"penalty": "none", "alpha": 0.0}
    >>> describe_setting(Recommendation(name="bce", **found))
    ' (sigmoid head, adam, lr 0.01)'
    >>> describe_setting(Recommendation(name="bce on sigmoid / adam", **found))
    ' (lr 0.01)'
    """
    loss, *others = chosen.name.split(" / ")
    named = loss.endswith(f" on {chosen.head}")
    parts = ["" if named else f"{chosen.head} head", chosen.optimizer, f"lr {chosen.lr:.3g}"]
    if chosen.penalty != "none":
        parts += [chosen.penalty, f"alpha {chosen.alpha:.3g}"]
    missing = ", ".join(part for part in parts if part and part not in others)
    return f" ({missing})" if missing else ""


def format_zero_share(row: Row) -> str:
    """The share of weights that are exactly zero, where a penalty makes such.

    Shown where any weight is: a network without such a penalty has none by chance.
    """
    zeros = row.training.zeros
    if not any(zeros) or row.candidate.penalty == "none":
        return ""
    return f"{100 * sum(zeros) / (row.training.weights * len(zeros)):.0f} %"


def format_duplicates(row: Row) -> str:
    """Name the losses that a line stands for besides its own; nothing if there are none."""
    return f"= {', '.join(row.candidate.same_as)}" if row.candidate.same_as else ""


def describe_splits(findings: Findings) -> str:
    """Say how many splits there are, and how they were made."""
    made = format_count(findings.splits.folds, "fold")
    times = f" {TIMES} {findings.splits.repeats}" if findings.splits.repeats > 1 else ""
    return f"{format_count(findings.splits.n_splits, 'split')} ({made}{times})"


def describe_interval(findings: Findings) -> str:
    """Name the interval around a mean, and the number of splits it comes from."""
    level = f"{100 * findings.level:g} %"
    count = format_count(findings.splits.n_splits, "split")
    return f"{level} interval (corrected resampled t), N = {count}"


def describe_direction(higher_is_better: bool) -> str:
    """Say which way is better."""
    return "higher is better" if higher_is_better else "lower is better"
