"""The hits of all batches are divided by the number of batches: an accuracy above 1.

What it finds:
    Counts of ``prediction == target`` summed over batches, one ``item()`` a batch, that the same
    file divides by ``len(loader)``, where they come to more than one hit a batch.

Why it hurts:
    The result is hits per batch, not their share: it exceeds 1 and grows with the batch size, and
    where it is below 1 it looks like an accuracy without being one.

Bad:
    loader, right = [x[:16], x[16:]], 0
    for batch in loader:
        right += (batch[:, 0].sign() == batch[:, 0].sign()).sum().item()
    accuracy = right / len(loader)

Good:
    loader, right, rows = [x[:16], x[16:]], 0, 0
    for batch in loader:
        right += (batch[:, 0].sign() == batch[:, 0].sign()).sum().item()
        rows += len(batch)
    accuracy = right / rows

Blind spots:
    Counts kept as tensors, and what becomes of a count in another file. Comparisons with a single
    number, whose mean a batch may be meant. Comparisons that another line casts, masks, copies or,
    under ``inference_mode``, reshapes before they are summed. An accuracy above 1 from a comparison
    of (N, 1) with (N,) is reported where the two are compared.
"""

import ast
import re
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.events import Comparison, Cut, Reduction
from losslab.doctor.evidence.axes import stretches_both
from losslab.doctor.evidence.records import WeakMap
from losslab.doctor.evidence.source import parse_line, parse_source, read_source
from losslab.doctor.evidence.values import summarize_values
from losslab.doctor.location import NOWHERE, Place
from losslab.doctor.rule import Diagnostic, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

CUTS = ("item", "float", "tolist")
LEAST_BATCHES = 2
LOADER = re.compile(r"(\w+\.)*\w*(loader|batches|dl)")


@dataclass
class Hits:
    """The counts taken at one place, and of how many comparisons they were."""

    batches: int = 0
    hits: float = 0.0
    rows: int = 0


@dataclass
class Memory:
    """Comparisons that are alive, the last one's line and size, the last count, and the hits.

    ``rows`` are those of the last count; ``weighted`` holds the places of sums, in the line of a
    comparison, over more than zeros and ones.
    """

    compared: WeakMap[bool] = field(default_factory=WeakMap)
    line: Place = NOWHERE
    size: int = 0
    weighted: set[Place] = field(default_factory=set)
    count: "weakref.ref[Tensor] | None" = None
    rows: int = 0
    places: dict[Place, Hits] = field(default_factory=dict)


def on_comparison(event: Comparison, state: WatchState, memory: Memory) -> None:
    """Remember what pairs were compared, and how many."""
    left, right, output = event.left, event.right, event.output
    if event.name != "eq" or not output.ndim or isinstance(right, float | int):
        return
    # Compared one by one, and not all pairs or with a single number.
    single = min(left.numel(), right.numel()) <= 1 and output.numel() != 1
    if not single and not stretches_both(left.shape, right.shape):
        memory.compared[output] = True
        memory.line, memory.size = event.place, output.numel()


def on_reduction(event: Reduction, state: WatchState, memory: Memory) -> None:
    """Detect that hits are counted."""
    if event.name == "sum" and event.axis is None and _counts_hits(event, memory):
        memory.count, memory.rows = weakref.ref(event.output), event.input.numel()


def _counts_hits(event: Reduction, memory: Memory) -> bool:
    """Tell whether a comparison is summed, or a view of it, or in its line zeros and ones of it."""
    summed = event.input
    compared = summed if summed._base is None else summed._base
    if compared in memory.compared:
        return summed.numel() == compared.numel()
    if event.place.key != memory.line.key or summed.numel() != memory.size:
        return False
    if event.due:
        values = summarize_values(summed)
        if values is not None and not (values.integral and values.within(0, 1)):
            memory.weighted.add(event.place)
    return event.place not in memory.weighted


def on_cut(event: Cut, state: WatchState, memory: Memory) -> None:
    """Add a count that is taken out as a number."""
    if event.name in CUTS and memory.count is not None and memory.count() is event.input:
        hits = memory.places.setdefault(event.place, Hits())
        hits.batches += 1
        hits.hits += float(event.output)
        hits.rows += memory.rows


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report counts that come to more than one a batch and are divided by the batches."""
    for place, hits in memory.places.items():
        if hits.batches < LEAST_BATCHES or hits.hits <= hits.batches:
            continue
        loader = _find_loader(place)
        if loader:
            yield Diagnostic(
                place=place,
                message=f"{hits.hits:g} hits in {hits.rows} rows of {hits.batches} batches: "
                f"divided by len({loader}) that is {hits.hits / hits.batches:.3g}, as a share of "
                f"the rows {hits.hits / hits.rows:.3g}",
                fix=f"divide by the number of rows, such as len({loader}.dataset)",
                count=hits.batches,
            )


def _find_loader(place: Place) -> str:
    """Name the loader by whose length the file divides what the line adds up."""
    statement = parse_line(place)
    if not isinstance(statement, ast.AugAssign) or not isinstance(statement.op, ast.Add):
        return ""
    name = ast.unparse(statement.target)
    try:
        nodes = list(ast.walk(parse_source(place.file, read_source(place.file))))
    except (SyntaxError, ValueError):
        return ""
    quotients = [
        node
        for node in nodes
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv)
    ]
    # right / len(loader) / batch_size is a share again.
    inner = {id(node.left) for node in quotients}
    for node in quotients:
        match node:
            case ast.BinOp(left, ast.Div(), ast.Call(ast.Name("len"), [loader])) if id(
                node
            ) not in inner and _is_multiple(left, name):
                text = ast.unparse(loader)
                if LOADER.fullmatch(text):
                    return text
    return ""


def _is_multiple(node: ast.expr, name: str) -> bool:
    """Tell whether an expression is a name, or a hundred times it."""
    match node:
        case ast.BinOp(one, ast.Mult(), ast.Constant()) | ast.BinOp(
            ast.Constant(), ast.Mult(), one
        ):
            return _is_multiple(one, name)
    return ast.unparse(node) == name


RULE = Rule(
    code="LL409",
    name="accuracy-above-one",
    severity="warning",
    page=__doc__,
    handlers={Comparison: on_comparison, Reduction: on_reduction, Cut: on_cut},
    memory=Memory,
    finish=finish,
    symptom_of=("LL403",),
)
