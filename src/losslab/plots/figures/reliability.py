"""Calibration: predicted probabilities against observed frequencies, bin by bin."""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import DataError, OptionError
from losslab.experiment.formatting import format_count
from losslab.plots.spec import Figure
from losslab.plots.theme import (
    LIGHT,
    NARROW,
    Axes,
    Theme,
    get_style,
    is_narrow,
    style_axes,
    wrap_text,
)
from losslab.statistics.resampling import CONFIDENCE_LEVEL

MAIN, SLIM_MAIN, COUNTS, BETWEEN = 3.4, 2.9, 0.9, 0.25  # inches
TOLERANCE = 1e-4  # how far the sum of a row of float32 probabilities may be from 1


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Rows with a predicted probability in an interval; there are no empty bins.

    Attributes:
        start: the lower edge.
        end: the upper edge.
        predicted: the mean predicted probability.
        observed: the share of rows for which the prediction is true.
        low: the lower end of its interval.
        high: the upper end of its interval.
        count: the number of rows.
    """

    start: float
    end: float
    predicted: float
    observed: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """A reliability diagram.

    Attributes:
        bins: by rising probability.
        rows: the number of all rows.
        error: the expected calibration error.
        event: what the probability is of.
        frequency: what is observed.
    """

    bins: tuple[Bin, ...]
    rows: int
    error: float
    event: str
    frequency: str


def prepare(
    labels: ArrayLike, probabilities: ArrayLike, *, bins: int = 10, positive: str = "class 1"
) -> Reliability:
    r"""Sort rows by predicted probability into bins of equal width.

    Formula:
        .. math:: ECE = \sum_b \frac{n_b}{n} |observed_b - predicted_b|

    Args:
        labels: class codes ``(N,)``, 0 or 1 for two classes, 0 to K-1 for K.
        probabilities: of class 1 ``(N,)``, or of every class ``(N, K)``. With more than two
            classes, only each row's most probable one counts, and whether it is correct.
        bins: the number of bins from 0 to 1.
        positive: the name of class 1 of two.

    Raises:
        DataError: if labels or probabilities are invalid, or do not match.

    Examples:
        >>> data = prepare([0, 0, 1, 1], [0.1, 0.2, 0.7, 0.9], bins=2)
        >>> [(one.count, one.observed) for one in data.bins], round(data.error, 3)
        ([(2, 0.0), (2, 1.0)], 0.175)
    """
    if not isinstance(bins, int) or bins < 1:
        raise OptionError("needed at least one bin", got=repr(bins), fix="bins=10")
    codes, table = _check(np.asarray(labels), np.asarray(probabilities))
    is_binary = table.shape[1] == 2
    if is_binary:
        probability, true = table[:, 1], codes == 1
    else:
        probability, true = table.max(axis=1), table.argmax(axis=1) == codes
    found = _sort_into_bins(probability, true, bins)
    gaps = [one.count * abs(one.observed - one.predicted) for one in found]
    return Reliability(
        bins=found,
        rows=len(codes),
        error=sum(gaps) / len(codes),
        event=positive if is_binary else "the most probable class",
        frequency=f"share of {positive}" if is_binary else "accuracy",
    )


def _check(
    labels: NDArray[Any], probabilities: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return class codes and a column of probabilities for each class."""
    if probabilities.ndim not in (1, 2) or labels.shape != probabilities.shape[:1]:
        raise DataError(
            "needed labels (N,) and probabilities (N,) or (N, K)",
            got=f"shapes {labels.shape} and {probabilities.shape}",
            fix="pass one label and one row of probabilities per row",
        )
    if not len(labels):
        raise DataError("needed at least one row", got="none", fix="pass the rows of a test set")
    table = probabilities.astype(np.float64)
    if not ((table >= 0) & (table <= 1)).all():  # NaN is neither
        raise DataError(
            "needed probabilities from 0 to 1",
            got=f"values from {table.min():g} to {table.max():g}",
            fix="apply sigmoid or softmax to scores first",
        )
    if table.ndim == 1 or table.shape[1] == 1:
        table = np.column_stack((1 - table.reshape(-1), table.reshape(-1)))
    elif (abs(table.sum(axis=1) - 1) > TOLERANCE).any():
        raise DataError(
            "needed the probabilities of a row to sum to 1",
            got=f"sums from {table.sum(axis=1).min():g} to {table.sum(axis=1).max():g}",
            fix="apply softmax to the scores of mutually exclusive classes",
        )
    known = np.isin(labels, np.arange(table.shape[1]))
    if not known.all():
        raise DataError(
            f"needed class codes 0 to {table.shape[1] - 1} as labels",
            got=f"labels such as {labels[~known][0]!r}",
            fix="np.unique(labels, return_inverse=True)[1] encodes the classes from 0",
        )
    return labels.astype(np.int64), table


def _sort_into_bins(
    probability: NDArray[np.float64], true: NDArray[np.bool_], bins: int
) -> tuple[Bin, ...]:
    # Not linspace, which puts 0.7 below the edge at 7/10.
    edges = np.arange(bins + 1) / bins
    # A probability on an edge belongs to the bin above it, 1 to the last.
    places = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, bins - 1)
    found = []
    for place in np.unique(places).tolist():
        inside = places == place
        count, hits = int(inside.sum()), int(true[inside].sum())
        low, high = wilson_interval(hits, count)
        found.append(
            Bin(
                start=float(edges[place]),
                end=float(edges[place + 1]),
                predicted=float(probability[inside].mean()),
                observed=hits / count,
                low=low,
                high=high,
                count=count,
            )
        )
    return tuple(found)


def wilson_interval(hits: int, count: int, level: float = CONFIDENCE_LEVEL) -> tuple[float, float]:
    """Compute Wilson's score interval of a share, which stays within 0 and 1 even for few rows.

    Examples:
        >>> tuple(round(end, 3) for end in wilson_interval(8, 10))
        (0.49, 0.943)
    """
    share, z = hits / count, NormalDist().inv_cdf(0.5 + level / 2)
    shrunk = 1 + z * z / count
    center = (share + z * z / (2 * count)) / shrunk
    half = z / shrunk * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    # Rounding could push the ends out of 0 and 1.
    low = 0.0 if hits == 0 else center - half
    return low, 1.0 if hits == count else center + half


def draw(data: Reliability, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw observed frequencies over predicted probabilities, and the size of each bin below."""
    ax.set_axis_off()
    main = SLIM_MAIN if is_narrow(ax) else MAIN
    total = main + BETWEEN + COUNTS
    shares = ax.inset_axes((0, 1 - main / total, 1, main / total))
    counts = ax.inset_axes((0, 0, 1, COUNTS / total))
    _draw_shares(data, shares, theme)
    style_axes(counts, theme, grid="y")
    counts.bar(
        [one.start for one in data.bins], [one.count for one in data.bins],
        width=[one.end - one.start for one in data.bins], align="edge",
        color=get_style(theme, 0).color, alpha=0.55, edgecolor=theme.background, linewidth=1,
    )  # fmt: skip
    counts.set_xlim(-0.02, 1.02)
    counts.locator_params(axis="y", integer=True, nbins=3)
    counts.set_ylabel("rows")
    counts.set_xlabel(wrap_text(f"predicted probability of {data.event}", 48))


def _draw_shares(data: Reliability, ax: Axes, theme: Theme) -> None:
    style_axes(ax, theme, grid="both")
    style = get_style(theme, 0)
    ax.plot([0, 1], [0, 1], color=theme.muted, linestyle=(0, (4, 2)), linewidth=1.2, zorder=1)
    x = [one.predicted for one in data.bins]
    ax.vlines(
        x, [one.low for one in data.bins], [one.high for one in data.bins], color=style.color,
        linewidth=1.4,
    )  # fmt: skip
    ax.plot(
        x, [one.observed for one in data.bins], color=style.color, linewidth=1.2,
        marker=style.marker, markersize=6, clip_on=False,
    )  # fmt: skip
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.02)
    ax.tick_params(labelbottom=False)
    ax.set_ylabel(wrap_text(f"observed {data.frequency}", 40))


def write_alt(data: Reliability) -> str:
    """Describe what was predicted and observed in each bin."""
    bins = "; ".join(
        f"predicted {one.predicted:.2f}, observed {one.observed:.2f} "
        f"of {format_count(one.count, 'row')}"
        for one in data.bins
    )
    return (
        f"Observed {data.frequency} against the predicted probability of {data.event}. {bins}. "
        f"Expected calibration error {data.error:.3f}."
    )


def write_caption(data: Reliability) -> str:
    """Explain markers, bars and the dashed line, and give the calibration error."""
    return (
        f"Marker: {data.frequency} in a bin, over its mean predicted probability. "
        f"Bar: {100 * CONFIDENCE_LEVEL:g} % Wilson interval. "
        "Dashed: perfect calibration; markers below it are overconfident. "
        f"Expected calibration error {data.error:.3f}, N = {format_count(data.rows, 'row')}."
    )


def compute_height(data: Reliability, width: float) -> float:
    """Add the heights of both panels."""
    return (SLIM_MAIN if width < NARROW else MAIN) + BETWEEN + COUNTS + 0.6


SPEC = Figure(
    name="reliability",
    title="Reliability diagram",
    summary="Predicted probability in bins against the observed share, with intervals and counts.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
