"""One loss's page for a terminal: formula, curves, contract, when to use it."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from losslab.losses.curve import curves
from losslab.losses.spec import Loss
from losslab.objectives.catalog import CODECS
from losslab.report.curve_picture import CurvePicture
from losslab.report.facts import NAME, facts
from losslab.report.formula_lines import FormulaLines
from losslab.report.letters import visible
from losslab.report.loss_reference import full_reference
from losslab.report.loss_words import domain, elicited, parameters, probabilities, shape, twins
from losslab.report.losses_catalogue import forms, listed
from losslab.report.losses_pairings import PairingTable


def page(loss: Loss, task: str | None = None, *, ascii_only: bool = False) -> RenderableType:
    """Everything the catalogue says of one loss, with its pairings for ``task`` or for all."""
    first, *others = forms(loss, task)
    return Group(
        title(loss),
        *formulas(first, *others, ascii_only=ascii_only),
        Padding(picture(first, ascii_only=ascii_only), (1, 0)),
        _contract(first, *others),
        *_claims(loss if others else first, task, ascii_only=ascii_only),
    )


def title(loss: Loss) -> RenderableType:
    """The name and the summary."""
    return Text.assemble((loss.label, NAME), "\n", loss.summary)


def formulas(first: Loss, *others: Loss, ascii_only: bool = False) -> Iterator[RenderableType]:
    """Write the formula, and that of the form by class, a little to the right."""
    if first.formula:
        yield Padding(FormulaLines(latex=first.formula, ascii_only=ascii_only), (1, 0, 0, 2))
    for other in others:
        yield Padding(Text("with one score per class:"), (0, 0, 0, 2))
        yield Padding(FormulaLines(latex=other.formula, ascii_only=ascii_only), (0, 0, 0, 2))


def picture(loss: Loss, *, ascii_only: bool = False) -> RenderableType:
    """Draw value and slope along the loss's axis."""
    first, *others = curves(loss)
    shown = (first, *(curve for curve in others if curve.axis == first.axis))
    return CurvePicture(curves=shown, by_loss=False, ascii_only=ascii_only)


def _contract(first: Loss, *others: Loss) -> RenderableType:
    label = first.pair_label
    return facts(
        ("prediction", domain(first.prediction)),
        ("target", domain(first.target)),
        *(("or prediction", domain(other.prediction)) for other in others),
        *(("with target", domain(other.target)) for other in others),
        ("and, for pairs", f"one label per row: {domain(label)}" if label else ""),
    )


def _claims(loss: Loss, task: str | None, *, ascii_only: bool) -> Iterator[RenderableType]:
    if loss.kernel is None:
        # Nothing is known of a user's own function.
        return
    yield facts(("parameters", parameters(loss)), ("of the encoding", _encoding(loss, task)))
    yield Padding(PairingTable(pairs=tuple(listed(loss, task))), (1, 0))
    yield facts(
        ("best constant", elicited(loss)),
        ("probabilities", probabilities(loss)),
        ("shape", shape(loss)),
        ("same as", twins(loss, task)),
    )
    yield Padding(
        facts(
            ("use when", loss.use_when),
            ("avoid when", loss.avoid_when),
            ("classic mistake", loss.classic_mistake),
        ),
        (1, 0),
    )
    yield facts(
        ("see also", ", ".join(loss.see_also)),
        ("PyTorch", f"{loss.torch_class}()" if loss.torch_class else "no class for it"),
        ("reference", visible(full_reference(loss), ascii_only)),
    )


def _encoding(loss: Loss, task: str | None) -> str:
    """Parameters of the target encodings, which are set as if they were the loss's own."""
    codecs = {pair.codec: CODECS[pair.codec] for pair in listed(loss, task)}
    settings = [
        f"{name}={value:g} in {codec.param_ranges[name]} for targets in {codec.name}"
        for codec in codecs.values()
        for name, value in codec.params.items()
    ]
    example = f", as in {loss.name}({settings[0].partition('=')[0]}=0.1)" if settings else ""
    return ", ".join(settings) + example
