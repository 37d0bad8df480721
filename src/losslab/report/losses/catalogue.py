"""The catalogue of losses for a terminal: selection, list and pairings."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from losslab.core.errors import OptionError
from losslab.core.tasks import CLASS_TASKS, TASKS, check_task
from losslab.losses.catalog import LOSSES
from losslab.losses.resolve import resolve_loss
from losslab.losses.spec import Loss
from losslab.objectives.catalog import CODECS, PAIRINGS, Pairing, format_width, list_losses
from losslab.report.terminal import ASIDE, LABEL, LABEL_WIDTH, NAME, make_fact_table, make_table

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


_NARROW = 60
_HINT = (
    "losslab losses huber shows one in full, losslab losses l1 mse huber draws several together; "
    "--task binary lists what fits a task, --source prints the code for one row."
)


def select_losses(names: Sequence[str], task: str | None = None) -> list[Loss]:
    """Select losses by name, or all for ``task``; reject unknown names and tasks."""
    if task is not None:
        check_task(task, option="task")
    losses = [resolve_loss(name) for name in dict.fromkeys(names)]
    for loss in losses:
        if task is not None and task not in loss.tasks:
            raise OptionError(
                f"loss {loss.name!r} needs a task it can train: {', '.join(loss.tasks)}",
                got=f"--task {task}",
                fix=f"for {task} see {', '.join(list_losses(task))}",
            )
    return losses or [loss for loss in LOSSES.values() if task is None or task in loss.tasks]


def list_forms(loss: Loss, task: str | None = None) -> tuple[Loss, ...]:
    """List the elementwise form of a loss and its form by class, or the one used for a task.

    Examples:
        >>> [form.prediction.shape for form in list_forms(LOSSES["focal"])]
        ['(...)', '(..., K)']
        >>> [form.prediction.shape for form in list_forms(LOSSES["focal"], "multiclass")]
        ['(..., K)']
    """
    if loss.by_class is None:
        return (loss,)
    forms = replace(loss, by_class=None), loss.by_class
    return forms if task is None else (forms[task in loss.by_class.tasks],)


def list_pairings(loss: Loss, task: str | None) -> list[Pairing]:
    """List the pairings of a loss for ``task``, or for all tasks."""
    return [pair for pair in PAIRINGS if pair.loss == loss.name and task in (None, pair.task)]


def render_catalogue(losses: Iterable[Loss], task: str | None = None) -> RenderableType:
    """List losses by what they predict: summary, default head for each task, properties."""
    groups: dict[str, list[Loss]] = {}
    for loss in losses:
        groups.setdefault("" if task else _name_prediction(loss), []).append(loss)
    width = max((len(loss.name) for group in groups.values() for loss in group), default=0)
    parts: list[RenderableType] = []
    for title, group in groups.items():
        parts += [Text(title, style=LABEL)] if title else []
        table = make_table("loss", "what it is")
        table.show_header = False
        table.columns[0].min_width = width
        for loss in group:
            properties = "; ".join(_list_properties(loss, task))
            description = Text.assemble(loss.summary, "\n", (properties, ASIDE))
            table.add_row(Text(loss.name, style=NAME), description)
        parts += [table, Text()]
    return Group(*parts, Text(_HINT, style=ASIDE))


def _name_prediction(loss: Loss) -> str:
    if "regression" in loss.tasks:
        also = set(CLASS_TASKS).intersection(loss.tasks)
        return "numbers and class probabilities" if also else "numbers"
    if "count" in loss.tasks:
        return "counts"
    return "two or more classes" if "multiclass" in loss.tasks else "two classes"


def _list_properties(loss: Loss, task: str | None) -> Iterator[str]:
    usual = {pair.task: pair.head for pair in reversed(list_pairings(loss, task))}
    tasks = [(name, usual[name]) for name in TASKS if name in usual]
    heads = [
        f"{head} ({', '.join(name for name, _ in pairs)})"
        for head, pairs in groupby(tasks, key=lambda pair: pair[1])
    ]
    yield f"head {', '.join(heads)}"
    if loss.elicits:
        yield f"elicits {loss.elicits}"
    if set(CLASS_TASKS).intersection(loss.tasks):
        yield "proper" if loss.proper else "not proper"


@dataclass(frozen=True, kw_only=True)
class PairingTable:
    """A rich renderable of pairings, which are sorted by task."""

    pairs: tuple[Pairing, ...]

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        groups = _group_pairings(self.pairs)
        if options.max_width < _NARROW:
            for tasks, rows in groups:
                texts = [f"{head}, width {width}: {target}" for head, width, target in rows]
                yield make_fact_table((tasks, "; or ".join(texts)))
            return
        table = make_table("task", "head", "width", "target")
        table.columns[0].min_width = LABEL_WIDTH
        for tasks, rows in groups:
            for at, (head, width, target) in enumerate(rows):
                table.add_row("" if at else tasks, f"or {head}" if at else head, width, target)
        yield table


def _group_pairings(pairs: Sequence[Pairing]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Group the tasks that share all their pairings: names, then head, width and target of each."""
    rows: dict[str, list[tuple[str, str, str]]] = {}
    for pair in pairs:
        row = pair.head, format_width(pair), CODECS[pair.codec].summary
        rows.setdefault(pair.task, []).append(row)
    return [
        (", ".join(task for task, _ in alike), shared)
        for shared, alike in groupby(rows.items(), key=lambda item: item[1])
    ]
