"""Pages for a terminal: one loss in full, or several losses compared."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text
from torch import nn

from losslab.core.errors import OptionError
from losslab.losses.curve import Curve, compute_curves
from losslab.losses.spec import Loss
from losslab.objectives.catalog import CODECS
from losslab.report.losses.catalogue import PairingTable, list_forms, list_pairings
from losslab.report.losses.curves import CurvePicture
from losslab.report.losses.formula import FormulaLines
from losslab.report.losses.wording import (
    describe_domain,
    describe_elicited,
    describe_equivalents,
    describe_parameters,
    describe_probabilities,
    describe_shape,
)
from losslab.report.terminal import ASIDE, NAME, make_fact_table, make_printable

_OVERLAY_HEIGHT = 12
_PAIRS = "# The same for whole tensors, and for pairs of vectors with a label of 1 or -1 each:"


def read_reference(loss: Loss) -> str:
    """Read authors, title and year from the docstring of the loss; else its short reference.

    Examples:
        >>> from losslab.losses.catalog import LOSSES
        >>> read_reference(LOSSES["huber"])
        'Huber, "Robust estimation of a location parameter" (1964)'
    """
    lines = iter((inspect.getdoc(loss.fn) or "").splitlines())
    if not loss.reference or "References:" not in lines:  # consumes lines up to the heading
        return loss.reference
    section = takewhile(lambda line: line.startswith(" "), lines)
    return " ".join(line.strip() for line in section).removesuffix(".") or loss.reference


def get_source(loss: Loss, task: str | None = None) -> str:
    """Get the source of the row kernel of each form of the loss, or of a user's function.

    A kernel takes no pair labels, so the tensor function follows for a loss that does.

    Examples:
        >>> from losslab.losses.catalog import LOSSES
        >>> get_source(LOSSES["mse"]).splitlines()[0]
        'def kernel('
    """
    parts = []
    for form in list_forms(loss, task):
        parts.append(_read_source(form.kernel or form.fn, loss))
        if form.kernel and form.pair_label:
            parts.append(f"{_PAIRS}\n{_read_source(form.fn, loss)}")
    return "\n\n\n".join(part.rstrip() for part in parts)


def _read_source(code: Callable[..., Any], loss: Loss) -> str:
    try:
        return inspect.getsource(type(code) if isinstance(code, nn.Module) else code)
    except (OSError, TypeError) as error:
        raise OptionError(
            "--source needs a loss whose source is available",
            got=f"{loss.label!r} ({error})",
            fix="leave --source out",
        ) from error


def render_page(loss: Loss, task: str | None = None, *, ascii_only: bool = False) -> RenderableType:
    """Render the page of one loss, with its pairings for ``task`` or for all tasks."""
    first, *others = list_forms(loss, task)
    curve, *more = compute_curves(first)
    curves = (curve, *(other for other in more if other.axis == curve.axis))
    label = first.pair_label
    contract = make_fact_table(
        ("prediction", describe_domain(first.prediction)),
        ("target", describe_domain(first.target)),
        *(("or prediction", describe_domain(other.prediction)) for other in others),
        *(("with target", describe_domain(other.target)) for other in others),
        ("and, for pairs", f"one label per row: {describe_domain(label)}" if label else ""),
    )
    return Group(
        render_title(loss),
        *render_formulas(first, *others, ascii_only=ascii_only),
        Padding(CurvePicture(curves=curves, by_loss=False, ascii_only=ascii_only), (1, 0)),
        contract,
        # Nothing is known about a user's function.
        *(_render_properties(loss if others else first, task, ascii_only) if loss.kernel else ()),
    )


def render_title(loss: Loss) -> RenderableType:
    """Render the name and the summary."""
    return Text.assemble((loss.label, NAME), "\n", loss.summary)


def render_formulas(
    first: Loss, *others: Loss, ascii_only: bool = False
) -> Iterator[RenderableType]:
    """Render the formula, and that of the form by class, indented."""
    if first.formula:
        yield Padding(FormulaLines(latex=first.formula, ascii_only=ascii_only), (1, 0, 0, 2))
    for other in others:
        yield Padding(Text("with one score per class:"), (0, 0, 0, 2))
        yield Padding(FormulaLines(latex=other.formula, ascii_only=ascii_only), (0, 0, 0, 2))


def _render_properties(loss: Loss, task: str | None, ascii_only: bool) -> Iterator[RenderableType]:
    yield make_fact_table(
        ("parameters", describe_parameters(loss)),
        ("of the encoding", _describe_encoding(loss, task)),
    )
    yield Padding(PairingTable(pairs=tuple(list_pairings(loss, task))), (1, 0))
    yield make_fact_table(
        ("best constant", describe_elicited(loss)),
        ("probabilities", describe_probabilities(loss)),
        ("shape", describe_shape(loss)),
        ("same as", describe_equivalents(loss, task)),
    )
    yield Padding(
        make_fact_table(
            ("use when", loss.use_when),
            ("avoid when", loss.avoid_when),
            ("classic mistake", loss.classic_mistake),
        ),
        (1, 0),
    )
    yield make_fact_table(
        ("see also", ", ".join(loss.see_also)),
        ("PyTorch", f"{loss.torch_class}()" if loss.torch_class else "no class for it"),
        ("reference", make_printable(read_reference(loss), ascii_only)),
    )


def _describe_encoding(loss: Loss, task: str | None) -> str:
    """Describe the parameters of the target encodings, which are set like the loss's."""
    codecs = {pair.codec: CODECS[pair.codec] for pair in list_pairings(loss, task)}
    settings = [
        f"{name}={value:g} in {codec.param_ranges[name]} for targets in {codec.name}"
        for codec in codecs.values()
        for name, value in codec.params.items()
    ]
    example = f", as in {loss.name}({settings[0].partition('=')[0]}=0.1)" if settings else ""
    return ", ".join(settings) + example


def render_overlay(
    losses: Sequence[Loss], task: str | None = None, *, ascii_only: bool = False
) -> RenderableType:
    """Draw losses, those with the same axis in one picture, and summarize each."""
    by_axis: dict[str, list[Curve]] = {}
    for curve in select_curves(losses, task):
        by_axis.setdefault(curve.axis, []).append(curve)
    pictures = (
        CurvePicture(curves=tuple(curves), height=_OVERLAY_HEIGHT, ascii_only=ascii_only)
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
            make_fact_table(
                ("best constant", describe_elicited(loss)), ("shape", describe_shape(loss))
            ),
            (1, 0),
        )
    else:
        yield Text()
