"""The part of a scale to show, so that one extreme value does not squash the others."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from losslab.experiment.comparison.findings import Findings
from losslab.plots.wording import describe_direction

Numbers = NDArray[np.float64]
View = tuple[float, float]

# A curve that shoots up is cut where it hides the rest.
_OUTER, _CUT_FROM = 0.1, 3.0
# So is one that spans so many times what the flattest other one spans.
_TOO_STEEP = 16.0


def pad_view(view: View, share: float) -> View:
    """Widen a view on both sides by a share of it."""
    padding = share * (view[1] - view[0])
    return view[0] - padding, view[1] + padding


def choose_curve_view(curves: Sequence[Numbers]) -> View:
    """Choose limits between which all curves fit, except the few that would hide the others.

    Examples:
        >>> choose_curve_view([np.array([1.0, -1.0]), np.array([0.0, 90.0])])
        (-1.0, 1.0)
    """
    ranges = [_find_range(numbers) for numbers in curves]
    spans = [high - low for low, high in ranges]
    limit = _TOO_STEEP * min((span for span in spans if span > 0.0), default=1.0)
    fitting = [ends for ends, span in zip(ranges, spans, strict=True) if 0.0 < span <= limit]
    low = min((low for low, _ in fitting), default=0.0)
    high = max((high for _, high in fitting), default=0.0)
    return (low, high) if low < high else (0.0, 1.0)


def _find_range(numbers: Numbers) -> View:
    """Find where the values and zero lie, without the few that would hide the rest."""
    values = numbers[np.isfinite(numbers)]
    if not values.any():
        return 0.0, 0.0
    full = _include_zero(values.min(), values.max())
    inner = _include_zero(*np.quantile(values, [_OUTER, 1.0 - _OUTER]))
    cut = full[1] - full[0] > _CUT_FROM * (inner[1] - inner[0]) > 0.0
    return inner if cut else full


def _include_zero(low: float, high: float) -> View:
    return min(0.0, float(low)), max(0.0, float(high))


# How far the view may stretch for a candidate and for a reference, as a multiple of itself.
CANDIDATE_REACH, REFERENCE_REACH = 8.0, 2.5


@dataclass(frozen=True, kw_only=True)
class Span:
    """A value with the ends of its interval.

    Attributes:
        mean: the value.
        low: the lower end; NaN if there is no interval.
        high: the upper end.
        reach: how far the view may stretch to show it, as a multiple of the view without it.
    """

    mean: float
    low: float
    high: float
    reach: float

    @property
    def ends(self) -> View:
        """The ends of the interval; twice the mean if there is none."""
        known = math.isfinite(self.low) and math.isfinite(self.high)
        return (self.low, self.high) if known else (self.mean, self.mean)


def list_spans(findings: Findings) -> tuple[Span, ...]:
    """List the intervals of all candidates, best first, and then of the references."""
    return tuple(
        Span(mean=one.mean, low=one.low, high=one.high, reach=reach)
        for one, reach in (
            *((row.scores, CANDIDATE_REACH) for row in findings.rows),
            *((reference.scores, REFERENCE_REACH) for reference in findings.references),
        )
    )


def choose_span_view(spans: Iterable[Span], margin: float = 0.0) -> View:
    """Choose limits that show the first span, then each nearest one that is within reach.

    ``margin`` is kept on both sides of the first mean. A span that is too wide is cut to its mean,
    and one whose mean is too far away is left out.

    Examples:
        >>> near, far = (Span(mean=m, low=m - 0.02, high=m + 0.02, reach=4) for m in (0.80, 0.10))
        >>> [round(end, 3) for end in choose_span_view([near, far])]
        [0.78, 0.82]
    """
    known = [span for span in spans if math.isfinite(span.mean)]
    if not known:
        return (0.0, 1.0)
    first = known[0]
    low, high = min(first.ends[0], first.mean - margin), max(first.ends[1], first.mean + margin)
    for span in sorted(known[1:], key=lambda span: abs(span.mean - first.mean)):
        for ends in (span.ends, (span.mean, span.mean)):
            wider = (min(low, ends[0]), max(high, ends[1]))
            if wider[1] - wider[0] <= span.reach * (high - low) or high == low:
                low, high = wider
                break
    if high > low:
        return low, high
    padding = abs(low) / 100 or 1.0
    return low - padding, high + padding


@dataclass(frozen=True, kw_only=True)
class MetricScale:
    """The ranking metric as an axis.

    Attributes:
        metric: its label.
        better: which direction is better.
        view: the limits to show.
        rope: the region of practical equivalence around the best candidate, if there is one.
        rope_width: half its width, as text.
    """

    metric: str
    better: str
    view: View
    rope: View | None
    rope_width: str

    @property
    def label(self) -> str:
        """What to write along the axis."""
        return f"test {self.metric}, {self.better}"


def make_metric_scale(findings: Findings, view: View) -> MetricScale:
    """Describe the ranking metric of findings."""
    best = next((row.scores.mean for row in findings.rows if row.verdict == "best"), None)
    return MetricScale(
        metric=findings.metric.label,
        better=describe_direction(findings.metric.higher_is_better),
        view=view,
        rope=None if best is None else (best - findings.metric.rope, best + findings.metric.rope),
        rope_width=f"{findings.metric.rope:.3g}",
    )
