"""``losslab doctor SCRIPT --prove``: the script again and again, each time with mistakes fixed."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from losslab.doctor.finding import Finding
from losslab.doctor.prove.fixing import Line, fixable_rules
from losslab.doctor.redaction import redacted
from losslab.doctor.render import shown_file
from losslab.doctor.supervise import Output, Rerun, ScriptOutcome, Supervision, supervise

SEED = 0


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One run of the script.

    Args:
        title: what was mended in it.
        outcome: its report.
        last: the last line of its output, or how it failed.
        calls: how many calls were mended.
        diff: what does the same in the source.
    """

    title: str
    outcome: ScriptOutcome
    last: str
    calls: int = 0
    diff: str = ""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """All runs of a script.

    Args:
        first: nothing mended.
        again: the same once more, with the calls intercepted and none changed.
        single: one fix each.
        together: all fixes; the only one, if there is one.
        unmendable: findings that no intercepted call can mend.
        advised: all fixes, and what was only advice.
    """

    first: Trial
    again: Trial | None
    single: tuple[Trial, ...]
    together: Trial | None
    unmendable: tuple[Finding, ...]
    advised: Trial | None = None


def prove(
    script: str, args: Sequence[str], how: Supervision, told: Callable[[str], object]
) -> Proof:
    """Run a script as it is, with each error mended by itself, and with all of them.

    Every run begins with the same seeds and has no stdin.

    Args:
        script: its path.
        args: its arguments.
        how: as for a run without proof; a timeout is for each run.
        told: gets the output of the first run, as it comes.

    Raises:
        DataError: as :func:`~losslab.doctor.supervise.supervise` does.
    """
    first = _trial(script, args, how, "as it is", None, told)
    findings = first.outcome.report.findings
    fixes = _fixes(
        [one for one in findings if one.severity == "error" and one.rule in fixable_rules()]
    )
    unmendable = tuple(one for one in findings if one.rule not in fixable_rules())
    if not fixes:
        return Proof(
            first=first, again=None, single=(), together=None, advised=None, unmendable=unmendable
        )
    again = _trial(script, args, how, "once more, as it is", ())
    single = tuple(_trial(script, args, how, title, lines) for title, lines in fixes)
    every = [line for _, lines in fixes for line in lines]
    together = single[0]
    if len(fixes) > 1:
        together = _trial(script, args, how, f"all {len(fixes)} together", every)
    advice = _fixes(
        [one for one in findings if one.severity != "error" and one.rule in fixable_rules()]
    )
    advised = None
    if advice:
        title = f"and the advice: {', '.join(title for title, _ in advice)}"
        every += [line for _, lines in advice for line in lines]
        advised = _trial(script, args, how, title, every)
    return Proof(
        first=first,
        again=again,
        single=single,
        together=together,
        advised=advised,
        unmendable=unmendable,
    )


def _fixes(findings: Sequence[Finding]) -> list[tuple[str, list[Line]]]:
    """Join the lines of a rule to one fix: a loss in training and in evaluation is one mistake."""
    lines: dict[str, list[Line]] = {}
    for one in findings:
        lines.setdefault(one.rule, []).append((one.rule, one.file, one.line))
    return [(f"{rule} {fixable_rules()[rule]}", lines[rule]) for rule in sorted(lines)]


def _trial(  # noqa: PLR0913  a run's parts
    script: str,
    args: Sequence[str],
    how: Supervision,
    title: str,
    lines: Sequence[Line] | None,
    told: Callable[[str], object] = lambda text: None,
) -> Trial:
    with tempfile.TemporaryDirectory() as folder:
        output, mended = Output(told), Path(folder, "mended.json")
        rerun = Rerun(
            seed=SEED,
            output=output,
            mended=str(mended),
            lines=None if lines is None else tuple(lines),
            silent=lines is not None,
        )
        outcome = supervise(script, args, replace(how, rerun=rerun))
        done = json.loads(mended.read_text(encoding="utf-8")) if mended.exists() else {}
    return Trial(
        title=title,
        outcome=outcome,
        last=_last(output.text, outcome),
        calls=sum(done.get("calls", {}).values()),
        diff=done.get("diff", ""),
    )


def _last(text: str, outcome: ScriptOutcome) -> str:
    """Give the last line that a script wrote; of one that failed, how."""
    if outcome.failed:
        return f"({outcome.report.ended})"
    lines = [line.rsplit("\r", 1)[-1].rstrip() for line in text.rstrip().split("\n")]
    return next((line for line in reversed(lines) if line.strip()), "(no output)")


def render_proof(proof: Proof) -> str:
    """Write the last line of each run, the diff, and what could not be mended."""
    return "\n".join(_lines(proof)) + "\n"


def _lines(proof: Proof) -> Iterator[str]:
    if proof.together is None:
        yield "Nothing to prove: no error was found that can be mended at its call."
    else:
        yield "The same script, with the same seeds and its errors mended where they happen:"
        trials = [proof.first, *proof.single]
        trials += [proof.together] if len(proof.single) > 1 else []
        trials += [proof.advised] if proof.advised is not None else []
        width = max(len(trial.title) for trial in trials)
        for trial in trials:
            yield f"  {trial.title:<{width}}  {trial.last}"
        yield from _doubts(proof)
        if proof.together.diff:
            yield "The same in the source:"
            yield redacted(proof.together.diff.rstrip("\n"))
    yield from _without_diff(proof)
    for finding in proof.unmendable:
        place = f"{shown_file(finding.file)}:{finding.line}"
        yield f"Not mended by a rerun: {finding.severity} {finding.rule} {finding.name}, {place}"


def _without_diff(proof: Proof) -> Iterator[str]:
    """Say in words what to write where a mended call gives no diff."""
    silent = {trial.title.split()[0] for trial in proof.single if trial.calls and not trial.diff}
    findings = proof.first.outcome.report.findings
    together, advised = proof.together, proof.advised
    if together is not None and advised is not None and advised.diff == together.diff:
        errors = {trial.title.split()[0] for trial in proof.single}
        silent |= {one.rule for one in findings if one.rule in fixable_rules()} - errors
    fixes = {one.rule: one.fix for one in reversed(findings) if one.rule in silent}
    for rule in sorted(fixes):
        yield f"No diff for {rule}; in the source: {fixes[rule]}"


def _doubts(proof: Proof) -> Iterator[str]:
    """Say what limits the proof."""
    if proof.again is not None and proof.again.last != proof.first.last:
        yield f"  The script's output changes from run to run by itself: {proof.again.last}"
    for trial in proof.single:
        if not trial.calls:
            yield f"  {trial.title}: no call was changed"
    together = proof.together
    mended = {trial.title.split()[0] for trial in proof.single}
    if together is not None:
        left = {one.rule for one in together.outcome.report.errors}
        if left & mended:
            yield f"  Still found afterwards: {', '.join(sorted(left & mended))}"
        if left - mended - {one.rule for one in proof.first.outcome.report.errors}:
            yield f"  Found only afterwards: {', '.join(sorted(left - mended))}"


def write_through(text: str) -> None:
    """Pass a script's output on."""
    sys.stdout.write(text)
    sys.stdout.flush()
