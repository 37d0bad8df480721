"""What a loss trains with for each task: a table, or one task after another where it is narrow."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from losslab.objectives.catalog import CODECS, Pairing, written_width
from losslab.report.facts import LABEL_WIDTH, bare_table, facts

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

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
