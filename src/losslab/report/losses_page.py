"""The catalogue of losses, and one loss's page, for a terminal."""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from losslab.contracts.domain import Domain
from losslab.contracts.interval import REALS
from losslab.core.errors import OptionError
from losslab.core.registry import suggestion
from losslab.losses.catalog import LOSSES
from losslab.losses.spec import Loss
from losslab.objectives.catalog import CODECS, PAIRINGS, TASKS, Pairing, losses_for, written_width
from losslab.objectives.fit import in_words
from losslab.report.formula import plain

_NAME, _LABEL, _ASIDE = "bold cyan", "bold", "dim"
_LABEL_WIDTH = 17

# What a functional is to somebody who has not met its name.
_ELICITED = {
    "mean": "the mean of the target",
    "median": "the median of the target",
    "log-odds": "the log-odds of the second class",
    "log-probabilities": "the log-probabilities of the classes, up to a constant",
    "majority sign": "the sign of the more frequent class",
}


def chosen(names: Sequence[str], task: str | None = None) -> list[Loss]:
    """The losses named, or all that fit ``task``; refuse names and tasks that do not exist."""
    if task is not None and task not in TASKS:
        raise OptionError("--task needs a task", got=repr(task), fix=suggestion(task, TASKS))
    losses = [LOSSES[name] for name in names]
    for loss in losses:
        if task is not None and task not in loss.tasks:
            raise OptionError(
                f"loss {loss.name!r} needs a task it can train: {', '.join(loss.tasks)}",
                got=f"--task {task}",
                fix=f"for {task} see {', '.join(losses_for(task))}",
            )
    return losses or [loss for loss in LOSSES.values() if task is None or task in loss.tasks]


def catalogue(losses: Iterable[Loss], task: str | None = None) -> RenderableType:
    """List losses: their usual heads, for ``task`` or for all, and what they are."""
    table = _table(("loss", "task", "usual head", "what it is"), below=1)
    for loss in losses:
        usual = _usual(loss, task)
        claims = f"elicits {loss.elicits or 'nothing named'}, {_proper(loss)}"
        table.add_row(
            Text(loss.name, style=_NAME),
            "\n".join(pair.task for pair in usual),
            "\n".join(pair.head for pair in usual),
            Text.assemble(loss.summary, "\n", (claims, _ASIDE)),
        )
    return table


def page(loss: Loss, task: str | None = None, *, ascii_only: bool = False) -> RenderableType:
    """Everything the catalogue says of one loss, with its pairings for ``task`` or for all."""
    formula = plain(loss.formula, ascii_only=ascii_only)
    return Group(
        Text.assemble((loss.name, _NAME), "\n", loss.summary),
        Padding(Text(formula), (1, 0, 1, 2)),
        _facts(
            ("prediction", _domain(loss.prediction)),
            ("target", _domain(loss.target)),
            ("parameters", _parameters(loss)),
        ),
        Padding(_pairings(loss, task), (1, 0)),
        _facts(
            ("best constant", _elicits(loss)),
            ("probabilities", _probabilities(loss)),
            ("shape", _shape(loss)),
        ),
        Padding(
            _facts(
                ("use when", loss.use_when),
                ("avoid when", loss.avoid_when),
                ("classic mistake", loss.classic_mistake),
            ),
            (1, 0),
        ),
        _facts(
            ("see also", ", ".join(loss.see_also)),
            ("PyTorch", f"{loss.torch_class}()" if loss.torch_class else "no class for it"),
            ("reference", loss.reference),
        ),
    )


def _usual(loss: Loss, task: str | None) -> list[Pairing]:
    firsts = {pair.task: pair for pair in reversed(_listed(loss, task))}
    return [firsts[name] for name in TASKS if name in firsts]


def _listed(loss: Loss, task: str | None) -> list[Pairing]:
    return [pair for pair in PAIRINGS if pair.loss == loss.name and task in (None, pair.task)]


def _table(headings: tuple[str, ...], *, below: int = 0) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, below, 0), header_style=_LABEL)
    for heading in headings:
        table.add_column(heading, ratio=1 if heading == headings[-1] else None)
    return table


def _facts(*facts: tuple[str, str]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=_LABEL_WIDTH, style=_LABEL)
    grid.add_column(ratio=1)
    for label, text in facts:
        grid.add_row(label, Text(text))
    return grid


def _pairings(loss: Loss, task: str | None) -> RenderableType:
    table = _table(("task", "head", "width", "target"))
    table.columns[0].min_width = _LABEL_WIDTH
    by_task = [list(pairs) for _, pairs in groupby(_listed(loss, task), key=lambda pair: pair.task)]
    for rows, alike in groupby(by_task, key=lambda pairs: [_setup(pair) for pair in pairs]):
        tasks = ", ".join(pairs[0].task for pairs in alike)
        for first, (head, width, target) in enumerate(rows):
            table.add_row("" if first else tasks, f"or {head}" if first else head, width, target)
    return table


def _setup(pair: Pairing) -> tuple[str, str, str]:
    return pair.head, written_width(pair), CODECS[pair.codec].summary


def _domain(domain: Domain) -> str:
    dtype = "int64" if domain.integer else "float"
    return f"{in_words(domain.kinds)}, {_range(domain)}; {dtype} {domain.shape}"


def _range(domain: Domain) -> str:
    if domain.points:
        return " or ".join(f"{point:g}" for point in domain.points)
    if domain.integer:
        return "0 to K - 1"
    return "any real number" if domain.within == REALS else f"in {domain.within}"


def _parameters(loss: Loss) -> str:
    ranges = loss.param_ranges
    return ", ".join(f"{name}={loss.params[name]:g} in {ranges[name]}" for name in ranges) or "none"


def _elicits(loss: Loss) -> str:
    if loss.elicits is None:
        return "no functional that has a name"
    return f"{_ELICITED.get(loss.elicits, loss.elicits)} (elicits: {loss.elicits})"


def _probabilities(loss: Loss) -> str:
    if not loss.proper:
        return f"{_proper(loss)}: the true class probabilities do not cost least"
    link = f"; {loss.inverse_link} turns its scores into them" if loss.inverse_link else ""
    return f"{_proper(loss)}: the true class probabilities cost least{link}"


def _proper(loss: Loss) -> str:
    return "proper" if loss.proper else "not proper"


def _shape(loss: Loss) -> str:
    convex = "convex" if loss.convex else "not convex"
    lowest = "" if loss.minimum is None else f", lowest value {loss.minimum:g}"
    if loss.slope_bound is None:
        return convex + lowest
    steepest = "unbounded" if math.isinf(loss.slope_bound) else f"at most {loss.slope_bound:g}"
    return f"{convex}{lowest}, slopes {steepest}"
