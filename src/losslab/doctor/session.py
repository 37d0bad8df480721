"""Sessions: pass events to the rules and collect their findings."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from losslab.doctor.events import Event
from losslab.doctor.finding import Finding, order_key
from losslab.doctor.location import Place
from losslab.doctor.report import Report, fold_findings
from losslab.doctor.rule import Diagnostic, Handler, Rule
from losslab.doctor.selection import Selection
from losslab.doctor.watch_state import WatchState

Kind = TypeVar("Kind", bound=Event)

# Generated code may have ever new places; this bounds the memory.
MOST_PLACES = 10_000


@dataclass(slots=True)
class Calls:
    """Counts of the calls of one kind at one place.

    Attributes:
        number: All calls.
        rounds: Steps and backwards between which there were any calls.
        progress: Steps and backwards so far at the last call.
        within: Calls since the last step or backward.
    """

    number: int = 0
    rounds: int = 0
    progress: int = -1
    within: int = 0

    def count(self, progress: int) -> bool:
        """Count a call and tell whether it is due.

        Several calls on one line are sampled in the same rounds, so that none of them is missed;
        a loop within a round is sampled ever more rarely.

        Examples:
            >>> calls = Calls()
            >>> [step for step in range(1, 20) for _ in range(2) if calls.count(step)]
            [1, 1, 2, 2, 3, 3, 4, 4, 8, 8, 16, 16]
        """
        self.number += 1
        if progress != self.progress:
            self.progress, self.within = progress, 0
            self.rounds += 1
        self.within += 1
        return _is_sampled(self.rounds) and _is_sampled(self.within)


def _is_sampled(number: int) -> bool:
    """Tell whether a number is sampled: often at first, then rarely: 1, 2, 3, 4, 8, 16, ..."""
    return number <= 4 or not number & (number - 1)


class Session:
    """One watch of one thread of one process.

    Two callbacks may be set: ``after_step`` is called after every optimizer step and may raise to
    end the run; ``on_news`` is called when there is a finding at a new place.

    Args:
        rules: Rules to check.
        selection: Rules and lines that the user selects or ignores.
        state: State of the watch, which rules may query.
    """

    def __init__(self, rules: Sequence[Rule], selection: Selection, state: WatchState) -> None:
        self.state = state
        self.after_step: Callable[[], None] = lambda: None
        self.on_news: Callable[[], None] = lambda: None
        self.rules = {rule.code: rule for rule in rules if selection.selects(rule)}
        self.process, self.thread = os.getpid(), threading.get_ident()
        self.notes: Counter[str] = Counter()
        self.watched: Counter[str] = Counter()
        self._selection = selection
        self._memories = {code: rule.memory() for code, rule in self.rules.items()}
        self._handlers: dict[type[Event], list[tuple[Rule, Handler, Any]]] = {}
        for code, rule in self.rules.items():
            for kind, handler in rule.handlers.items():
                self._handlers.setdefault(kind, []).append((rule, handler, self._memories[code]))
        self._findings: dict[tuple[str, str, int], Finding] = {}
        self._calls: dict[tuple[type[Event], tuple[str, int]], Calls] = {}
        self._broken: dict[str, str] = {}

    def is_watched_here(self) -> bool:
        """Tell whether this is the watched process and thread; note calls in other threads."""
        if os.getpid() != self.process:
            return False
        if threading.get_ident() != self.thread:
            self.note("calls in another thread were not checked")
            return False
        return True

    def note(self, sentence: str) -> None:
        """Note something that could not be checked."""
        self.notes[sentence] += 1

    def listens_to(self, kind: type[Event]) -> bool:
        """Tell whether any rule listens to a kind of event."""
        return kind in self._handlers

    def emit(self, kind: type[Kind], place: Place, **fields: Any) -> None:
        """Pass an event to the rules that listen to its kind.

        Call it where PyTorch's functions are not intercepted: what rules compute is no event.
        """
        self.watched[kind.__name__] += 1
        if kind not in self._handlers:
            return
        key = (kind, place.key)
        calls = self._calls.get(key, Calls())
        if len(self._calls) < MOST_PLACES:
            self._calls[key] = calls
        # Code without optimizers makes progress too.
        due = calls.count(self.state.steps + self.watched["Backward"])
        event = kind(
            place=place,
            step=self.state.steps,
            number=calls.number,
            round=calls.rounds,
            due=due,
            **fields,
        )
        places = len(self._findings)
        for rule, handler, memory in self._handlers[kind]:
            try:
                for diagnostic in handler(event, self.state, memory) or ():
                    self._record(self._findings, rule, diagnostic)
            except Exception as error:  # a rule must not disturb the watched code
                self._broken[rule.code] = f"{type(error).__name__}: {error}"
                self._silence_rule(rule)
        if len(self._findings) > places:
            self.on_news()

    def _silence_rule(self, broken: Rule) -> None:
        for kind, entries in self._handlers.items():
            self._handlers[kind] = [entry for entry in entries if entry[0] is not broken]

    def _record(
        self, findings: dict[tuple[str, str, int], Finding], rule: Rule, diagnostic: Diagnostic
    ) -> None:
        key = (rule.code, *diagnostic.place.key)
        known = findings.get(key)
        if known is not None:
            findings[key] = replace(known, count=known.count + diagnostic.count)
        elif not self._selection.ignores(rule, diagnostic.place):
            findings[key] = Finding(
                rule=rule.code,
                name=rule.name,
                severity=diagnostic.severity or rule.severity,
                file=diagnostic.place.file,
                line=diagnostic.place.line,
                message=diagnostic.message,
                why=rule.why,
                fix=diagnostic.fix,
                count=diagnostic.count,
            )

    def report(self, ended: str | None) -> Report:
        """Build the report, at the end or in between; call the rules' ``finish``.

        Args:
            ended: How the watch ended; None if it goes on.
        """
        self.state.ended = ended
        findings, broken = dict(self._findings), dict(self._broken)
        for code, rule in self.rules.items():
            try:
                if rule.finish is not None and code not in broken:
                    for diagnostic in rule.finish(self.state, self._memories[code]):
                        self._record(findings, rule, diagnostic)
            except Exception as error:
                broken[code] = f"{type(error).__name__}: {error}"
        return Report(
            findings=fold_findings(findings.values(), self.rules),
            watched=dict(self.watched),
            unchecked=[
                *(
                    f"{sentence} ({times} times)" if times > 1 else sentence
                    for sentence, times in self.notes.items()
                ),
                *(f"rule {code} could not be checked: {error}" for code, error in broken.items()),
                *find_unwatched(self.watched, self.state.steps),
            ],
            steps=self.state.steps,
            complete=ended is not None,
        )


def find_unwatched(watched: Mapping[str, int], steps: int) -> Iterable[str]:
    """Describe what never happened and so was not checked.

    Args:
        watched: Number of events of each kind.
        steps: Number of optimizer steps.
    """
    if not watched.get("LossCall") and not watched.get("Backward"):
        yield "no loss and no backward was seen, so nothing about training was checked"
    elif not steps:
        yield "no optimizer made a step, so nothing about optimisation was checked"


def merge_reports(reports: Iterable[Report]) -> Report:
    """Merge reports: one finding per rule and place, with its counts added.

    Evidence is not merged: each watch was checked by itself.

    Args:
        reports: Reports of consecutive watches.
    """
    findings: dict[tuple[str, str, int], Finding] = {}
    watched: Counter[str] = Counter()
    sentences: dict[str, None] = {}
    steps = 0
    for report in reports:
        for one in report.findings:
            key = (one.rule, one.file, one.line)
            known = findings.get(key)
            findings[key] = one if known is None else replace(known, count=known.count + one.count)
        watched.update(report.watched)
        steps += report.steps
        # What is missing in one watch may have happened in another.
        missing = set(find_unwatched(report.watched, report.steps))
        sentences |= dict.fromkeys(one for one in report.unchecked if one not in missing)
    return Report(
        findings=sorted(findings.values(), key=order_key),
        watched=dict(watched),
        unchecked=[*sentences, *find_unwatched(watched, steps)],
        steps=steps,
        complete=True,
    )
