"""The columns of a path's table, for terminals and notebooks."""

from collections.abc import Callable
from dataclasses import dataclass

from losslab.experiment.path.estimate import Estimate
from losslab.experiment.path.findings import PathFindings, Point
from losslab.metrics.catalog import METRICS
from losslab.plots.words import score, score_format

CHOSEN = "\N{LEFTWARDS ARROW} chosen"


@dataclass(frozen=True, kw_only=True)
class PathColumn:
    """A title of one or two lines, and a text for each alpha.

    ``needed`` orders what gives way where there is no room: the smallest goes first.
    """

    title: str
    cells: tuple[str, ...]
    needed: int
    right: bool = True


def path_columns(findings: PathFindings) -> tuple[PathColumn, ...]:
    """Write every cell; what diverged has a dash."""

    def column(title: str, needed: int, cell: Callable[[Point], str]) -> PathColumn:
        return PathColumn(title=title, needed=needed, cells=tuple(map(cell, findings.points)))

    # One repetition has no standard error.
    held = "held out \N{PLUS-MINUS SIGN} SE" if findings.repetitions > 1 else "held out"
    columns = [column("alpha", 99, lambda point: f"{point.alpha:.3g}")]
    for place, name in enumerate(findings.metrics):
        columns += [
            PathColumn(
                title=f"{METRICS[name].label}\n{part}",
                needed=needed - 20 * place,
                cells=_scores(findings, name, with_error=with_error),
            )
            for part, needed, with_error in (
                ("train", 25, False),
                (held, 40, True),
            )
        ]
    marks = [
        CHOSEN if findings.choice and point.alpha == findings.choice.alpha else _lost(point)
        for point in findings.points
    ]
    return (
        *columns,
        column(f"non-zero\nof {findings.n_weights:,}", 30, lambda point: _count(point.nonzero)),
        column(
            f"features\nof {len(findings.features):,}",
            # What the group lasso is for.
            35 if findings.kind == "group_lasso" else 12,
            lambda point: _count(point.features),
        ),
        column("L2 norm", 22, lambda point: score(point.l2.mean, ",.3f")),
        PathColumn(title="", needed=98, cells=tuple(marks), right=False),
    )


def _lost(point: Point) -> str:
    return f"{point.diverged} diverged" if point.diverged else ""


def _count(count: Estimate) -> str:
    """A mean of whole numbers, with a decimal only where it is none itself."""
    whole = count.mean == round(count.mean) if count.mean == count.mean else True
    return score(count.mean, ",.0f" if whole else ",.1f")


def _scores(findings: PathFindings, name: str, with_error: bool) -> tuple[str, ...]:
    held = [point.test[name] for point in findings.points]
    given = held if with_error else [point.train[name] for point in findings.points]
    shown = score_format([one.mean for one in held])
    several = with_error and findings.repetitions > 1
    return tuple(
        f"{score(one.mean, shown)} \N{PLUS-MINUS SIGN} {score(one.error, shown)}"
        if several and one.mean == one.mean
        else score(one.mean, shown)
        for one in given
    )
