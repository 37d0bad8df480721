"""Predictions and targets for the checks of losses: random, at the edges, and skewed."""

import itertools
import math
from collections.abc import Iterator

import torch
from torch import Tensor

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import UNIT
from losslab.losses.spec import Loss

LARGE = 1e4
_EDGES = (-LARGE, -1.0, -0.5, 0.0, 0.5, 1.0, LARGE)


def widths(loss: Loss) -> tuple[int, ...]:
    """How many outputs to try: one and two where each stands alone, two and three otherwise."""
    return (2, 3) if loss.prediction.over_outputs else (1, 2)


def one_target_a_row(loss: Loss) -> bool:
    """Whether a row of ``K`` predictions meets one target."""
    return loss.prediction.over_outputs and not loss.target.over_outputs


def random_batches(loss: Loss, *, rows: int = 40, scale: float = 1.0) -> Iterator[tuple]:
    """One batch ``(rows, K)`` for each width, well inside the domains."""
    for width in widths(loss):
        seed = torch.Generator().manual_seed(width)
        prediction = loss.prediction.sample(rows, width, generator=seed)
        if math.isinf(loss.prediction.within.high):
            prediction = prediction * scale
        shape = (rows,) if one_target_a_row(loss) else (rows, width)
        yield prediction, loss.target.sample(*shape, generator=seed, n_classes=width)


def edge_batches(loss: Loss) -> Iterator[tuple]:
    """Every combination of extreme, zero and equal numbers the domains allow, for each width."""
    for width in widths(loss):
        predictions = _edge_rows(loss.prediction, width)
        if one_target_a_row(loss):
            targets = [(float(index),) for index in range(width)]
        else:
            targets = _edge_rows(loss.target, width)
        rows = list(itertools.product(predictions, targets))
        # A step that divides neither length goes through all parts of both.
        rows = rows[:: 11 if len(rows) > 50_000 else 1]
        prediction = torch.tensor([row for row, _ in rows], dtype=torch.float64)
        target = torch.tensor([wanted for _, wanted in rows], dtype=torch.float64)
        yield prediction, target.squeeze(-1).long() if loss.target.integer else target


def wide_batch(loss: Loss, *, width: int = 200, rows: int = 40) -> tuple:
    """Many outputs a row, far from zero, for losses of one class per row."""
    seed = torch.Generator().manual_seed(width)
    prediction = 100 * loss.prediction.sample(rows, width, generator=seed)
    return prediction, prediction.argmin(-1)


def as_prediction(loss: Loss, z: Tensor) -> Tensor:
    """Any real numbers as predictions that the loss may be given."""
    if loss.prediction.sums_to_one:
        return z.log_softmax(-1)
    return z.sigmoid() if loss.prediction.within == UNIT else z


def _edge_rows(domain: Domain, width: int) -> list[tuple[float, ...]]:
    if not domain.sums_to_one:
        return list(itertools.product(_edges(domain), repeat=width))
    scores = torch.tensor(list(itertools.product(_EDGES, repeat=width)), dtype=torch.float64)
    logarithmic = Kind.LOG_PROBABILITY in domain.kinds
    rows = scores.log_softmax(-1) if logarithmic else scores.softmax(-1)
    return [tuple(row) for row in rows.tolist()]


def _edges(domain: Domain) -> tuple[float, ...]:
    if domain.points:
        return domain.points
    return tuple(edge for edge in _EDGES if edge in domain.within)


def shuffled(prediction: Tensor) -> Tensor:
    """The same rows in another order."""
    order = torch.randperm(len(prediction), generator=torch.Generator().manual_seed(9))
    return prediction[order]


def skewed_targets(loss: Loss, width: int) -> Tensor:
    """Targets whose mean, median and most frequent value all differ, 2001 of them."""
    seed = torch.Generator().manual_seed(1)
    if loss.target.integer:
        chances = torch.tensor([0.2, 0.5, 0.3][:width])
        return torch.multinomial(chances, 2001, replacement=True, generator=seed)
    unit = torch.rand(2001, width, dtype=torch.float64, generator=seed)
    if loss.target.points:
        points = torch.tensor(loss.target.points, dtype=torch.float64)
        # Another share of the last point in every column.
        return points[(unit < torch.tensor([0.7, 0.2])[:width]).long()]
    if loss.target.sums_to_one:
        return (6 * unit**3).softmax(-1)
    low, high = max(loss.target.within.low, -3.0), min(loss.target.within.high, 3.0)
    return low + (high - low) * unit**3
