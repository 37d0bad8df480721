"""The report as text, in the manner of a linter."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill

from losslab.doctor.finding import SEVERITIES, Finding

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
    lines = [*_findings(findings), *_summary(findings, ended), _watched(watched)]
    return "\n".join([*lines, *_unchecked(unchecked)]) + "\n"


def render_findings(findings: Sequence[Finding]) -> str:
    """Write findings and nothing else."""
    return "".join(f"{line}\n" for line in _findings(findings))


def shown_file(file: str) -> str:
    """Shorten a path to what it is from the current folder, if it lies below."""
    inside = os.path.join(os.getcwd(), "")
    return file.removeprefix(inside)


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        times = f" ({finding.count} times)" if finding.count > 1 else ""
        yield f"{_place(finding)}: {finding.severity} {finding.rule} {finding.name}{times}"
        for word, text in (("seen", finding.message), ("why", finding.why), ("fix", finding.fix)):
            yield _paragraph(word, text)
        for symptom in finding.symptoms:
            what = f"{symptom.rule} {symptom.name}, {_place(symptom)}: {symptom.message}"
            yield _paragraph("also", what)
        yield ""


def _place(finding: Finding) -> str:
    return f"{shown_file(finding.file)}:{finding.line}" if finding.line else "(no line)"


def _paragraph(word: str, text: str) -> str:
    return fill(
        text,
        WIDTH,
        initial_indent=f"    {word:<6}",
        subsequent_indent=" " * 10,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _summary(findings: Sequence[Finding], ended: str) -> Iterator[str]:
    if ended:
        yield f"The script {ended}."
    severities = Counter(finding.severity for finding in findings)
    counts = [_counted(severities[one], one) for one in SEVERITIES if severities[one]]
    yield f"Found: {', '.join(counts) or 'nothing'}."


def _watched(watched: Mapping[str, int]) -> str:
    numbers = {words: watched.get(name, 0) for name, words in _COUNTED.items()}
    seen = [f"{number} {words if number != 1 else words[:-1]}" for words, number in numbers.items()]
    return fill(f"Watched: {', '.join(seen)}.", WIDTH, subsequent_indent="  ")


def _unchecked(unchecked: Sequence[str]) -> Iterator[str]:
    if unchecked:
        yield "Not checked:"
    for sentence in unchecked:
        yield fill(sentence, WIDTH, initial_indent="  - ", subsequent_indent="    ")


def _counted(number: int, severity: str) -> str:
    plural = "s" if number > 1 and severity != "advice" else ""
    return f"{number} {severity}{plural}"
