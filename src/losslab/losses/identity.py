"""What a user's own loss is, as text: two losses with one identity compute the same."""

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

# Code that changes only with a version, which runs record by themselves.
_LIBRARIES = (
    *("torch", "numpy", "scipy", "losslab", "math", "cmath", "builtins", "functools", "itertools"),
    *("operator", "_operator", "typing", "collections", "dataclasses", "enum", "abc"),
)

_Inside = tuple[int, ...]


def hash_function(fn: Callable[..., Any]) -> str | None:
    """Hash qualified name, code, defaults and closure values; None where they can't be had.

    Constants and functions that the code reads from its module count too, and theirs in turn. The
    code is the compiled one that runs, since the file it came from may have been edited since.
    Without an identity, stored runs of this loss can't be told from those of another one, so they
    are not reused.

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
    """Name a loss of the catalogue; hash a user's own with every field that changes its numbers.

    Its parameters are left out: a run says them apart.

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
    """The name of a loss of the catalogue; None for a user's own, whatever it is called.

    Examples:
        >>> find_catalogue_name(LOSSES["huber"].bind(delta=2.0))
        'huber'
        >>> print(find_catalogue_name(replace(LOSSES["huber"], name="mse")))
        None
    """
    known = LOSSES.get(loss.name)
    return loss.name if known is not None and _is_form_of(known, loss) else None


def _is_form_of(known: Loss, loss: Loss) -> bool:
    """Whether a loss is one of the catalogue, with any parameters, or its form by class."""
    forms = (known,) if known.by_class is None else (known, known.by_class)
    return any(replace(loss, params=form.params, by_class=form.by_class) == form for form in forms)


def _describe(value: Any, inside: _Inside) -> Any:
    """Describe a value by JSON; raise TypeError for what has no content of its own."""
    if id(value) in inside:
        return "itself"
    if _is_from_library(value):
        return _get_qualified_name(value)
    for kind, describe in _DESCRIPTIONS:
        if isinstance(value, kind):
            return describe(value, (*inside, id(value)))
    if inspect.isfunction(value):
        return _describe_function(value, (*inside, id(value)))
    if inspect.isclass(value):
        return _describe_class(value, (*inside, id(value)))
    if dataclasses.is_dataclass(value):
        return _describe_fields(value, (*inside, id(value)))
    raise TypeError(f"{type(value).__name__} has no content of its own")


def _get_qualified_name(value: Any) -> str:
    name = getattr(value, "__qualname__", None) or value.__name__
    return f"{getattr(value, '__module__', '')}.{name}"


def _is_from_library(value: Any) -> bool:
    if inspect.ismodule(value):
        return value.__name__.split(".")[0] in _LIBRARIES
    if inspect.isbuiltin(value):  # such as torch.exp, which says of no module where it lives
        return not _is_bound(value)
    module = str(getattr(value, "__module__", ""))
    return callable(value) and hasattr(value, "__name__") and module.split(".")[0] in _LIBRARIES


def _is_bound(value: Any) -> bool:
    owner = getattr(value, "__self__", None)
    return not (owner is None or inspect.ismodule(owner) or inspect.isclass(owner))


def _describe_function(fn: Any, inside: _Inside) -> Any:
    code: CodeType = fn.__code__
    read = sorted(set(_find_globals(code)))
    parts = {
        "code": _describe_code(code),
        "attributes": {name: fn.__dict__[name] for name in sorted(fn.__dict__)},
        "defaults": fn.__defaults__,
        "keyword defaults": fn.__kwdefaults__,
        "closure": {
            name: cell.cell_contents
            for name, cell in zip(code.co_freevars, fn.__closure__ or (), strict=True)
        },
        "globals": {name: fn.__globals__[name] for name in read if name in fn.__globals__},
    }
    return [_get_qualified_name(fn), _describe(parts, inside)]


def _find_globals(code: CodeType) -> Iterator[str]:
    """The global names a function reads, those of the functions written inside it included."""
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(step.argval)
        if step.opname == "IMPORT_NAME" and str(step.argval).split(".")[0] not in _LIBRARIES:
            raise TypeError(f"what it imports from {step.argval} is not known")
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
    # The order of a set of texts differs from one process to the next.
    return repr(sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant)


def _describe_class(cls: type, inside: _Inside) -> Any:
    members = {name: vars(cls)[name] for name in sorted(vars(cls)) if name not in _OF_ANY_CLASS}
    return [
        _get_qualified_name(cls),
        [_describe(base, inside) for base in cls.__bases__],
        {
            name: _describe(_unwrap_member(item), inside)
            for name, item in members.items()
            if _has_source(item)
        },
    ]


# What Python keeps in every class, or makes from its fields.
_OF_ANY_CLASS = {
    *("__module__", "__qualname__", "__doc__", "__dict__", "__weakref__", "__annotations__"),
    *("__dataclass_fields__", "__dataclass_params__", "__match_args__", "__parameters__"),
    *("__firstlineno__", "__static_attributes__", "__slots__", "__hash__"),
}


def _unwrap_member(member: Any) -> Any:
    """The function behind a method of any kind."""
    if isinstance(member, property):
        return [part for part in (member.fget, member.fset) if part is not None]
    return getattr(member, "__func__", member)


def _has_source(member: Any) -> bool:
    # The methods that a dataclass gets from its fields have no file.
    return not (inspect.isfunction(member) and member.__code__.co_filename.startswith("<string>"))


def _describe_fields(value: Any, inside: _Inside) -> Any:
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return [_describe(type(value), inside), _describe(fields, inside)]


# Parameters, buffers, hooks and children, which are described apart or do not change a loss.
_OF_ANY_MODULE = frozenset(vars(nn.Module())) - {"training"}


def _describe_module(module: nn.Module, inside: _Inside) -> Any:
    own = {name: item for name, item in vars(module).items() if name not in _OF_ANY_MODULE}
    tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    return [
        _describe(type(module), inside),
        _describe({**own, "tensors": tensors}, inside),
        [_describe(child, inside) for child in module.children()],
    ]


_DESCRIPTIONS: tuple[tuple[Any, Callable[[Any, _Inside], Any]], ...] = (
    ((str, int, float, bool, type(None)), lambda value, inside: repr(value)),
    (Tensor, lambda value, inside: [str(value.dtype), repr(value.tolist())]),
    ((list, tuple), lambda value, inside: [_describe(item, inside) for item in value]),
    (dict, lambda value, inside: {str(key): _describe(value[key], inside) for key in value}),
    (
        functools.partial,
        lambda value, inside: [
            _describe(part, inside) for part in (value.func, value.args, value.keywords)
        ],
    ),
    (nn.Module, _describe_module),
)
