"""What a path's tables say in sentences."""

from collections.abc import Iterator

from losslab.experiment.amounts import counted
from losslab.experiment.path.choice import INTERVAL
from losslab.experiment.path.findings import PathFindings
from losslab.plots.words import direction


def heading(findings: PathFindings) -> str:
    """Name table, penalty and network."""
    network = "a linear model"
    if findings.hidden:
        network = f"a network of {'-'.join(map(str, findings.hidden))} hidden units"
    ratio = findings.penalty_params.get("l1_ratio")
    penalty = findings.kind + ("" if ratio is None else f" (l1_ratio {ratio:g})")
    return f"{findings.data}: {penalty} penalty on {network}, loss {findings.loss}"


def reading(findings: PathFindings) -> str:
    """Say what was measured, and on what."""
    return (
        f"Judged by held-out {findings.label}, {direction(findings.higher_is_better)} "
        f"({findings.reason}); mean of {counted(findings.repetitions, 'repetition')}, each with a "
        f"split ({findings.train_rows:,} rows train, {findings.test_rows:,} held out) and initial "
        "weights of its own."
    )


def remarks(findings: PathFindings) -> Iterator[str]:
    """Explain the errors, and say what the penalty made of the weights."""
    if findings.repetitions > 1:
        yield f"SE: {INTERVAL}, N = {counted(findings.repetitions, 'repetition')}."
    yield from findings.notes
    if findings.makes_zeros:
        yield _zeros(findings)
    elif any(point.nonzero.mean < findings.n_weights for point in findings.points):
        yield (
            f"{findings.kind} makes weights small, not zero: those that are zero became too small "
            "for a float32."
        )
    if findings.diverged:
        yield (
            f"{findings.diverged} of {counted(findings.runs, 'run')} diverged; alphas with such "
            "runs have no means: try a smaller --lr"
        )


def _zeros(findings: PathFindings) -> str:
    total = findings.n_weights
    known = [point for point in findings.points if point.nonzero.mean == point.nonzero.mean]
    first = next((point for point in known if point.nonzero.mean < total), None)
    if first is None:
        return (
            f"No weight reached exactly zero, of {total:,}; larger --alphas would take some there."
        )
    least = min(known, key=lambda point: (point.nonzero.mean, point.alpha))
    parts = [f"{total - first.nonzero.mean:.3g} of {total:,} on average at alpha {first.alpha:.3g}"]
    if least.alpha != first.alpha:
        amount = "all" if least.nonzero.mean == 0 else f"{total - least.nonzero.mean:.3g}"
        parts.append(f"{amount} at alpha {least.alpha:.3g}")
    return f"Weights reach exactly zero: {', '.join(parts)}."


def verdict(findings: PathFindings) -> str:
    """Say which alpha to take, and why."""
    if findings.choice is None:
        return "No alpha can be chosen: each had runs that diverged. Try a smaller --lr."
    return f"Chosen: {findings.choice.reason}."
