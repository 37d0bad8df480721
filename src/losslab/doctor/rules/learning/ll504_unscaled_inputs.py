"""The columns of a model's input are of wildly different scale.

What it finds
    A table of rows and columns that is trained on and whose widest column spans over 100 times
    what the narrowest does, into a model of which a linear layer takes it as it is, and no
    normalisation.

Why it hurts
    A large column outweighs the others in every first-layer sum, and no learning rate fits all
    columns: training is slow, or stays with a constant answer.

Bad
    net = nn.Linear(4, 1)
    optimizer = torch.optim.Adam(net.parameters())
    table = x * torch.tensor([1.0, 1.0, 40.0, 1000.0])
    F.mse_loss(net(table).squeeze(1), values).backward()
    optimizer.step()

Good
    net = nn.Linear(4, 1)
    optimizer = torch.optim.Adam(net.parameters())
    table = x * torch.tensor([1.0, 1.0, 40.0, 1000.0])
    table = (table - table.mean(0)) / table.std(0)
    F.mse_loss(net(table).squeeze(1), values).backward()
    optimizer.step()

Blind spots
    Models that change their input before a linear layer takes it, be it by a view only, or whose
    layers are products of matrices written by hand.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from losslab.doctor.events import Forward
from losslab.doctor.evidence.passes import first_tensor
from losslab.doctor.evidence.values import readable, sample_rows
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState

MOST_COLUMNS = 1000
LEAST_ROWS = 16
TIMES = 100.0


@dataclass
class Columns:
    """The bounds of each column, over the calls looked at."""

    lowest: list[float]
    highest: list[float]
    rows: int = 0


@dataclass
class Memory:
    """Columns by place and the model's id; lines that take no table, or whose model scales it."""

    columns: dict[tuple[Place, int], Columns] = field(default_factory=dict)
    given_up: set[Place] = field(default_factory=set)


def on_forward(event: Forward, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Take the bounds of the columns of a table that may be trained on."""
    if not event.due or not event.module.training:
        return iter(())
    output = first_tensor(event.output)
    key = event.place, id(event.module)
    known = memory.columns.get(key, Columns([], []))
    if event.place in memory.given_up or output is None or not output.requires_grad:
        return iter(())
    if next(event.module.parameters(), None) is None:
        return iter(())  # a criterion, often called in the same line as the model
    table = readable(event.inputs[0]) if event.inputs else None
    if table is None:
        return iter(())
    fits = table.ndim == 2 and 1 < table.shape[1] <= MOST_COLUMNS
    if not fits or not table.is_floating_point() or not _unscaled(event):
        memory.given_up.add(event.place)
        return iter(())
    if table.requires_grad or not len(table):
        return iter(())
    rows = sample_rows(table).float()
    low, high = rows.amin(0).tolist(), rows.amax(0).tolist()
    if known.rows and len(low) == len(known.lowest):
        low = [min(pair) for pair in zip(low, known.lowest, strict=True)]
        high = [max(pair) for pair in zip(high, known.highest, strict=True)]
    memory.columns[key] = Columns(low, high, known.rows + len(rows))
    return iter(())


def _unscaled(event: Forward) -> bool:
    """Whether a layer takes the input as it is, and no normalisation does."""
    return "linear" in event.takers and not any("Norm" in taker for taker in event.takers)


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare the spans of the columns."""
    for (place, _), columns in memory.columns.items():
        if place in memory.given_up or columns.rows < LEAST_ROWS or not case.steps:
            continue
        spans = [high - low for low, high in zip(columns.lowest, columns.highest, strict=True)]
        some = [span for span in spans if 0 < span < float("inf")]
        if some and max(some) > TIMES * min(some):
            narrow, wide = spans.index(min(some)), spans.index(max(some))
            yield Diagnostic(
                place=place,
                message=f"column {wide} of the input spans {spans[wide]:.3g}, column {narrow} "
                f"{spans[narrow]:.3g}",
                fix="x = (x - x.mean(0)) / x.std(0), with the figures of the training data",
            )


RULE = Rule(
    code="LL504",
    name="unscaled-inputs",
    severity="advice",
    page=__doc__,
    handlers={Forward: on_forward},
    memory=Memory,
    finish=finish,
)
