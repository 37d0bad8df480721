"""The loss of a script: a PyTorch class, or a function copied or imported."""

import functools
import inspect
import symtable
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from losslab.contracts.interval import Choice
from losslab.core.errors import OptionError
from losslab.losses.module import MEAN_OVER_ROWS
from losslab.losses.spec import Loss
from losslab.report.script.extraction import (
    NotExtractableError,
    extract,
    find_import,
    shorten_docstring,
)
from losslab.report.script.syntax import Import, format_keywords, format_literal

NN = Import("torch", "nn")
ALIAS = "own_loss"
# Names that stand for the same object in every script.
SHARED = (("torch", torch), ("nn", nn), ("Tensor", Tensor))


@dataclass(frozen=True, kw_only=True)
class ScriptNames:
    """The names a script binds: at its top level, and in its functions."""

    defined: frozenset[str]
    variables: frozenset[str]


def collect_names(script: str) -> ScriptNames:
    """Collect the names that a script binds.

    Examples:
        >>> sorted(collect_names("import torch\\n\\ndef main():\\n    loss = 1\\n").defined)
        ['main', 'torch']
    """
    module = symtable.symtable(script, "train.py", "exec")
    scopes = [module]
    for scope in scopes:  # grows
        scopes += scope.get_children()
    defined, *inner = (
        {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_local()}
        for scope in scopes
    )
    return ScriptNames(defined=frozenset(defined), variables=frozenset().union(*inner))


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """The code of a loss.

    Args:
        call: the mean loss of a batch, a format string of ``{prediction}`` and ``{target}``.
        label: what comments call it.
        setup: an expression to be assigned to ``criterion`` beforehand; empty without one.
        imports: what it imports.
        blocks: definitions it needs.
    """

    call: str
    label: str
    setup: str = ""
    imports: frozenset[Import] = frozenset()
    blocks: tuple[str, ...] = ()


def write_criterion(loss: Loss, taken: ScriptNames) -> Criterion:
    """Write the loss as code that does not import losslab.

    Args:
        loss: a loss of the catalogue, or a user's own.
        taken: the names that the script binds, which a user's code must not bind, too.
    """
    if loss.torch_class is not None:
        return _write_torch_loss(loss, loss.torch_class.removeprefix("torch."))
    fn: Any = loss.fn
    fixed = dict[str, object](loss.params)
    while isinstance(fn, functools.partial) and not fn.args:
        fn, fixed = fn.func, {**fn.keywords, **fixed}
    if isinstance(fn, nn.Module) and type(fn) is getattr(nn, type(fn).__name__, None):
        criterion = _write_module(f"nn.{type(fn).__name__}", _format_settings(fn))
    else:
        criterion = _write_function(fn, loss, fixed, taken)
    if loss.reduces == "rows":
        return criterion
    mean = ".sum(-1).mean()" if loss.over_outputs == "sum" else ".mean()"
    return replace(criterion, call=criterion.call + mean)


def _write_torch_loss(loss: Loss, name: str) -> Criterion:
    arguments = [
        # One of a few numbers, such as an exponent of 1 or 2, is an integer in PyTorch.
        f"{key}={value:g}"
        if isinstance(loss.param_ranges[key], Choice)
        else f"{key}={format_literal(value)}"
        for key, value in loss.params.items()
    ]
    if loss.over_outputs == "sum":
        # PyTorch's mean would divide by the number of outputs, too.
        arguments.append(f"reduction={format_literal(MEAN_OVER_ROWS)}")
    criterion = _write_module(name, arguments)
    if loss.pair_label is None:
        return criterion
    return replace(
        criterion,
        call="criterion({prediction}, {target}, torch.ones(len({target})))",
        imports=criterion.imports | {Import("torch")},
    )


def _write_module(name: str, arguments: list[str]) -> Criterion:
    needs_torch = any("torch." in argument for argument in arguments)
    return Criterion(
        call="criterion({prediction}, {target})",
        label=name.removeprefix("nn."),
        setup=f"{name}({', '.join(arguments)})",
        imports=frozenset({NN, Import("torch")} if needs_torch else {NN}),
    )


def _format_settings(module: nn.Module) -> list[str]:
    """Format a criterion's settings that are not defaults, from attributes of the same names."""
    settings = []
    for name, parameter in inspect.signature(type(module)).parameters.items():
        value = getattr(module, name, parameter.default)
        if isinstance(value, Tensor):
            settings.append(f"{name}=torch.tensor({format_literal(value.tolist())})")
        elif value != parameter.default:
            settings.append(f"{name}={format_literal(value)}")
    return settings


def _write_function(
    fn: Callable[..., Any], loss: Loss, fixed: dict[str, object], taken: ScriptNames
) -> Criterion:
    from_catalogue = loss.kernel is not None
    name, imports, blocks = _copy_function(fn, from_catalogue, taken) or _import_function(
        fn, loss, taken
    )
    arguments = ", ".join(["{prediction}", "{target}", *format_keywords(fixed)])
    return Criterion(
        call=f"{name}({arguments})",
        label=f"the {loss.name} loss" if from_catalogue else "this loss",
        imports=imports,
        blocks=blocks,
    )


Code = tuple[str, frozenset[Import], tuple[str, ...]]


def _copy_function(fn: Callable[..., Any], from_catalogue: bool, taken: ScriptNames) -> Code | None:
    """Copy a function with its dependencies; None if it cannot be copied."""
    if not inspect.isfunction(fn):
        return None
    try:
        found = extract(fn)
    except NotExtractableError:
        return None
    bound = {name for name, value in found.names.items() if (name, value) not in SHARED}
    if bound & taken.defined:
        return None
    # The formula is in the code below the docstring.
    blocks = [shorten_docstring(block) if from_catalogue else block for block in found.blocks]
    if fn.__name__ not in taken.variables:
        return fn.__name__, frozenset(found.imports), tuple(blocks)
    # A variable of the script would hide the function where it is called.
    return ALIAS, frozenset(found.imports), (*blocks, f"{ALIAS} = {fn.__name__}")


def _import_function(fn: Callable[..., Any], loss: Loss, taken: ScriptNames) -> Code:
    statement = find_import(fn)
    if statement is None:
        raise OptionError(
            f"needed a loss that a script can contain or import, for {loss.name!r}",
            got="a function whose source, or part of it, cannot be copied",
            fix="write it with def at the top level of a module, and import it from there",
        )
    if statement.name not in taken.defined | taken.variables:
        return statement.name, frozenset({statement}), ()
    return ALIAS, frozenset({Import(statement.module, statement.name, ALIAS)}), ()
