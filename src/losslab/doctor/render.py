"""Reports and rules as text in the manner of a linter, as JSON, and as SARIF."""

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
    return _strip_markup(
        "".join(
            f"{rule.code}  {rule.severity:<7}  {rule.name:<{width}}  {rule.summary}\n"
            for rule in rules
        )
    )


def render_page(rule: Rule) -> str:
    """Write a rule's page."""
    parts = [f"{rule.code} {rule.name} ({rule.severity})", rule.summary]
    for heading in HEADINGS:
        text = "\n".join(f"    {line}".rstrip() for line in rule.sections[heading].splitlines())
        parts.append(f"{heading}\n{text}")
    return _strip_markup("\n\n".join(parts) + "\n")


def _strip_markup(text: str) -> str:
    """Write code as a terminal's reader expects it, with single backticks."""
    return text.replace("``", "`")


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
    """Write findings, then how many, what was watched, and what could not be checked.

    The arguments are a report's fields.
    """
    lines = [
        *_format_findings(findings),
        *_format_summary(findings, ended),
        _format_watched(watched),
    ]
    return "\n".join([*lines, *_format_unchecked(unchecked)]) + "\n"


def render_findings(findings: Sequence[Finding]) -> str:
    """Write findings and nothing else."""
    return "".join(f"{line}\n" for line in _format_findings(findings))


def format_file(file: str) -> str:
    """Shorten a path to what it is from the current folder, if it lies below."""
    inside = os.path.join(os.getcwd(), "")
    return file.removeprefix(inside)


def _format_findings(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        times = f" ({finding.count} times)" if finding.count > 1 else ""
        yield f"{_place(finding)}: {finding.severity} {finding.rule} {finding.name}{times}"
        for word, text in (("seen", finding.message), ("why", finding.why), ("fix", finding.fix)):
            yield _wrap(word, text)
        for symptom in finding.symptoms:
            what = f"{symptom.rule} {symptom.name}, {_place(symptom)}: {symptom.message}"
            yield _wrap("also", what)
        yield ""


def _place(finding: Finding) -> str:
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


def _format_summary(findings: Sequence[Finding], ended: str) -> Iterator[str]:
    if ended:
        yield f"The script {ended}."
    severities = Counter(finding.severity for finding in findings)
    counts = [_format_count(severities[one], one) for one in SEVERITIES if severities[one]]
    yield f"Found: {', '.join(counts) or 'nothing'}."


def _format_watched(watched: Mapping[str, int]) -> str:
    numbers = {words: watched.get(name, 0) for name, words in _COUNTED.items()}
    seen = [f"{number} {words if number != 1 else words[:-1]}" for words, number in numbers.items()]
    return fill(f"Watched: {', '.join(seen)}.", WIDTH, subsequent_indent="  ")


def _format_unchecked(unchecked: Sequence[str]) -> Iterator[str]:
    if unchecked:
        yield "Not checked:"
    for sentence in unchecked:
        yield fill(sentence, WIDTH, initial_indent="  - ", subsequent_indent="    ")


def _format_count(number: int, severity: str) -> str:
    plural = "s" if number > 1 and severity != "advice" else ""
    return f"{number} {severity}{plural}"


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
        findings: what was found.
        unchecked: what was not checked; it goes with it as notifications.
        complete: whether the watch reached its end.
        rules: the catalogue, which explains the codes.
    """
    driver = {"name": "losslab doctor", "rules": [_describe_finding(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "results": [_make_result(finding) for finding in list_findings(findings)],
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
    """Give every finding and after it its symptoms."""
    for finding in findings:
        yield finding
        yield from finding.symptoms


def _describe_finding(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _make_result(finding: Finding) -> dict[str, Any]:
    path = Path(format_file(finding.file))
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
