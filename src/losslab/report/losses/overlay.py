"""Several losses beside each other: their curves in common pictures, and the gist of each."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from losslab.losses.curve import Curve, compute_curves
from losslab.losses.spec import Loss
from losslab.report.losses.catalogue import forms
from losslab.report.losses.curves import CurvePicture
from losslab.report.losses.page import formulas, title
from losslab.report.losses.wording import elicited, shape
from losslab.report.terminal import ASIDE, facts

_HEIGHT = 12


def overlay(
    losses: Sequence[Loss], task: str | None = None, *, ascii_only: bool = False
) -> RenderableType:
    """Draw losses, those with the same axis in one picture, and say the main things of each."""
    known = [loss for loss in losses if loss.kernel]
    return Group(
        *_pictures(losses, task, ascii_only=ascii_only),
        *(part for loss in losses for part in _entry(loss, task, ascii_only=ascii_only)),
        *(Text(f"losslab losses {loss.name} says more of one", style=ASIDE) for loss in known[:1]),
    )


def _pictures(
    losses: Sequence[Loss], task: str | None, *, ascii_only: bool
) -> Iterator[RenderableType]:
    by_axis: dict[str, list[Curve]] = {}
    for curve in side_by_side(losses, task):
        by_axis.setdefault(curve.axis, []).append(curve)
    for shared in by_axis.values():
        drawn = CurvePicture(curves=tuple(shared), height=_HEIGHT, ascii_only=ascii_only)
        yield Padding(drawn, (0, 0, 1, 0))


def side_by_side(losses: Sequence[Loss], task: str | None = None) -> list[Curve]:
    """The curves of each loss; of its forms, the one that shares its axis with another loss.

    Losses of pairs have a curve for each label.

    Example
        >>> from losslab.losses.catalog import LOSSES
        >>> [curve.axis for curve in side_by_side([LOSSES["focal"], LOSSES["cross_entropy"]])]
        ["lead of the true class's score", "lead of the true class's score"]
    """
    candidates = [[compute_curves(form) for form in forms(loss, task)] for loss in losses]
    picked: list[Curve] = []
    for number, own in enumerate(candidates):
        rest = candidates[:number] + candidates[number + 1 :]
        others = {first[0].axis for first, *_ in rest}
        picked += next((form for form in own if form[0].axis in others), own[0])
    return picked


def _entry(loss: Loss, task: str | None, *, ascii_only: bool) -> Iterator[RenderableType]:
    yield title(loss)
    yield from formulas(forms(loss, task)[0], ascii_only=ascii_only)
    # Nothing is known of a user's own function.
    if loss.kernel:
        yield Padding(facts(("best constant", elicited(loss)), ("shape", shape(loss))), (1, 0))
    else:
        yield Text()
