"""Folding: a symptom is shown below the error that explains it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from losslab.doctor.finding import Finding, reading_order
from losslab.doctor.rule import Rule


def folded(findings: Iterable[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
    """Put each symptom below its cause and sort what is left.

    A finding is a symptom if its rule names in ``symptom_of`` the code, or the beginning of the
    code, of an error that was found too; of several the nearest in the same file is its cause.

    Args:
        findings: all of a watch.
        rules: by code.
    """
    ordered = sorted(findings, key=reading_order)
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
            cause = min(explaining, key=lambda cause: _distance(cause, finding))
            symptoms.setdefault(id(cause), []).append(finding)
        else:
            left.append(finding)
    return [replace(one, symptoms=tuple(symptoms.get(id(one), ()))) for one in left]


def _distance(cause: Finding, finding: Finding) -> tuple[bool, int]:
    return cause.file != finding.file, abs(cause.line - finding.line)
