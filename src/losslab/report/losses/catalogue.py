"""The catalogue of losses for a terminal: the choice from it, and what each trains with."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from losslab.core.errors import OptionError
from losslab.core.tasks import CLASS_TASKS, TASKS, check_task
from losslab.losses.catalog import LOSSES
from losslab.losses.resolve import resolve
from losslab.losses.spec import Loss
from losslab.objectives.catalog import CODECS, PAIRINGS, Pairing, losses_for, written_width
from losslab.report.losses.wording import proper
from losslab.report.terminal import ASIDE, LABEL, LABEL_WIDTH, NAME, bare_table, facts

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


_HINT = (
    "losslab losses huber shows one in full, losslab losses l1 mse huber draws several together; "
    "--task binary lists what fits a task, --source prints the code for one row."
)


def chosen(names: Sequence[str], task: str | None = None) -> list[Loss]:
    """The losses named, or all that fit ``task``; refuse names and tasks that do not exist."""
    if task is not None:
        check_task(task, option="task")
    losses = [resolve(name) for name in dict.fromkeys(names)]
    for loss in losses:
        if task is not None and task not in loss.tasks:
            raise OptionError(
                f"loss {loss.name!r} needs a task it can train: {', '.join(loss.tasks)}",
                got=f"--task {task}",
                fix=f"for {task} see {', '.join(losses_for(task))}",
            )
    return losses or [loss for loss in LOSSES.values() if task is None or task in loss.tasks]


def forms(loss: Loss, task: str | None = None) -> tuple[Loss, ...]:
    """The loss as it is written, and by class where it has such a form; for a task, the one used.

    Example
        >>> [form.prediction.shape for form in forms(LOSSES["focal"])]
        ['(...)', '(..., K)']
        >>> [form.prediction.shape for form in forms(LOSSES["focal"], "multiclass")]
        ['(..., K)']
    """
    if loss.by_class is None:
        return (loss,)
    both = replace(loss, by_class=None), loss.by_class
    if task is None:
        return both
    return (both[task in loss.by_class.tasks],)


def listed(loss: Loss, task: str | None) -> list[Pairing]:
    """The pairings of a loss for ``task``, or for all."""
    return [pair for pair in PAIRINGS if pair.loss == loss.name and task in (None, pair.task)]


def catalogue(losses: Iterable[Loss], task: str | None = None) -> RenderableType:
    """List losses by what they predict: what each is, its usual head for each task, its claims."""
    groups: dict[str, list[Loss]] = {}
    for loss in losses:
        groups.setdefault("" if task else _predicts(loss), []).append(loss)
    width = max((len(loss.name) for group in groups.values() for loss in group), default=0)
    parts: list[RenderableType] = []
    for title, group in groups.items():
        parts += [Text(title, style=LABEL)] if title else []
        table = bare_table("loss", "what it is")
        table.show_header = False
        table.columns[0].min_width = width
        for loss in group:
            said = Text.assemble(loss.summary, "\n", ("; ".join(_claims(loss, task)), ASIDE))
            table.add_row(Text(loss.name, style=NAME), said)
        parts += [table, Text()]
    return Group(*parts, Text(_HINT, style=ASIDE))


def _predicts(loss: Loss) -> str:
    if "regression" in loss.tasks:
        also = set(CLASS_TASKS).intersection(loss.tasks)
        return "numbers and class probabilities" if also else "numbers"
    if "count" in loss.tasks:
        return "counts"
    return "two or more classes" if "multiclass" in loss.tasks else "two classes"


def _claims(loss: Loss, task: str | None) -> Iterator[str]:
    usual = {pair.task: pair.head for pair in reversed(listed(loss, task))}
    tasks = [(name, usual[name]) for name in TASKS if name in usual]
    heads = [
        f"{head} ({', '.join(name for name, _ in pairs)})"
        for head, pairs in groupby(tasks, key=lambda pair: pair[1])
    ]
    yield f"head {', '.join(heads)}"
    if loss.elicits:
        yield f"elicits {loss.elicits}"
    if set(CLASS_TASKS).intersection(loss.tasks):
        yield proper(loss)


_NARROW = 60

# The tasks that share set-ups, and these: head, width and target.
_Group = tuple[str, list[tuple[str, str, str]]]


@dataclass(frozen=True, kw_only=True)
class PairingTable:
    """What ``rich.console.Console.print`` shows of pairings, which are sorted by task."""

    pairs: tuple[Pairing, ...]

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        groups = _grouped(self.pairs)
        if options.max_width < _NARROW:
            yield facts(*((tasks, _told(rows)) for tasks, rows in groups))
            return
        table = bare_table("task", "head", "width", "target")
        table.columns[0].min_width = LABEL_WIDTH
        for tasks, rows in groups:
            for first, (head, width, target) in enumerate(rows):
                table.add_row(
                    "" if first else tasks, f"or {head}" if first else head, width, target
                )
        yield table


def _grouped(pairs: Sequence[Pairing]) -> list[_Group]:
    by_task = [list(own) for _, own in groupby(pairs, key=lambda pair: pair.task)]
    return [
        (", ".join(own[0].task for own in alike), rows)
        for rows, alike in groupby(by_task, key=lambda own: [_setup(pair) for pair in own])
    ]


def _told(rows: Sequence[tuple[str, str, str]]) -> str:
    return "; or ".join(f"{head}, width {width}: {target}" for head, width, target in rows)


def _setup(pair: Pairing) -> tuple[str, str, str]:
    return pair.head, written_width(pair), CODECS[pair.codec].summary
