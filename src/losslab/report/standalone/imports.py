"""Import statements of a script, each once, sorted as ruff sorts them."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby


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


def import_block(imports: Iterable[Import]) -> str:
    """Write imports: the standard library first, and in each section whole modules first.

    >>> print(import_block([Import("torch", "nn"), Import("torch"), Import("os")]))
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
