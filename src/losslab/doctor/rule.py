"""What a rule is: a page, handlers of events, and what it remembers during one watch."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import Event
from losslab.doctor.finding import Severity
from losslab.doctor.location import Place

if TYPE_CHECKING:
    from losslab.doctor.watch_state import WatchState

HEADINGS = ("What it finds", "Why it hurts", "Bad", "Good", "Blind spots")


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """A handler's word that its mistake was seen, once, at one place.

    Args:
        place: where; usually ``event.place``.
        message: what was seen, in numbers.
        fix: the code that mends it.
        severity: if it differs from the rule's.
        count: how many calls this sighting stands for.
    """

    place: Place
    message: str
    fix: str
    severity: Severity | None = None
    count: int = 1


# (event, case, memory) -> sightings. The event's type is the key the handler stands under.
Handler = Callable[[Any, "WatchState", Any], Iterable[Diagnostic]]
# (case, memory) -> sightings, when the watch ends. It may be asked more than once, for a report
# in between, so it must leave the memory as it is.
Finish = Callable[["WatchState", Any], Iterable[Diagnostic]]


class Nothing:
    """The memory of a rule that needs none."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A kind of mistake, and how to see it.

    Args:
        code: "LL" and three digits; the first is the family.
        name: lower-case words joined by hyphens.
        severity: of its findings, where a sighting says nothing else.
        page: the rule's page: the docstring of its module, with all of ``HEADINGS``.
        handlers: what to do at which event.
        memory: makes an object that the rule's handlers share during one watch.
        finish: what to say when the watch ends.
        symptom_of: codes, or beginnings of codes, of rules whose errors explain this one's
            findings; they are then shown below their cause.
    """

    code: str
    name: str
    severity: Severity
    page: str
    handlers: Mapping[type[Event], Handler]
    memory: Callable[[], Any] = Nothing
    finish: Finish | None = None
    symptom_of: tuple[str, ...] = ()

    @cached_property
    def sections(self) -> dict[str, str]:
        """The page cut at its headings; what stands before them is under "Summary"."""
        parts = re.split(rf"^({'|'.join(HEADINGS)})$", inspect.cleandoc(self.page), flags=re.M)
        named = zip(parts[1::2], parts[2::2], strict=True)
        return {"Summary": parts[0].strip()} | {
            heading: inspect.cleandoc("\n" + text).strip() for heading, text in named
        }

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.sections["Summary"]

    @property
    def why(self) -> str:
        """Why it hurts, as one line."""
        return " ".join(self.sections["Why it hurts"].split())
