"""Rendering of reports and rules as text, JSON and SARIF."""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any
from urllib.parse import quote

from losslab.doctor.finding import SEVERITIES, Finding
from losslab.doctor.rule import HEADINGS, Rule


def render_list(rules: Sequence[Rule]) -> str:
    """Write one line per rule."""
    width = max(len(rule.name) for rule in rules)
    return "".join(
        f"{rule.code}  {rule.severity:<7}  {rule.name:<{width}}  {rule.summary}\n" for rule in rules
    ).replace("``", "`")


def render_page(rule: Rule) -> str:
    """Write a rule's page."""
    parts = [f"{rule.code} {rule.name} ({rule.severity})", rule.summary]
    for heading in HEADINGS:
        text = "\n".join(f"    {line}".rstrip() for line in rule.sections[heading].splitlines())
        parts.append(f"{heading}\n{text}")
    return ("\n\n".join(parts) + "\n").replace("``", "`")


WIDTH = 100
_COUNTED = {
    "LossCall": "loss calls",
    "Backward": "backwards",
    "StepDone": "optimizer steps",
    "OptimizerMade": "optimizers",
    "Comparison": "comparisons",
    "Reduction": "reductions",
}


def render_text(
    findings: Sequence[Finding], watched: Mapping[str, int], unchecked: Sequence[str], ended: str
) -> str:
    """Write the findings, a summary, the counts of watched calls, and what was not checked.

    The arguments are the fields of a :class:`~losslab.doctor.report.Report`.
    """
    lines = [*_format_findings(findings)]
    if ended:
        lines.append(f"The script {ended}.")
    severities = Counter(finding.severity for finding in findings)
    found = [
        f"{number} {severity}{'s' if number > 1 and severity != 'advice' else ''}"
        for severity in SEVERITIES
        if (number := severities[severity])
    ]
    lines.append(f"Found: {', '.join(found) or 'nothing'}.")
    calls = [
        f"{(number := watched.get(name, 0))} {words if number != 1 else words[:-1]}"
        for name, words in _COUNTED.items()
    ]
    lines.append(fill(f"Watched: {', '.join(calls)}.", WIDTH, subsequent_indent="  "))
    if unchecked:
        lines.append("Not checked:")
    lines += [
        fill(sentence, WIDTH, initial_indent="  - ", subsequent_indent="    ")
        for sentence in unchecked
    ]
    return "\n".join(lines) + "\n"


def render_findings(findings: Sequence[Finding]) -> str:
    """Write the findings only."""
    return "".join(f"{line}\n" for line in _format_findings(findings))


def format_file(file: str) -> str:
    """Make a path relative to the working directory if it lies below it."""
    return file.removeprefix(os.path.join(os.getcwd(), ""))


def _format_findings(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        times = f" ({finding.count} times)" if finding.count > 1 else ""
        yield f"{_format_place(finding)}: {finding.severity} {finding.rule} {finding.name}{times}"
        for word, text in (("seen", finding.message), ("why", finding.why), ("fix", finding.fix)):
            yield _wrap(word, text)
        for symptom in finding.symptoms:
            place = _format_place(symptom)
            yield _wrap("also", f"{symptom.rule} {symptom.name}, {place}: {symptom.message}")
        yield ""


def _format_place(finding: Finding) -> str:
    return f"{format_file(finding.file)}:{finding.line}" if finding.line else "(no line)"


def _wrap(word: str, text: str) -> str:
    return fill(
        text,
        WIDTH,
        initial_indent=f"    {word:<6}",
        subsequent_indent=" " * 10,
        break_long_words=False,
        break_on_hyphens=False,
    )


FIELDS = ("rule", "name", "severity", "file", "line", "message", "fix", "count")
_LEVELS = {"error": "error", "warning": "warning", "advice": "note"}


def render_json(findings: Sequence[Finding]) -> str:
    """Write findings as a list of objects, symptoms after their cause."""
    objects = [{field: getattr(one, field) for field in FIELDS} for one in list_findings(findings)]
    return json.dumps(objects, indent=2) + "\n"


def render_sarif(
    findings: Sequence[Finding], unchecked: Sequence[str], complete: bool, rules: Sequence[Rule]
) -> str:
    """Write SARIF 2.1.0.

    Args:
        findings: Findings to write, each followed by its symptoms.
        unchecked: What was not checked; written as notifications.
        complete: Whether the watch reached its end.
        rules: Rules that the codes refer to.
    """
    run = {
        "tool": {
            "driver": {"name": "losslab doctor", "rules": [_describe_rule(rule) for rule in rules]}
        },
        "results": [_describe_result(finding) for finding in list_findings(findings)],
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


def list_findings(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield every finding, followed by its symptoms."""
    for finding in findings:
        yield finding
        yield from finding.symptoms


def _describe_rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _describe_result(finding: Finding) -> dict[str, Any]:
    path = Path(format_file(finding.file))
    # A relative path is a URI too; the name of a notebook's cell contains spaces.
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
