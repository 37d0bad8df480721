"""Findings: one rule's report about one place in the user's code."""

from dataclasses import dataclass
from typing import Any, Literal

from losslab.core.json_values import to_json_value

# error: the result is wrong, proven. warning: it probably is. advice: it could be better.
Severity = Literal["error", "warning", "advice"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "advice")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a rule reports about one place.

    Attributes:
        rule: The rule's code, such as "LL101".
        name: The rule's name, such as "silent-broadcast".
        severity: "error", "warning" or "advice".
        file: The user's file, or the name of a notebook's cell.
        line: The line of the user's call, counted from 1; 0 if there is none to name.
        message: What was observed, in numbers.
        why: Why it hurts, in one or two sentences.
        fix: The code that fixes it.
        count: Number of wrong calls at this place.
        symptoms: Findings that this one explains.

    Examples:
        >>> one = Finding(rule="LL101", name="silent-broadcast", severity="error", file="a.py",
        ...               line=3, message="seen", why="hurts", fix="y.unsqueeze(1)", count=2)
        >>> Finding.from_dict(one.to_dict()) == one
        True
    """

    rule: str
    name: str
    severity: Severity
    file: str
    line: int
    message: str
    why: str
    fix: str
    count: int
    symptoms: "tuple[Finding, ...]" = ()

    def to_dict(self) -> dict[str, Any]:
        """Convert the finding to plain values, for JSON."""
        return dict(to_json_value(self))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Finding":
        """Make a finding from the values of :meth:`to_dict`."""
        symptoms = tuple(map(cls.from_dict, values["symptoms"]))
        return cls(**(values | {"symptoms": symptoms}))


def order_key(finding: Finding) -> tuple[int, str, int, str]:
    """Sort errors first, then by place and code."""
    return SEVERITIES.index(finding.severity), finding.file, finding.line, finding.rule
