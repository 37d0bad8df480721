"""Several watches as one report: the tests of a run, the cells of a session."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from losslab.doctor.finding import Finding, reading_order
from losslab.doctor.report import Report
from losslab.doctor.session import unseen


def gathered(reports: Iterable[Report]) -> Report:
    """Join reports: one finding per rule and place, with all counts added.

    Evidence is not joined: each watch was judged by itself.

    Args:
        reports: of watches one after the other.
    """
    findings: dict[tuple[str, str, int], Finding] = {}
    watched: Counter[str] = Counter()
    sentences: dict[str, None] = {}
    steps = 0
    for report in reports:
        for one in report.findings:
            key = (one.rule, one.file, one.line)
            known = findings.get(key)
            counted = one if known is None else replace(known, count=known.count + one.count)
            findings[key] = counted
        watched.update(report.watched)
        steps += report.steps
        # What one watch did not see another may have seen.
        missing = set(unseen(report.watched, report.steps))
        sentences |= dict.fromkeys(one for one in report.unchecked if one not in missing)
    return Report(
        findings=sorted(findings.values(), key=reading_order),
        watched=dict(watched),
        unchecked=[*sentences, *unseen(watched, steps)],
        steps=steps,
        complete=True,
    )
