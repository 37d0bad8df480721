"""Scores, intervals and verdicts as text: the one way tables, figures and reports write them."""

import math
from collections.abc import Iterable
from statistics import median_low

from losslab.experiment.comparison.findings import Findings, Recommendation, Row
from losslab.experiment.formatting import format_count

NOTHING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
LONGEST = 10  # characters of a score; a longer one is off every scale anyway
WRONG = "wrong on purpose"


def join_sentences(*sentences: str) -> str:
    """Join sentences that are not empty.

    Examples:
        >>> join_sentences("Line: mean.", "", "Band: quartiles.")
        'Line: mean. Band: quartiles.'
    """
    return " ".join(sentence for sentence in sentences if sentence)


def choose_score_format(values: Iterable[float]) -> str:
    """Choose the format that shows scores of this size with three significant decimals.

    Scores near 1, such as accuracies, get three decimals; errors in the target's own units get
    four significant digits; very large and very small ones get an exponent. The median size
    decides, so that one candidate that went wrong does not blur the others.

    Examples:
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
    means = [row.scores.mean for row in findings.rows]
    return choose_score_format([*means, *(one.scores.mean for one in findings.references)])


def format_score(value: float, spec: str) -> str:
    """Format a score; one that is not finite becomes a dash.

    Examples:
        >>> [format_score(0.8125, ",.3f"), format_score(-2.5, ",.1f"), format_score(math.nan, "f")]
        ['0.812', '−2.5', '–']
    """
    if not math.isfinite(value):
        return NOTHING
    text = format(value, spec)
    if len(text) > LONGEST:
        text = f"{value:.3g}"
    unsigned = text.removeprefix("-")
    # A zero after rounding has no sign.
    is_zero = not any(digit in unsigned for digit in "123456789")
    return unsigned if is_zero else text.replace("-", MINUS)


def format_difference(value: float, spec: str) -> str:
    """Format a difference with its sign.

    Examples:
        >>> [format_difference(value, ",.3f") for value in (0.002, -0.0164, 0.0001)]
        ['+0.002', '−0.016', '0.000']
    """
    text = format_score(value, spec)
    unsigned = text == NOTHING or text.startswith(MINUS) or not text.strip("0.,")
    return text if unsigned else f"+{text}"


def format_interval(low: float, high: float, spec: str) -> str:
    """Format an interval; a dash if there is none, as for a single split.

    Examples:
        >>> format_interval(0.806, 0.8184, ",.3f")
        '[0.806, 0.818]'
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return NOTHING
    return f"[{format_score(low, spec)}, {format_score(high, spec)}]"


def format_p_value(value: float) -> str:
    """Format a p-value without a leading zero, never as 0.

    Examples:
        >>> format_p_value(0.0004), format_p_value(0.0312), format_p_value(1.0)
        ('< .001', '.031', '1.000')
    """
    if math.isnan(value):
        return NOTHING
    return "< .001" if value < 0.001 else f"{value:.3f}".removeprefix("0")


def format_percent(percent: float, smallest: float = 0.5) -> str:
    """Format a percentage; one between 0 and ``smallest`` as less than 1 %.

    Examples:
        >>> format_percent(12.4), format_percent(0.3), format_percent(0.0)
        ('12 %', '< 1 %', '0 %')
    """
    return "< 1 %" if 0 < percent < smallest else f"{percent:.0f} %"


def format_probability(value: float) -> str:
    """Format a probability in percent; only certainty is 0 or 100.

    Examples:
        >>> format_probability(0.974), format_probability(0.0004), format_probability(0.9999)
        ('97 %', '< 1 %', '> 99 %')
    """
    if math.isnan(value):
        return NOTHING
    return "> 99 %" if 0.99 < value < 1 else format_percent(100 * value, smallest=1)


def format_seconds(seconds: float) -> str:
    """Format a duration.

    Examples:
        >>> format_seconds(0.82), format_seconds(41.3), format_seconds(125)
        ('0.8 s', '41 s', '2 min 5 s')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def describe_verdict(row: Row) -> str:
    """Describe how a candidate compares with the best one."""
    return f"{row.verdict}, {WRONG}" if row.candidate.wrong else row.verdict


def describe_evidence(row: Row) -> str:
    """Return the number that a verdict rests on; empty if there is none."""
    p = format_p_value(row.p_tukey)
    if row.verdict in ("worse", "no difference shown") and p != NOTHING:
        return f"Tukey p {p}" if p.startswith("<") else f"Tukey p = {p}"
    if row.verdict == "practically equal":
        return f"probability {format_probability(row.difference.p_equal)}"
    if row.verdict == "diverged":
        return f"{row.training.diverged} of {row.training.runs} runs"
    return ""


def format_ranked_name(row: Row) -> str:
    """Format a candidate's name with its rank."""
    return f"{row.rank}  {row.name}"


def describe_setting(chosen: Recommendation) -> str:
    """Describe, in brackets, what a recommended candidate's name leaves open; empty if nothing.

    Examples:
        >>> from losslab.experiment.comparison.findings import Recommendation
        >>> found = {"loss": "bce", "head": "sigmoid", "optimizer": "adam", "lr": 0.01}
        >>> found |= {"penalty": "none", "alpha": 0.0, "reason": ""}
        >>> describe_setting(Recommendation(name="bce", **found))
        ' (sigmoid head, adam, lr 0.01)'
        >>> describe_setting(Recommendation(name="bce on sigmoid / adam", **found))
        ' (lr 0.01)'
    """
    loss, *others = chosen.name.split(" / ")
    parts = [chosen.optimizer, f"lr {chosen.lr:.3g}"]
    if not loss.endswith(f" on {chosen.head}"):
        parts.insert(0, f"{chosen.head} head")
    if chosen.penalty != "none":
        parts += [chosen.penalty, f"alpha {chosen.alpha:.3g}"]
    missing = ", ".join(part for part in parts if part not in others)
    return f" ({missing})" if missing else ""


def format_zero_share(row: Row) -> str:
    """Format the share of weights that a penalty made exactly zero; empty if none are.

    A network without a penalty has zeros by chance only.
    """
    zeros = row.training.zeros
    if not any(zeros) or row.candidate.penalty == "none":
        return ""
    return f"{100 * sum(zeros) / (row.training.weights * len(zeros)):.0f} %"


def format_duplicates(row: Row) -> str:
    """List the losses with equal gradients that a row stands for too; empty if there are none."""
    return f"= {', '.join(row.candidate.same_as)}" if row.candidate.same_as else ""


def describe_splits(findings: Findings) -> str:
    """Describe how many splits there are: folds times repeats."""
    splits = findings.splits
    folds = format_count(splits.folds, "fold")
    times = f" {TIMES} {splits.repeats}" if splits.repeats > 1 else ""
    return f"{format_count(splits.n_splits, 'split')} ({folds}{times})"


def describe_interval(findings: Findings) -> str:
    """Name the interval around a mean, with the number of splits behind it."""
    level = f"{100 * findings.level:g} %"
    count = format_count(findings.splits.n_splits, "split")
    return f"{level} interval (corrected resampled t), N = {count}"


def describe_direction(higher_is_better: bool) -> str:
    """Say which direction is better."""
    return "higher is better" if higher_is_better else "lower is better"
