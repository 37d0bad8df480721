"""What one rule says of a function that is run under watch."""

import losslab
from losslab.doctor.finding import Finding


def findings_of(code, run, *arguments) -> list[Finding]:
    """Call ``run`` under watch, and give the findings of the rule with this code."""
    with losslab.doctor.watch() as report:
        run(*arguments)
    assert not [sentence for sentence in report.unchecked if sentence.startswith("rule ")]
    found = [*report.findings, *(one for cause in report.findings for one in cause.symptoms)]
    return [one for one in found if one.rule == code]
