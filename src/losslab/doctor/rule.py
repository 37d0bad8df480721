"""What a rule is: a page, handlers of events, and how ``--prove`` fixes the mistake."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from losslab.doctor.events import Event
from losslab.doctor.finding import Severity
from losslab.doctor.fixes.call_fix import CallFix
from losslab.doctor.location import Place
from losslab.doctor.watch_state import WatchState

# What a rule's module needs besides the events and the evidence.
__all__ = ["Diagnostic", "Finish", "Handler", "NoMemory", "Place", "Rule", "WatchState"]

HEADINGS = ("What it finds", "Why it hurts", "Bad", "Good", "Blind spots")


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """A mistake that a handler detected at one place.

    Attributes:
        place: where; usually ``event.place``.
        message: what was observed, in numbers.
        fix: the code that fixes it.
        severity: if it differs from the rule's.
        count: how many calls this diagnostic stands for.
    """

    place: Place
    message: str
    fix: str
    severity: Severity | None = None
    count: int = 1


# (event, state, memory) -> diagnostics. A handler that only remembers returns None.
Handler = Callable[[Any, WatchState, Any], Iterable[Diagnostic] | None]
# (state, memory) -> diagnostics, when the watch ends. It may be called more than once, for
# intermediate reports, so it must not change the memory.
Finish = Callable[[WatchState, Any], Iterable[Diagnostic]]


class NoMemory:
    """The memory of a rule that needs none."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A kind of mistake, and how to detect it.

    Attributes:
        code: "LL" and three digits; the first is the family.
        name: lower-case words joined by hyphens.
        severity: of its findings, unless a diagnostic overrides it.
        page: the rule's page: the docstring of its module, with all of ``HEADINGS``.
        handlers: the function to call for each type of event.
        memory: creates the object that the rule's handlers share during one watch.
        finish: yields diagnostics when the watch ends.
        symptom_of: codes, or prefixes of codes, of rules whose errors explain this rule's
            findings; they are then shown below their cause.
        call_fix: how ``--prove`` fixes the mistake at its call; None if it can't.
    """

    code: str
    name: str
    severity: Severity
    page: str
    handlers: Mapping[type[Event], Handler]
    memory: Callable[[], Any] = NoMemory
    finish: Finish | None = None
    symptom_of: tuple[str, ...] = ()
    call_fix: CallFix | None = None

    @cached_property
    def sections(self) -> dict[str, str]:
        """The page split at its headings; the text before the first one is the "Summary"."""
        parts = re.split(rf"^({'|'.join(HEADINGS)}):$", inspect.cleandoc(self.page), flags=re.M)
        bodies = zip(parts[1::2], parts[2::2], strict=True)
        return {"Summary": parts[0].strip()} | {
            heading: inspect.cleandoc("\n" + text).strip() for heading, text in bodies
        }

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.sections["Summary"]

    @property
    def why(self) -> str:
        """Why it hurts, as one line."""
        return " ".join(self.sections["Why it hurts"].split())
