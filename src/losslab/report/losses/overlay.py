"""Several losses compared: their curves in shared pictures, and a summary of each."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from losslab.losses.curve import Curve, compute_curves
from losslab.losses.spec import Loss
from losslab.report.losses.catalogue import list_forms
from losslab.report.losses.curves import CurvePicture
from losslab.report.losses.page import render_formulas, render_title
from losslab.report.losses.wording import describe_elicited, describe_shape
from losslab.report.terminal import ASIDE, facts

_HEIGHT = 12


def render_overlay(
    losses: Sequence[Loss], task: str | None = None, *, ascii_only: bool = False
) -> RenderableType:
    """Draw losses, those with the same axis in one picture, and summarize each."""
    by_axis: dict[str, list[Curve]] = {}
    for curve in select_curves(losses, task):
        by_axis.setdefault(curve.axis, []).append(curve)
    pictures = (
        CurvePicture(curves=tuple(curves), height=_HEIGHT, ascii_only=ascii_only)
        for curves in by_axis.values()
    )
    names = [loss.name for loss in losses if loss.kernel]
    return Group(
        *(Padding(picture, (0, 0, 1, 0)) for picture in pictures),
        *(part for loss in losses for part in _summarize(loss, task, ascii_only=ascii_only)),
        *(Text(f"losslab losses {name} shows one in full", style=ASIDE) for name in names[:1]),
    )


def select_curves(losses: Sequence[Loss], task: str | None = None) -> list[Curve]:
    """Select the curves of each loss, preferring the form that shares its axis with another loss.

    Losses of pairs have a curve for each label.

    Examples:
        >>> from losslab.losses.catalog import LOSSES
        >>> [curve.axis for curve in select_curves([LOSSES["focal"], LOSSES["cross_entropy"]])]
        ["lead of the true class's score", "lead of the true class's score"]
    """
    candidates = [[compute_curves(form) for form in list_forms(loss, task)] for loss in losses]
    selected: list[Curve] = []
    for number, forms in enumerate(candidates):
        rest = candidates[:number] + candidates[number + 1 :]
        axes = {first[0].axis for first, *_ in rest}
        selected += next((form for form in forms if form[0].axis in axes), forms[0])
    return selected


def _summarize(loss: Loss, task: str | None, *, ascii_only: bool) -> Iterator[RenderableType]:
    yield render_title(loss)
    yield from render_formulas(list_forms(loss, task)[0], ascii_only=ascii_only)
    # Nothing is known about a user's function.
    if loss.kernel:
        yield Padding(
            facts(("best constant", describe_elicited(loss)), ("shape", describe_shape(loss))),
            (1, 0),
        )
    else:
        yield Text()
