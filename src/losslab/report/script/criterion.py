"""How a script computes the loss: by PyTorch's class, or by a function of its own."""

import ast
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from losslab.contracts.interval import Choice
from losslab.core.errors import OptionError
from losslab.losses.module import MEAN_OVER_ROWS
from losslab.losses.spec import Loss
from losslab.report.script.extraction import NotExtractableError, extract, find_import
from losslab.report.script.syntax import Import, format_literal

NN = Import("torch", "nn")
OWN = "own_loss"


@dataclass(frozen=True, kw_only=True)
class ScriptNames:
    """The names a script uses itself: those it defines at its top level, and those of variables."""

    defined: frozenset[str]
    variables: frozenset[str]


def collect_names(script: str) -> ScriptNames:
    """Collect the names that a script binds.

    >>> sorted(collect_names("import torch\\n\\ndef main():\\n    loss = 1\\n").defined)
    ['main', 'torch']
    """
    tree = ast.parse(script)
    defined: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            defined |= {(item.asname or item.name).split(".")[0] for item in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Assign):
            defined |= {item.id for item in node.targets if isinstance(item, ast.Name)}
    nodes = list(ast.walk(tree))
    variables = {
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    arguments = {node.arg for node in nodes if isinstance(node, ast.arg)}
    return ScriptNames(defined=frozenset(defined), variables=frozenset(variables | arguments))


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """The loss in code.

    Args:
        call: the mean loss of a batch, with ``{prediction}`` and ``{target}`` to be filled in.
        shown: what comments call it.
        setup: an expression to be assigned to ``criterion`` beforehand; empty without one.
        imports: what it needs.
        blocks: definitions it needs.
    """

    call: str
    shown: str
    setup: str = ""
    imports: frozenset[Import] = frozenset()
    blocks: tuple[str, ...] = ()


def criterion(loss: Loss, taken: ScriptNames) -> Criterion:
    """Write the loss as code that needs no losslab.

    Args:
        loss: a loss of the catalogue, or a user's own.
        taken: the names the script uses itself, with which a user's code must not clash.
    """
    if loss.torch_class is not None:
        return _of_catalogue(loss, loss.torch_class.removeprefix("torch."))
    fn, fixed = _unwrapped(loss)
    if isinstance(fn, nn.Module) and type(fn) is getattr(nn, type(fn).__name__, None):
        made = _of_module(f"nn.{type(fn).__name__}", _settings(fn))
        return made if loss.reduces == "rows" else _reduced(made, loss)
    return _reduced(_of_function(fn, loss, fixed, taken), loss)


def _of_catalogue(loss: Loss, name: str) -> Criterion:
    arguments = [f"{key}={_number(loss, key)}" for key in loss.params]
    if loss.over_outputs == "sum":
        # PyTorch's plain mean would divide by the number of outputs, too.
        arguments.append(f"reduction={format_literal(MEAN_OVER_ROWS)}")
    made = _of_module(name, arguments)
    if loss.pair_label is None:
        return made
    alike = "torch.ones(len({target}))"
    return replace(
        made,
        call=f"criterion({{prediction}}, {{target}}, {alike})",
        imports=made.imports | {Import("torch")},
    )


def _number(loss: Loss, name: str) -> str:
    value = loss.params[name]
    # One of a few numbers, such as an exponent of 1 or 2, is whole in PyTorch.
    return f"{value:g}" if isinstance(loss.param_ranges[name], Choice) else format_literal(value)


def _of_module(name: str, arguments: list[str]) -> Criterion:
    torch_too = any("torch." in argument for argument in arguments)
    return Criterion(
        call="criterion({prediction}, {target})",
        shown=name.removeprefix("nn."),
        setup=f"{name}({', '.join(arguments)})",
        imports=frozenset({NN, Import("torch")} if torch_too else {NN}),
    )


def _settings(module: nn.Module) -> list[str]:
    """A criterion's settings that are not the defaults, from attributes named as in PyTorch."""
    given = []
    for name, parameter in inspect.signature(type(module)).parameters.items():
        value = getattr(module, name, parameter.default)
        if isinstance(value, Tensor):
            given.append(f"{name}=torch.tensor({format_literal(value.tolist())})")
        elif value != parameter.default:
            given.append(f"{name}={format_literal(value)}")
    return given


def _unwrapped(loss: Loss) -> tuple[Callable[..., Any], dict[str, object]]:
    """The function behind a partial, with the keywords it is always called with."""
    fn: Any = loss.fn
    fixed = dict[str, object](loss.params)
    while isinstance(fn, functools.partial) and not fn.args:
        fn, fixed = fn.func, {**fn.keywords, **fixed}
    return fn, fixed


def _of_function(
    fn: Callable[..., Any], loss: Loss, fixed: dict[str, object], taken: ScriptNames
) -> Criterion:
    settings = "".join(f", {name}={format_literal(value)}" for name, value in fixed.items())
    name, imports, blocks = _copied(fn, loss, taken) or _imported(fn, loss, taken)
    return Criterion(
        call=f"{name}({{prediction}}, {{target}}{settings})",
        shown="this loss" if loss.kernel is None else f"the {loss.name} loss",
        imports=imports,
        blocks=blocks,
    )


Code = tuple[str, frozenset[Import], tuple[str, ...]]


def _imported(fn: Callable[..., Any], loss: Loss, taken: ScriptNames) -> Code:
    statement = find_import(fn)
    if statement is None:
        raise OptionError(
            f"needed a loss that a script can contain or import, for {loss.name!r}",
            got="a function whose source, or part of it, cannot be copied",
            fix="write it with def at the top level of a module, and import it from there",
        )
    if statement.name not in taken.defined | taken.variables:
        return statement.name, frozenset({statement}), ()
    return OWN, frozenset({Import(statement.module, statement.name, OWN)}), ()


def _copied(fn: Callable[..., Any], loss: Loss, taken: ScriptNames) -> Code | None:
    if not inspect.isfunction(fn):
        return None
    try:
        found = extract(fn)
    except NotExtractableError:
        return None
    theirs = {name for name, value in found.names.items() if not _is_ours(name, value)}
    if theirs & taken.defined:
        return None
    from_catalogue = loss.kernel is not None
    blocks = [_with_short_docstring(block) if from_catalogue else block for block in found.blocks]
    if fn.__name__ not in taken.variables:
        return fn.__name__, frozenset(found.imports), tuple(blocks)
    # A variable of the script would hide the function where it is called.
    return OWN, frozenset(found.imports), (*blocks, f"{OWN} = {fn.__name__}")


def _is_ours(name: str, value: object) -> bool:
    """Whether a name stands for the same module in the script."""
    return (name, value) in (("torch", torch), ("nn", nn))


def _with_short_docstring(source: str) -> str:
    """Keep the first line of a docstring; the formula is in the code below it."""
    body = ast.parse(source).body[0]
    assert isinstance(body, ast.FunctionDef)
    first = body.body[0]
    text = ast.get_docstring(body)
    if text is None or first.end_lineno is None:
        return source
    lines = source.splitlines()
    margin = " " * first.col_offset
    short = f'{margin}"""{text.splitlines()[0]}"""'
    return "\n".join([*lines[: first.lineno - 1], short, *lines[first.end_lineno :]])


def _reduced(made: Criterion, loss: Loss) -> Criterion:
    """Take the mean over the rows, unless the loss has done so itself."""
    if loss.reduces == "rows":
        return made
    mean = ".sum(-1).mean()" if loss.over_outputs == "sum" else ".mean()"
    return replace(made, call=made.call + mean)
