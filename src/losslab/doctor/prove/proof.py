"""``losslab doctor SCRIPT --prove``: the script again and again, each time with mistakes fixed."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from losslab.doctor.catalog import find_fixable_rules
from losslab.doctor.finding import Finding
from losslab.doctor.fixes.call_fix import Line
from losslab.doctor.redaction import redact
from losslab.doctor.render import format_file
from losslab.doctor.supervise import Output, Rerun, ScriptOutcome, Supervision, supervise

SEED = 0


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One run of the script.

    Args:
        title: what was fixed in it.
        outcome: its report.
        last: the last line of its output, or how it failed.
        calls: how many calls were fixed.
        diff: what does the same in the source.
    """

    title: str
    outcome: ScriptOutcome
    last: str
    calls: int = 0
    diff: str = ""

    @property
    def rule(self) -> str:
        """The code of the rule whose mistakes were fixed."""
        return self.title.split()[0]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """All runs of a script.

    Args:
        first: nothing fixed.
        unfixable: findings that can't be fixed at an intercepted call.
        again: the same once more, with the calls intercepted and none changed.
        single: one fix each.
        together: all fixes; the only one, if there is one.
        advised: all fixes, also of what was only advice.
    """

    first: Trial
    unfixable: tuple[Finding, ...]
    again: Trial | None = None
    single: tuple[Trial, ...] = ()
    together: Trial | None = None
    advised: Trial | None = None


def prove(
    script: str, args: Sequence[str], how: Supervision, write: Callable[[str], object]
) -> Proof:
    """Run a script as it is, with each error fixed by itself, and with all of them.

    Every run starts with the same seeds and has no stdin.

    Args:
        script: its path.
        args: its arguments.
        how: as for a run without proof; a timeout is for each run.
        write: gets the output of the first run, as it comes.

    Raises:
        DataError: as :func:`~losslab.doctor.supervise.supervise` does.
    """
    first = _run_trial(script, args, how, "as it is", None, write)
    findings = first.outcome.report.findings
    fixes = _group_lines(one for one in findings if one.severity == "error")
    advice = _group_lines(one for one in findings if one.severity != "error")
    proof = Proof(
        first=first,
        unfixable=tuple(one for one in findings if one.rule not in find_fixable_rules()),
    )
    if not fixes:
        return proof
    again = _run_trial(script, args, how, "once more, as it is", ())
    single = tuple(_run_trial(script, args, how, title, lines) for title, lines in fixes.items())
    lines = [line for one in fixes.values() for line in one]
    together, advised = single[0], None
    if len(fixes) > 1:
        together = _run_trial(script, args, how, f"all {len(fixes)} together", lines)
    if advice:
        lines += [line for one in advice.values() for line in one]
        advised = _run_trial(script, args, how, f"and the advice: {', '.join(advice)}", lines)
    return replace(proof, again=again, single=single, together=together, advised=advised)


def _group_lines(findings: Iterable[Finding]) -> dict[str, list[Line]]:
    """Group the lines by rule: a loss in training and in evaluation is one mistake."""
    groups: dict[str, list[Line]] = {}
    for one in sorted(findings, key=lambda finding: finding.rule):
        if one.rule in find_fixable_rules():
            title = f"{one.rule} {find_fixable_rules()[one.rule].title}"
            groups.setdefault(title, []).append((one.rule, one.file, one.line))
    return groups


def _run_trial(  # noqa: PLR0913  a run's parts
    script: str,
    args: Sequence[str],
    how: Supervision,
    title: str,
    lines: Sequence[Line] | None,
    write: Callable[[str], object] = lambda text: None,
) -> Trial:
    with tempfile.TemporaryDirectory() as folder:
        output, fixed = Output(write), Path(folder, "fixed.json")
        rerun = Rerun(
            seed=SEED,
            output=output,
            fixes_file=str(fixed),
            lines=None if lines is None else tuple(lines),
            silent=lines is not None,
        )
        outcome = supervise(script, args, replace(how, rerun=rerun))
        done = json.loads(fixed.read_text(encoding="utf-8")) if fixed.exists() else {}
    return Trial(
        title=title,
        outcome=outcome,
        last=_find_last_line(output.text, outcome),
        calls=sum(done.get("calls", {}).values()),
        diff=done.get("diff", ""),
    )


def _find_last_line(text: str, outcome: ScriptOutcome) -> str:
    """Find the last line that a script wrote; of one that failed, how."""
    if outcome.failed:
        return f"({outcome.report.ended})"
    lines = [line.rsplit("\r", 1)[-1].rstrip() for line in text.rstrip().split("\n")]
    return next((line for line in reversed(lines) if line.strip()), "(no output)")


def render_proof(proof: Proof) -> str:
    """Write the last line of each run, the diff, and what could not be fixed."""
    return "\n".join(_render_lines(proof)) + "\n"


def _render_lines(proof: Proof) -> Iterator[str]:
    if proof.together is None:
        yield "Nothing to prove: no error was found that can be fixed at its call."
    else:
        yield "The same script, with the same seeds and its errors fixed where they happen:"
        trials = [proof.first, *proof.single]
        trials += [proof.together] if len(proof.single) > 1 else []
        trials += [proof.advised] if proof.advised is not None else []
        width = max(len(trial.title) for trial in trials)
        for trial in trials:
            yield f"  {trial.title:<{width}}  {trial.last}"
        yield from _render_doubts(proof, proof.together)
        if proof.together.diff:
            yield "The same in the source:"
            yield redact(proof.together.diff.rstrip("\n"))
        yield from _render_missing_diffs(proof, proof.together)
    for finding in proof.unfixable:
        place = f"{format_file(finding.file)}:{finding.line}"
        yield f"Not fixed by a rerun: {finding.severity} {finding.rule} {finding.name}, {place}"


def _render_missing_diffs(proof: Proof, together: Trial) -> Iterator[str]:
    """Say in words what to write where a fixed call has no diff."""
    silent = {trial.rule for trial in proof.single if trial.calls and not trial.diff}
    findings = proof.first.outcome.report.findings
    if proof.advised is not None and proof.advised.diff == together.diff:
        errors = {trial.rule for trial in proof.single}
        silent |= {one.rule for one in findings if one.rule in find_fixable_rules()} - errors
    fixes = {one.rule: one.fix for one in reversed(findings) if one.rule in silent}
    for rule in sorted(fixes):
        yield f"No diff for {rule}; in the source: {fixes[rule]}"


def _render_doubts(proof: Proof, together: Trial) -> Iterator[str]:
    """Say what limits the proof."""
    if proof.again is not None and proof.again.last != proof.first.last:
        yield f"  The script's output changes from run to run by itself: {proof.again.last}"
    for trial in proof.single:
        if not trial.calls:
            yield f"  {trial.title}: no call was changed"
    fixed = {trial.rule for trial in proof.single}
    left = {one.rule for one in together.outcome.report.errors}
    if left & fixed:
        yield f"  Still found afterwards: {', '.join(sorted(left & fixed))}"
    if left - fixed - {one.rule for one in proof.first.outcome.report.errors}:
        yield f"  Found only afterwards: {', '.join(sorted(left - fixed))}"


def write_through(text: str) -> None:
    """Pass a script's output on."""
    sys.stdout.write(text)
    sys.stdout.flush()
