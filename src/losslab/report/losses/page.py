"""One loss's page for a terminal: formula, curves, contract, source, when to use it."""

import inspect
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text
from torch import nn

from losslab.core.errors import OptionError
from losslab.losses.curve import compute_curves
from losslab.losses.spec import Loss
from losslab.objectives.catalog import CODECS
from losslab.report.losses.catalogue import PairingTable, forms, listed
from losslab.report.losses.curves import CurvePicture
from losslab.report.losses.formula import FormulaLines
from losslab.report.losses.wording import domain, elicited, parameters, probabilities, shape, twins
from losslab.report.terminal import NAME, facts, visible

_HEADING = "Reference"


def full_reference(loss: Loss) -> str:
    """Authors, title and year from the docstring of the loss; else the short reference.

    Example
        >>> from losslab.losses.catalog import LOSSES
        >>> full_reference(LOSSES["huber"])
        'Huber, "Robust estimation of a location parameter" (1964)'
    """
    lines = (inspect.getdoc(loss.fn) or "").splitlines()
    if not loss.reference or _HEADING not in lines:
        return loss.reference
    below = lines[lines.index(_HEADING) + 1 :]
    said = " ".join(line.strip() for line in takewhile(lambda line: line.startswith(" "), below))
    return said.removesuffix(".") or loss.reference


_PAIRS = "# The same for whole tensors, and for pairs of vectors with a label of 1 or -1 each:"


def source(loss: Loss, task: str | None = None) -> str:
    """The row kernel of each form of the loss, or a user's own function.

    A kernel has no labels of pairs, so the function of tensors follows where the loss takes them.

    Example
        >>> from losslab.losses.catalog import LOSSES
        >>> source(LOSSES["mse"]).splitlines()[0]
        'def kernel('
    """
    parts = []
    for form in forms(loss, task):
        parts.append(_read(form.kernel or form.fn, loss))
        if form.kernel and form.pair_label:
            parts.append(f"{_PAIRS}\n{_read(form.fn, loss)}")
    return "\n\n\n".join(part.rstrip() for part in parts)


def _read(code: Callable[..., Any], loss: Loss) -> str:
    try:
        return inspect.getsource(type(code) if isinstance(code, nn.Module) else code)
    except (OSError, TypeError) as error:
        raise OptionError(
            "--source needs a loss whose code can be read",
            got=f"{loss.label!r} ({error})",
            fix="leave --source out",
        ) from error


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
    """Draw value and gradient along the loss's axis."""
    first, *others = compute_curves(loss)
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
