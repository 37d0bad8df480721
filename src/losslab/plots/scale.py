"""The part of a scale worth looking at, so that one far value does not squash the others."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from losslab.experiment.comparison.findings import Findings

Numbers = NDArray[np.float64]

# A curve that shoots up is cut where it hides the rest.
_OUTER, _CUT_FROM = 0.1, 3.0
# So is one that spans so many times what the flattest other one spans.
_TOO_STEEP = 16.0


def choose_curve_view(curves: Sequence[Numbers]) -> tuple[float, float]:
    """Give the ends between which all curves lie whole, but for the few that hide the others.

    >>> choose_curve_view([np.array([1.0, -1.0]), np.array([0.0, 90.0])])
    (-1.0, 1.0)
    """
    seen = [_find_range(numbers) for numbers in curves]
    spans = [high - low for low, high in seen]
    most = _TOO_STEEP * min((span for span in spans if span > 0.0), default=1.0)
    kept = [ends for ends, span in zip(seen, spans, strict=True) if 0.0 < span <= most]
    low = min((low for low, _ in kept), default=0.0)
    high = max((high for _, high in kept), default=0.0)
    return (low, high) if low < high else (0.0, 1.0)


def _find_range(numbers: Numbers) -> tuple[float, float]:
    """Where the values lie, zero among them, without the few that would hide the rest."""
    values = numbers[np.isfinite(numbers)]
    if not values.any():
        return 0.0, 0.0
    whole = _include_zero(values.min(), values.max())
    inner = _include_zero(*np.quantile(values, [_OUTER, 1.0 - _OUTER]))
    cut = whole[1] - whole[0] > _CUT_FROM * (inner[1] - inner[0]) > 0.0
    return inner if cut else whole


def _include_zero(low: float, high: float) -> tuple[float, float]:
    return min(0.0, float(low)), max(0.0, float(high))


# How far the view may stretch for a candidate and for a reference, as a multiple of itself.
CANDIDATE_REACH, REFERENCE_REACH = 8.0, 2.5


@dataclass(frozen=True, kw_only=True)
class Span:
    """A value with the ends of its interval; the ends are NaN where there is none.

    ``reach`` says how far the view may stretch to show it, as a multiple of the view without it.
    """

    mean: float
    low: float
    high: float
    reach: float


def list_spans(findings: Findings) -> tuple[Span, ...]:
    """Give the intervals of all candidates, best first, and then of the references."""
    scores = [(row.scores, CANDIDATE_REACH) for row in findings.rows]
    scores += [(reference.scores, REFERENCE_REACH) for reference in findings.references]
    return tuple(
        Span(mean=own.mean, low=own.low, high=own.high, reach=reach) for own, reach in scores
    )


def choose_span_view(spans: Iterable[Span], margin: float = 0.0) -> tuple[float, float]:
    """Give the ends of the view: the first span, then each next one if it is within reach.

    The nearest come first; ``margin`` is kept on both sides of the first. A span that is too wide
    is cut to its mean, and one whose mean is too far is left out of the view.

    >>> near, far = (Span(mean=m, low=m - 0.02, high=m + 0.02, reach=4) for m in (0.80, 0.10))
    >>> [round(end, 3) for end in choose_span_view([near, far])]
    [0.78, 0.82]
    """
    known = [span for span in spans if math.isfinite(span.mean)]
    if not known:
        return (0.0, 1.0)
    first = known[0]
    low, high = _get_ends(first)
    low, high = min(low, first.mean - margin), max(high, first.mean + margin)
    for span in sorted(known[1:], key=lambda span: abs(span.mean - first.mean)):
        for ends in (_get_ends(span), (span.mean, span.mean)):
            wider = (min(low, ends[0]), max(high, ends[1]))
            if wider[1] - wider[0] <= span.reach * (high - low) or high == low:
                low, high = wider
                break
    return _widen_if_empty(low, high)


def _get_ends(span: Span) -> tuple[float, float]:
    known = math.isfinite(span.low) and math.isfinite(span.high)
    return (span.low, span.high) if known else (span.mean, span.mean)


def _widen_if_empty(low: float, high: float) -> tuple[float, float]:
    if high > low:
        return low, high
    room = abs(low) / 100 or 1.0
    return low - room, high + room
