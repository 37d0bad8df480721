"""Extraction of a function's source with everything it needs in another file."""

import __future__

import ast
import builtins
import importlib
import inspect
import math
import sys
from dataclasses import dataclass, field
from textwrap import dedent
from types import FunctionType, ModuleType, UnionType
from typing import Any

from losslab.report.script.syntax import Import, format_literal

FUTURE_ANNOTATIONS = Import("__future__", "annotations")
_LITERALS = (str, int, bool, type(None))


class NotExtractableError(Exception):
    """Something a function needs has no source and no import."""


@dataclass(kw_only=True)
class Extract:
    """Imports and definitions that make functions work in another file.

    Args:
        imports: import statements.
        blocks: definitions, dependencies first.
        names: every bound object, by name.
    """

    imports: set[Import] = field(default_factory=set)
    blocks: list[str] = field(default_factory=list)
    names: dict[str, object] = field(default_factory=dict)


def extract(*objects: FunctionType | type) -> Extract:
    """Extract functions or classes with the helpers and constants they use.

    Helpers of the same package are copied, others imported.

    Raises:
        NotExtractableError: if a part has neither source nor import.

    Examples:
        >>> from losslab.losses.binary.hinge import hinge
        >>> [item.statement for item in extract(hinge).imports]
        ['Tensor']
    """
    found = Extract()
    for value in objects:
        _add(found, value.__name__, value, package=_get_package(value))
    return found


def find_import(value: object, called: str = "") -> Import | None:
    """Find an import that gives this very object, perhaps by the name it is called."""
    home = getattr(value, "__module__", None) or type(value).__module__
    name = getattr(value, "__name__", None)
    for module_name in ("torch", "torch.nn.functional", "numpy.typing", str(home)):
        module = sys.modules.get(module_name)
        if module is None or module_name == "__main__":
            continue
        # Some functions of torch.nn.functional have another name at their private home.
        is_private = module_name.startswith("torch.nn") and str(home).startswith("torch._")
        others = vars(module) if module_name == home or is_private else ()
        for other in (name, called, *others):
            if other and other.isidentifier() and vars(module).get(other) is value:
                return Import(module_name, other)
    return None


def shorten_docstring(source: str) -> str:
    """Keep the first line of a definition's docstring only."""
    (tree,) = ast.parse(source).body
    if not isinstance(tree, ast.FunctionDef | ast.ClassDef):
        return source
    first, text = tree.body[0], ast.get_docstring(tree)
    if text is None or first.end_lineno is None:
        return source
    lines, margin = source.splitlines(), " " * first.col_offset
    short = f'{margin}"""{text.splitlines()[0]}"""'
    return "\n".join([*lines[: first.lineno - 1], short, *lines[first.end_lineno :]])


def _add(found: Extract, name: str, value: object, package: str) -> None:
    if name in found.names:
        if found.names[name] is not value:
            raise NotExtractableError(f"{name!r} stands for two things")
        return
    found.names[name] = value
    if isinstance(value, ModuleType):
        found.imports.add(_import_module(name, value))
    elif _is_literal(value):
        found.blocks.append(f"{name} = {format_literal(value)}")
    elif isinstance(value, UnionType):
        _add_union(found, name, value, package)
    elif (inspect.isfunction(value) or inspect.isclass(value)) and _get_package(value) == package:
        _add_definition(found, name, value, package)
    else:
        found.imports.add(_import_object(name, value))


def _add_union(found: Extract, name: str, union: UnionType, package: str) -> None:
    """Define an alias of types, such as ``Number = Tensor | float``."""
    members = {member.__name__: member for member in union.__args__}
    for member_name, member in members.items():
        if vars(builtins).get(member_name) is not member:
            _add(found, member_name, member, package)
    found.blocks.append(f"{name} = {' | '.join(members)}")


def _add_definition(found: Extract, name: str, value: Any, package: str) -> None:
    source, tree = _parse_source(value)
    if tree.name != name:
        raise NotExtractableError(f"{name!r} is called {tree.name!r} where it is defined")
    for needed, dependency in _find_dependencies(value, tree).items():
        if dependency is not value:
            _add(found, needed, dependency, package)
    code = getattr(value, "__code__", None)
    if code is not None and code.co_flags & __future__.annotations.compiler_flag:
        found.imports.add(FUTURE_ANNOTATIONS)
    found.blocks.append(source)


def _import_object(name: str, value: object) -> Import:
    statement = find_import(value, name)
    if statement is None:
        raise NotExtractableError(f"{name!r} can be neither copied nor imported")
    alias = "" if statement.name == name else name
    return Import(statement.module, statement.name, alias)


def _import_module(name: str, module: ModuleType) -> Import:
    parent, _, last = module.__name__.rpartition(".")
    if module.__name__ == name:
        return Import(name)
    if last == name and getattr(importlib.import_module(parent), last, None) is module:
        return Import(parent, last)
    return Import(module.__name__, "", name)


def _parse_source(value: Any) -> tuple[str, ast.FunctionDef | ast.ClassDef]:
    try:
        source = dedent(inspect.getsource(value)).rstrip()
        (tree,) = ast.parse(source).body
    except (OSError, TypeError, SyntaxError, ValueError) as error:
        raise NotExtractableError(f"no source of {value!r}") from error
    if not isinstance(tree, ast.FunctionDef | ast.ClassDef):
        raise NotExtractableError(f"{value!r} is not defined by def or class")
    return source, tree


def _find_dependencies(value: Any, tree: ast.AST) -> dict[str, object]:
    """Look up the names in a definition, annotations and defaults included."""
    used = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    if inspect.isfunction(value):
        inner = inspect.unwrap(value)
        namespace = {**inner.__globals__, **inspect.getclosurevars(inner).nonlocals}
    else:
        namespace = vars(sys.modules[value.__module__])
    return {
        name: namespace[name]
        for name in sorted(used)
        if name in namespace and namespace[name] is not vars(builtins).get(name)
    }


def _is_literal(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_literal(item) for item in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, _LITERALS)


def _get_package(value: object) -> str:
    return str(getattr(value, "__module__", "")).split(".")[0]
