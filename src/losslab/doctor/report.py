"""The report of a watch: findings, what was watched, and what could not be checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from losslab.doctor.finding import Finding, reading_order
from losslab.doctor.render.text import render_text


@dataclass
class Report:
    """What the doctor has to say; filled when the watch ends.

    Args:
        findings: errors first, each with the symptoms it explains.
        watched: how many calls of each kind were seen, by the event's name.
        unchecked: what could not be checked, in sentences. Silence is no approval.
        steps: optimizer steps seen.
        complete: whether the watch reached its end; a script that was killed has an earlier state.
        ended: how the run ended, in words; empty while it is not known.
        traceback: the script's own, if it raised.
    """

    findings: list[Finding] = field(default_factory=list)
    watched: Mapping[str, int] = field(default_factory=dict)
    unchecked: list[str] = field(default_factory=list)
    steps: int = 0
    complete: bool = False
    ended: str = ""
    traceback: str = ""

    @property
    def errors(self) -> list[Finding]:
        """The findings that are errors."""
        return [finding for finding in self.findings if finding.severity == "error"]

    def to_dict(self) -> dict[str, Any]:
        """Give the report as plain values, for JSON."""
        return vars(self) | {
            "findings": [finding.to_dict() for finding in self.findings],
            "watched": dict(self.watched),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Report":
        """Make a report from what :meth:`to_dict` gave."""
        findings = [Finding.from_dict(finding) for finding in values["findings"]]
        return cls(**{**values, "findings": findings})

    def fill(self, other: "Report") -> None:
        """Take over another report's content."""
        vars(self).update(vars(other))
        self.findings.sort(key=reading_order)

    def __str__(self) -> str:
        return render_text(self.findings, self.watched, self.unchecked, self.ended)
