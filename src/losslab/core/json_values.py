"""Conversion of Python objects to what JSON can hold."""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def to_json_value(value: Any, non_finite: Callable[[float], Any] = lambda number: None) -> Any:
    """Convert ``value`` to dicts, lists, text and numbers, at any depth.

    Dataclasses become dicts, arrays and tensors become lists, functions become their qualified
    names. Anything else is returned as it is.

    Args:
        value: the object to convert.
        non_finite: what NaN and infinite numbers become; by default null.

    Examples:
        >>> to_json_value({"shape": (2, 3), "mean": float("nan"), "fn": math.sqrt})
        {'shape': [2, 3], 'mean': None, 'fn': 'math.sqrt'}
        >>> to_json_value([math.inf], non_finite=str)
        ['inf']
    """
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    elif hasattr(value, "tolist"):
        value = value.tolist()
    match value:
        case str():
            return str(value)  # plain text rather than a member of an enumeration
        case float() if not math.isfinite(value):
            return non_finite(value)
        case Mapping():
            return {key: to_json_value(item, non_finite) for key, item in value.items()}
        case tuple() | list():
            return [to_json_value(item, non_finite) for item in value]
    if callable(value):
        named = value if hasattr(value, "__qualname__") else type(value)
        return f"{named.__module__}.{named.__qualname__}"
    return value
