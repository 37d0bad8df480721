"""Python source: values as literals, calls and import statements, laid out as ruff would."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

WIDTH = 100
INDENT = " " * 4
ONE_PER_LINE = 20  # longer lists are filled, or a table of 500 columns would be 500 lines


def format_literal(value: object) -> str:
    r"""Write text, a number or a sequence of them as a literal, texts in double quotes.

    >>> format_literal('"); import os')
    '\'"); import os\''
    >>> format_literal(["it's", 0.5])
    '["it\'s", 0.5]'
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        inner = ", ".join(format_literal(item) for item in value)
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)


def format_assignment(name: str, value: str | Sequence[object]) -> str:
    """Write ``name = value`` for a text or a list of texts and numbers, within 100 columns.

    >>> format_assignment("TARGET", "price")
    'TARGET = "price"'
    """
    line = f"{name} = {format_literal(value)}"
    if len(line) <= WIDTH:
        return line
    if isinstance(value, str):
        return "\n".join([f"{name} = (", *_pieces(value, ""), ")"])
    if len(value) <= ONE_PER_LINE:
        rows = [row for item in value for row in _pieces(item, ",")]
        return "\n".join([f"{name} = [", *rows, "]"])
    return "\n".join(["# fmt: off", f"{name} = [", *_filled(value), "]", "# fmt: on"])


def call(start: str, arguments: Sequence[str], indent: int) -> str:
    """Write a call after ``start``, one argument a line where one line is too short for all.

    >>> call("x = f", ["1", "b=2"], indent=4)
    '    x = f(1, b=2)'
    """
    margin = " " * indent
    line = f"{margin}{start}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return line
    rows = [f"{margin}{INDENT}{argument}," for argument in arguments]
    return "\n".join([f"{margin}{start}(", *rows, f"{margin})"])


def keywords(settings: Mapping[str, object]) -> list[str]:
    """Write settings as keyword arguments.

    >>> keywords({"lr": 0.1, "nesterov": True})
    ['lr=0.1', 'nesterov=True']
    """
    return [f"{name}={format_literal(value)}" for name, value in settings.items()]


def _text(text: str) -> str:
    # The double quote in front makes repr choose single quotes, and escape those inside.
    single = repr('"' + text)[2:-1]
    if text.count('"') > text.count("'"):
        return f"'{single}'"
    return '"' + single.replace("\\'", "'").replace('"', '\\"') + '"'


def _pieces(value: object, end: str) -> list[str]:
    """Indented lines of one value; a text too long for one line is cut into several."""
    whole = INDENT + format_literal(value) + end
    if len(whole) <= WIDTH or not isinstance(value, str):
        return [whole]
    room = WIDTH - len(INDENT) - len(end)
    parts = _cut(value, lambda part: len(format_literal(part)) <= room)
    return [INDENT + format_literal(part) + (end if part is parts[-1] else "") for part in parts]


def _cut(text: str, fits: Callable[[str], bool]) -> list[str]:
    parts = [""]
    for character in text:
        if fits(parts[-1] + character):
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def _filled(values: Sequence[object]) -> list[str]:
    lines = [""]
    for value in values:
        pieces = _pieces(value, ",")
        longer = f"{lines[-1]} {pieces[0].strip()}"
        if lines[-1] and len(pieces) == 1 and len(longer) <= WIDTH:
            lines[-1] = longer
        else:
            lines += pieces
    return lines[1:]


@dataclass(frozen=True)
class Import:
    """One imported name.

    Args:
        module: the module's full name.
        name: what to take from it; empty for the module itself.
        alias: another name to bind it to.
    """

    module: str
    name: str = ""
    alias: str = ""

    @property
    def bound(self) -> str:
        """The name that the import defines."""
        return self.alias or self.name or self.module.split(".")[0]

    @property
    def shown(self) -> str:
        """What stands after ``import``."""
        base = self.name or self.module
        return f"{base} as {self.alias}" if self.alias else base


NUMPY = Import("numpy", "", "np")
PANDAS = Import("pandas", "", "pd")


def format_imports(imports: Iterable[Import]) -> str:
    """Write imports: the standard library first, and in each section whole modules first.

    >>> print(format_imports([Import("torch", "nn"), Import("torch"), Import("os")]))
    import os
    <BLANKLINE>
    import torch
    from torch import nn
    """
    ordered = sorted(set(imports), key=_place)
    sections = groupby(ordered, key=_section)
    return "\n\n".join("\n".join(_statements(list(section))) for _, section in sections)


def _statements(imports: list[Import]) -> list[str]:
    plain = [f"import {item.shown}" for item in imports if not item.name]
    taken = [item for item in imports if item.name]
    # ruff gives every renamed name a statement of its own.
    by_statement = groupby(taken, key=lambda item: (item.module, item.alias))
    return plain + [
        f"from {module} import {', '.join(item.shown for item in items)}"
        for (module, _), items in by_statement
    ]


def _section(item: Import) -> int:
    root = item.module.split(".")[0]
    if root == "__future__":
        return 0
    return 1 if root in sys.stdlib_module_names else 2


def _place(item: Import) -> tuple[object, ...]:
    name = item.name
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return (_section(item), bool(name), item.module.lower(), item.alias, kind, name)
