"""Reports: findings, counts of watched calls, and what was not checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from losslab.core.json_values import to_json_value
from losslab.doctor.finding import Finding, order_key
from losslab.doctor.render import render_text
from losslab.doctor.rule import Rule


def fold_findings(findings: Iterable[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
    """Attach each symptom to its cause and sort the other findings.

    A finding is a symptom if its rule's ``symptom_of`` holds the code, or a prefix of the code, of
    an error that was found too; the nearest such error in the same file is its cause.

    Args:
        findings: All findings of a watch.
        rules: Rules by code.
    """
    ordered = sorted(findings, key=order_key)
    symptoms: dict[int, list[Finding]] = {}
    causes = [
        finding
        for finding in ordered
        if finding.severity == "error" and not rules[finding.rule].symptom_of
    ]
    left = []
    for finding in ordered:
        explaining = [
            cause
            for cause in causes
            if cause is not finding and cause.rule.startswith(rules[finding.rule].symptom_of)
        ]
        if explaining:
            cause = min(
                explaining,
                key=lambda cause: (cause.file != finding.file, abs(cause.line - finding.line)),
            )
            symptoms.setdefault(id(cause), []).append(finding)
        else:
            left.append(finding)
    return [replace(one, symptoms=tuple(symptoms.get(id(one), ()))) for one in left]


@dataclass
class Report:
    """The doctor's report, filled when the watch ends.

    Attributes:
        findings: Errors first, each with the symptoms it explains.
        watched: Number of calls of each kind, by the event's name.
        unchecked: What could not be checked, in sentences; no findings do not mean no errors there.
        steps: Number of optimizer steps.
        complete: Whether the watch reached its end; the report of a killed script is older.
        ended: How the run ended, in words; empty while that is not known.
        traceback: The script's own traceback, if it raised.
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
        """Convert the report to plain values, for JSON."""
        return dict(to_json_value(self))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Report":
        """Make a report from the values of :meth:`to_dict`."""
        findings = [Finding.from_dict(finding) for finding in values["findings"]]
        return cls(**{**values, "findings": findings})

    def fill(self, other: "Report") -> None:
        """Replace the content by another report's."""
        vars(self).update(vars(other))
        self.findings.sort(key=order_key)

    def __str__(self) -> str:
        return render_text(self.findings, self.watched, self.unchecked, self.ended)
