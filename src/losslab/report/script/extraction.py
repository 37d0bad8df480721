"""A function's source with all it needs, to stand in another file."""

import __future__

import ast
import builtins
import importlib
import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import dedent
from types import FunctionType, ModuleType
from typing import Any

from losslab.report.script.syntax import Import, format_literal

FUTURE_ANNOTATIONS = Import("__future__", "annotations")
_PLAIN = (str, int, float, bool, type(None))


class NotExtractableError(Exception):
    """Something a function needs has no source and no import."""


@dataclass(kw_only=True)
class Extract:
    """What makes a function work elsewhere: imports, and definitions in order.

    Args:
        home: the package whose functions are copied rather than imported.
        imports: import statements.
        blocks: definitions, what they need first.
        names: everything that is bound, by name.
    """

    home: str
    imports: set[Import] = field(default_factory=set)
    blocks: list[str] = field(default_factory=list)
    names: dict[str, object] = field(default_factory=dict)


def extract(fn: FunctionType | type) -> Extract:
    """Gather the source of a function or class, and that of the helpers and constants it uses.

    Helpers of the same package are copied, others imported.

    Raises:
        NotExtractableError: if the source or one of its parts can't be had.

    Example
        >>> from losslab.losses.binary.hinge import hinge
        >>> [item.shown for item in extract(hinge).imports]
        ['Tensor']
    """
    found = Extract(home=_root(fn))
    _add(found, fn.__name__, fn)
    return found


def find_import(value: object) -> Import | None:
    """Find an import that gives this very object, if there is one."""
    named = getattr(value, "__module__", None) or type(value).__module__
    own = getattr(value, "__name__", None)
    for module_name in ("torch", "torch.nn.functional", str(named)):
        module = sys.modules.get(module_name)
        if module is None or module_name == "__main__":
            continue
        # Some functions of torch.nn.functional have another name at their private home.
        is_private = module_name.startswith("torch.nn") and str(named).startswith("torch._")
        for name in [own, *vars(module)] if module_name == named or is_private else [own]:
            if name and name.isidentifier() and vars(module).get(name) is value:
                return Import(module_name, name)
    return None


def _add(found: Extract, name: str, value: object) -> None:
    if name in found.names:
        if found.names[name] is not value:
            raise NotExtractableError(f"{name!r} stands for two things")
        return
    found.names[name] = value
    if isinstance(value, ModuleType):
        found.imports.add(_module_import(name, value))
    elif _is_plain(value):
        found.blocks.append(f"{name} = {format_literal(value)}")
    elif inspect.isfunction(value) or inspect.isclass(value):
        _add_definition(found, name, value)
    else:
        _add_import(found, name, value)


def _add_definition(found: Extract, name: str, value: Any) -> None:
    if _root(value) != found.home:
        _add_import(found, name, value)
        return
    source, tree = _parsed(value)
    if tree.name != name:
        raise NotExtractableError(f"{name!r} is called {tree.name!r} where it is defined")
    for needed, thing in _needs(value, tree).items():
        if thing is not value:
            _add(found, needed, thing)
    code = getattr(value, "__code__", None)
    if code is not None and code.co_flags & __future__.annotations.compiler_flag:
        found.imports.add(FUTURE_ANNOTATIONS)
    found.blocks.append(source)


def _add_import(found: Extract, name: str, value: object) -> None:
    statement = find_import(value)
    if statement is None:
        raise NotExtractableError(f"{name!r} can be neither copied nor imported")
    alias = "" if statement.name == name else name
    found.imports.add(Import(statement.module, statement.name, alias))


def _module_import(name: str, module: ModuleType) -> Import:
    parent, _, last = module.__name__.rpartition(".")
    if module.__name__ == name:
        return Import(name)
    if last == name and getattr(importlib.import_module(parent), last, None) is module:
        return Import(parent, last)
    return Import(module.__name__, "", name)


def _parsed(value: Any) -> tuple[str, ast.FunctionDef | ast.ClassDef]:
    try:
        source = dedent(inspect.getsource(value)).rstrip()
        (tree,) = ast.parse(source).body
    except (OSError, TypeError, SyntaxError, ValueError) as error:
        raise NotExtractableError(f"no source of {value!r}") from error
    if not isinstance(tree, ast.FunctionDef | ast.ClassDef):
        raise NotExtractableError(f"{value!r} is not defined by def or class")
    return source, tree


def _needs(value: Any, tree: ast.AST) -> dict[str, object]:
    """What the names in a definition stand for, annotations and defaults included."""
    used = {
        node.id: node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    space = _namespace(value)
    return {
        name: space[name]
        for name in sorted(used)
        if name in space and space[name] is not vars(builtins).get(name)
    }


def _namespace(value: Any) -> Mapping[str, object]:
    if inspect.isfunction(value):
        inner = inspect.unwrap(value)
        return {**inner.__globals__, **inspect.getclosurevars(inner).nonlocals}
    return vars(sys.modules[value.__module__])


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_plain(item) for item in value)
    return (
        isinstance(value, _PLAIN) and value not in (float("inf"), float("-inf")) and value == value
    )


def _root(value: object) -> str:
    return str(getattr(value, "__module__", "")).split(".")[0]
