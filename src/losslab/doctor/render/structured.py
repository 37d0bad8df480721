"""The report for machines: JSON, and SARIF, which code hosts show beside the line."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from losslab.doctor.finding import Finding
from losslab.doctor.render.text import shown_file
from losslab.doctor.rule import Rule

FIELDS = ("rule", "name", "severity", "file", "line", "message", "fix", "count")
_LEVELS = {"error": "error", "warning": "warning", "advice": "note"}


def render_json(findings: Sequence[Finding]) -> str:
    """Write findings as a list of objects, symptoms after their cause."""
    objects = [{field: getattr(one, field) for field in FIELDS} for one in unfolded(findings)]
    return json.dumps(objects, indent=2) + "\n"


def render_sarif(
    findings: Sequence[Finding], unchecked: Sequence[str], complete: bool, rules: Sequence[Rule]
) -> str:
    """Write SARIF 2.1.0.

    Args:
        findings: what was found.
        unchecked: what was not checked; it goes with it as notifications.
        complete: whether the watch reached its end.
        rules: the catalogue, which explains the codes.
    """
    driver = {"name": "losslab doctor", "rules": [_described(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "results": [_result(finding) for finding in unfolded(findings)],
        "invocations": [
            {
                "executionSuccessful": complete,
                "toolExecutionNotifications": [
                    {"level": "note", "message": {"text": f"not checked: {sentence}"}}
                    for sentence in unchecked
                ],
            }
        ],
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def unfolded(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Give every finding and after it its symptoms."""
    for finding in findings:
        yield finding
        yield from finding.symptoms


def _described(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding) -> dict[str, Any]:
    path = Path(shown_file(finding.file))
    # A relative path is a URI too, and a notebook's cell has blanks in its name.
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    location: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if finding.line:
        location["region"] = {"startLine": finding.line}
    return {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}. Fix: {finding.fix}"},
        "locations": [{"physicalLocation": location}],
        "occurrenceCount": finding.count,
    }
