"""An immutable, ordered mapping from names to specs."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Protocol, TypeVar

from losslab.core.errors import UnknownNameError


class Named(Protocol):
    """Anything a registry can index."""

    @property
    def name(self) -> str: ...


Spec = TypeVar("Spec", bound=Named)


class Registry(Mapping[str, Spec]):
    """The index of one kind of thing; built once, from an explicit list.

    >>> from types import SimpleNamespace as Thing
    >>> moons = Thing(name="moons")
    >>> Registry("dataset", [moons])["moons"] is moons
    True
    """

    def __init__(self, kind: str, specs: Iterable[Spec]) -> None:
        self.kind = kind
        self._specs: dict[str, Spec] = {}
        for spec in specs:
            if spec.name in self._specs:
                raise ValueError(f"two {kind} entries are named {spec.name!r}")
            self._specs[spec.name] = spec

    def __getitem__(self, name: str) -> Spec:
        if name in self._specs:
            return self._specs[name]
        raise UnknownNameError(
            f"needed the name of {article(self.kind)}",
            got=repr(name),
            fix=suggestion(name, self._specs),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)


def article(noun: str) -> str:
    """Put "a" or "an" before a noun.

    >>> article("loss"), article("optimizer")
    ('a loss', 'an optimizer')
    """
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def suggestion(name: str, known: Iterable[str]) -> str:
    """Name the nearest known name, and all of them where none is near.

    >>> suggestion("mes", ["l1", "mse"])
    "did you mean 'mse'?"
    >>> suggestion("zebra", ["l1", "mse"])
    'choose one of l1, mse'
    """
    names = list(known)
    close = get_close_matches(str(name), names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"choose one of {', '.join(names)}"
