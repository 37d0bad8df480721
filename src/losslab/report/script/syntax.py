"""Python source code: literals, calls and import statements, formatted as by ruff."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

WIDTH = 100
INDENT = " " * 4
MAX_LINES = 20  # longer lists are filled, or a table of 500 columns would be 500 lines


def format_literal(value: object) -> str:
    r"""Format text, a number or a sequence of them as a literal, with double quotes.

    Examples:
        >>> format_literal('"); import os')
        '\'"); import os\''
        >>> format_literal(["it's", 0.5])
        '["it\'s", 0.5]'
    """
    if isinstance(value, str):
        # The double quote in front makes repr choose single quotes, and escape those inside.
        single = repr('"' + value)[2:-1]
        if value.count('"') > value.count("'"):
            return f"'{single}'"
        return '"' + single.replace("\\'", "'").replace('"', '\\"') + '"'
    if isinstance(value, list | tuple):
        inner = ", ".join(format_literal(item) for item in value)
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)


def format_assignment(name: str, value: str | Sequence[object]) -> str:
    """Format ``name = value`` for a text or a list of texts and numbers, within 100 columns.

    Examples:
        >>> format_assignment("TARGET", "price")
        'TARGET = "price"'
    """
    line = f"{name} = {format_literal(value)}"
    if len(line) <= WIDTH:
        return line
    if isinstance(value, str):
        return "\n".join([f"{name} = (", *_split_value(value, ""), ")"])
    if len(value) <= MAX_LINES:
        rows = [row for item in value for row in _split_value(item, ",")]
        return "\n".join([f"{name} = [", *rows, "]"])
    return "\n".join(["# fmt: off", f"{name} = [", *_fill_lines(value), "]", "# fmt: on"])


def format_call(start: str, arguments: Sequence[str], indent: int) -> str:
    """Format a call after ``start``, with an argument per line if one line is too short.

    Examples:
        >>> format_call("x = f", ["1", "b=2"], indent=4)
        '    x = f(1, b=2)'
    """
    margin = " " * indent
    line = f"{margin}{start}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return line
    rows = [f"{margin}{INDENT}{argument}," for argument in arguments]
    return "\n".join([f"{margin}{start}(", *rows, f"{margin})"])


def format_keywords(settings: Mapping[str, object]) -> list[str]:
    """Format settings as keyword arguments.

    Examples:
        >>> format_keywords({"lr": 0.1, "nesterov": True})
        ['lr=0.1', 'nesterov=True']
    """
    return [f"{name}={format_literal(value)}" for name, value in settings.items()]


def _split_value(value: object, end: str) -> list[str]:
    """Format one value as indented lines; a text too long for one line is split."""
    line = INDENT + format_literal(value) + end
    if len(line) <= WIDTH or not isinstance(value, str):
        return [line]
    parts = [""]
    for character in value:
        if len(INDENT + format_literal(parts[-1] + character) + end) <= WIDTH:
            parts[-1] += character
        else:
            parts.append(character)
    return [INDENT + format_literal(part) + (end if part is parts[-1] else "") for part in parts]


def _fill_lines(values: Sequence[object]) -> list[str]:
    lines = [""]
    for value in values:
        rows = _split_value(value, ",")
        longer = f"{lines[-1]} {rows[0].strip()}"
        if lines[-1] and len(rows) == 1 and len(longer) <= WIDTH:
            lines[-1] = longer
        else:
            lines += rows
    return lines[1:]


@dataclass(frozen=True)
class Import:
    """One imported name.

    Args:
        module: the module's full name.
        name: what to import from it; empty for the module itself.
        alias: another name to bind it to.
    """

    module: str
    name: str = ""
    alias: str = ""

    @property
    def statement(self) -> str:
        """What follows ``import``."""
        base = self.name or self.module
        return f"{base} as {self.alias}" if self.alias else base


NUMPY = Import("numpy", "", "np")
PANDAS = Import("pandas", "", "pd")


def format_imports(imports: Iterable[Import]) -> str:
    """Format imports: the standard library first, and in each section whole modules first.

    Examples:
        >>> print(format_imports([Import("torch", "nn"), Import("torch"), Import("os")]))
        import os
        <BLANKLINE>
        import torch
        from torch import nn
    """
    ordered = sorted(set(imports), key=_rank_import)
    sections = groupby(ordered, key=_find_section)
    return "\n\n".join("\n".join(_format_section(list(section))) for _, section in sections)


def _format_section(imports: list[Import]) -> list[str]:
    modules = [f"import {item.statement}" for item in imports if not item.name]
    # ruff gives every renamed name a statement of its own.
    groups = groupby(
        [item for item in imports if item.name], key=lambda item: (item.module, item.alias)
    )
    return modules + [
        f"from {module} import {', '.join(item.statement for item in items)}"
        for (module, _), items in groups
    ]


def _find_section(item: Import) -> int:
    root = item.module.split(".")[0]
    if root == "__future__":
        return 0
    return 1 if root in sys.stdlib_module_names else 2


def _rank_import(item: Import) -> tuple[object, ...]:
    name = item.name
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return (_find_section(item), bool(name), item.module.lower(), item.alias, kind, name)
