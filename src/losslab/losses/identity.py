"""Identities of losses: hashes of the code and data of custom losses."""

import dataclasses
import dis
import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import CodeType
from typing import Any

from torch import Tensor, nn

from losslab.core.hashing import hash_content
from losslab.losses.catalog import LOSSES
from losslab.losses.spec import Loss

# Code that changes only with a version, which every run records.
_LIBRARIES = (
    *("torch", "numpy", "scipy", "losslab", "math", "cmath", "builtins", "functools", "itertools"),
    *("operator", "_operator", "typing", "collections", "dataclasses", "enum", "abc"),
)

_Ancestors = tuple[int, ...]


def hash_function(fn: Callable[..., Any]) -> str | None:
    """Hash the qualified name, code, defaults and closure of a function; None if that fails.

    Constants and functions that the code reads from its module are included, recursively. The code
    is the compiled one that runs, since its file may have changed. Stored runs of a loss without a
    hash are not reused.

    Examples:
        >>> import operator
        >>> hash_function(operator.itemgetter(0)) is None
        True
    """
    try:
        return hash_content(_describe(fn, ()))
    except (TypeError, OSError, ValueError):
        return None


def identify_loss(loss: Loss) -> str | None:
    """Return the name of a catalogue loss, or a hash of a custom one; None if that fails.

    Parameters are not included: a run records them separately.

    Examples:
        >>> identify_loss(LOSSES["mse"])
        'mse'
    """
    if (name := find_catalogue_name(loss)) is not None:
        return name
    function = hash_function(loss.fn)
    if function is None:
        return None
    domains = [f"{domain!r}" for domain in (loss.prediction, loss.target)]
    rules = [loss.over_outputs, loss.reduces, loss.inverse_link, loss.proper, loss.row_separable]
    return hash_content([function, domains, rules])


def find_catalogue_name(loss: Loss) -> str | None:
    """Return the name of a catalogue loss; None for a custom loss, whatever its name.

    Examples:
        >>> find_catalogue_name(LOSSES["huber"].bind(delta=2.0))
        'huber'
        >>> print(find_catalogue_name(replace(LOSSES["huber"], name="mse")))
        None
    """
    known = LOSSES.get(loss.name)
    return loss.name if known is not None and _is_form_of(known, loss) else None


def _is_form_of(known: Loss, loss: Loss) -> bool:
    """Return whether a loss is ``known`` with any parameters, or its form by class."""
    forms = (known,) if known.by_class is None else (known, known.by_class)
    return any(replace(loss, params=form.params, by_class=form.by_class) == form for form in forms)


def _describe(value: Any, ancestors: _Ancestors) -> Any:
    """Describe a value as JSON; raise TypeError for values without content."""
    if id(value) in ancestors:
        return "itself"
    if _is_from_library(value):
        return _get_qualified_name(value)
    for kind, describe in _DESCRIPTIONS:
        if isinstance(value, kind):
            return describe(value, (*ancestors, id(value)))
    if inspect.isfunction(value):
        return _describe_function(value, (*ancestors, id(value)))
    if inspect.isclass(value):
        return _describe_class(value, (*ancestors, id(value)))
    if dataclasses.is_dataclass(value):
        return _describe_fields(value, (*ancestors, id(value)))
    raise TypeError(f"{type(value).__name__} has no content of its own")


def _get_qualified_name(value: Any) -> str:
    name = getattr(value, "__qualname__", None) or value.__name__
    return f"{getattr(value, '__module__', '')}.{name}"


def _is_from_library(value: Any) -> bool:
    if inspect.ismodule(value):
        return value.__name__.split(".")[0] in _LIBRARIES
    if inspect.isbuiltin(value):  # such as torch.exp, which has no module
        return not _is_bound(value)
    module = str(getattr(value, "__module__", ""))
    return callable(value) and hasattr(value, "__name__") and module.split(".")[0] in _LIBRARIES


def _is_bound(value: Any) -> bool:
    owner = getattr(value, "__self__", None)
    return not (owner is None or inspect.ismodule(owner) or inspect.isclass(owner))


def _describe_function(fn: Any, ancestors: _Ancestors) -> Any:
    code: CodeType = fn.__code__
    names = sorted(set(_find_globals(code)))
    parts = {
        "code": _describe_code(code),
        "attributes": {name: fn.__dict__[name] for name in sorted(fn.__dict__)},
        "defaults": fn.__defaults__,
        "keyword defaults": fn.__kwdefaults__,
        "closure": {
            name: cell.cell_contents
            for name, cell in zip(code.co_freevars, fn.__closure__ or (), strict=True)
        },
        "globals": {name: fn.__globals__[name] for name in names if name in fn.__globals__},
    }
    return [_get_qualified_name(fn), _describe(parts, ancestors)]


def _find_globals(code: CodeType) -> Iterator[str]:
    """Yield the global names that a function reads, nested functions included."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(instruction.argval)
        if (
            instruction.opname == "IMPORT_NAME"
            and str(instruction.argval).split(".")[0] not in _LIBRARIES
        ):
            raise TypeError(f"what it imports from {instruction.argval} is unknown")
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from _find_globals(constant)


def _describe_code(code: CodeType) -> Any:
    constants = [
        _describe_code(constant) if inspect.iscode(constant) else _describe_constant(constant)
        for constant in code.co_consts
    ]
    return [code.co_code.hex(), list(code.co_names), list(code.co_varnames), constants]


def _describe_constant(constant: Any) -> str:
    # The order of a set of strings differs between processes.
    return repr(sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant)


def _describe_class(cls: type, ancestors: _Ancestors) -> Any:
    members = {name: vars(cls)[name] for name in sorted(vars(cls)) if name not in _CLASS_INTERNALS}
    return [
        _get_qualified_name(cls),
        [_describe(base, ancestors) for base in cls.__bases__],
        {
            name: _describe(_unwrap_member(item), ancestors)
            for name, item in members.items()
            if _has_source(item)
        },
    ]


# Attributes that Python adds to every class or derives from fields.
_CLASS_INTERNALS = {
    *("__module__", "__qualname__", "__doc__", "__dict__", "__weakref__", "__annotations__"),
    *("__dataclass_fields__", "__dataclass_params__", "__match_args__", "__parameters__"),
    *("__firstlineno__", "__static_attributes__", "__slots__", "__hash__"),
}


def _unwrap_member(member: Any) -> Any:
    """Return the function or functions of a method or property."""
    if isinstance(member, property):
        return [part for part in (member.fget, member.fset) if part is not None]
    return getattr(member, "__func__", member)


def _has_source(member: Any) -> bool:
    # Generated methods of a dataclass have no file.
    return not (inspect.isfunction(member) and member.__code__.co_filename.startswith("<string>"))


def _describe_fields(value: Any, ancestors: _Ancestors) -> Any:
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return [_describe(type(value), ancestors), _describe(fields, ancestors)]


# Parameters, buffers, hooks and children, described separately or irrelevant.
_MODULE_INTERNALS = frozenset(vars(nn.Module())) - {"training"}


def _describe_module(module: nn.Module, ancestors: _Ancestors) -> Any:
    own = {name: item for name, item in vars(module).items() if name not in _MODULE_INTERNALS}
    tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    return [
        _describe(type(module), ancestors),
        _describe({**own, "tensors": tensors}, ancestors),
        [_describe(child, ancestors) for child in module.children()],
    ]


_DESCRIPTIONS: tuple[tuple[Any, Callable[[Any, _Ancestors], Any]], ...] = (
    ((str, int, float, bool, type(None)), lambda value, ancestors: repr(value)),
    (Tensor, lambda value, ancestors: [str(value.dtype), repr(value.tolist())]),
    ((list, tuple), lambda value, ancestors: [_describe(item, ancestors) for item in value]),
    (dict, lambda value, ancestors: {str(key): _describe(value[key], ancestors) for key in value}),
    (
        functools.partial,
        lambda value, ancestors: [
            _describe(part, ancestors) for part in (value.func, value.args, value.keywords)
        ],
    ),
    (nn.Module, _describe_module),
)
