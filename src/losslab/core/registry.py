"""Registries of named entries, the parsing of names, and suggestions for misspelled ones."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Protocol, TypeVar

from losslab.core.errors import OptionError, UnknownNameError

_CALL = re.compile(r"([\w.:]+)\s*(?:\((.*)\))?")


def match_prefix(text: object, known: Iterable[str]) -> tuple[str, ...]:
    """Find the known names that a text stands for.

    That is the name itself, else the same name in another case, else all names that start with it.

    Examples:
        >>> names = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)"]
        >>> match_prefix("Petal", names), match_prefix("petal length (cm)", names)
        (('petal length (cm)',), ('petal length (cm)',))
        >>> match_prefix("stem", names)
        ()
        >>> match_prefix("sepal", names)
        ('sepal length (cm)', 'sepal width (cm)')
    """
    names = list(known)
    if text in names:
        return (str(text),)
    prefix = str(text).strip().casefold()
    equal = tuple(name for name in names if name.casefold() == prefix)
    return equal or tuple(name for name in names if prefix and name.casefold().startswith(prefix))


class Named(Protocol):
    """An entry of a registry."""

    @property
    def name(self) -> str: ...


Spec = TypeVar("Spec", bound=Named)


class Registry(Mapping[str, Spec]):
    """An immutable, ordered mapping from names to entries, built from an explicit list.

    Args:
        kind: what an entry is, for errors.
        specs: the entries, in the order of their documentation.
        other_names: names of entries in other libraries and textbooks. Errors suggest the entry;
            looking it up needs its own name.

    Examples:
        >>> from types import SimpleNamespace as Thing
        >>> moons = Thing(name="moons")
        >>> Registry("dataset", [moons])["moons"] is moons
        True
    """

    def __init__(
        self, kind: str, specs: Iterable[Spec], other_names: Mapping[str, str] | None = None
    ) -> None:
        self.kind = kind
        self.other_names = {_normalize(name): known for name, known in (other_names or {}).items()}
        self._specs: dict[str, Spec] = {}
        for spec in specs:
            if spec.name in self._specs:
                raise ValueError(f"two {kind} entries are named {spec.name!r}")
            self._specs[spec.name] = spec
        unknown = set(self.other_names.values()) - set(self._specs)
        if unknown:
            raise ValueError(f"no {kind} entry is named {sorted(unknown)[0]!r}")

    def __getitem__(self, name: str) -> Spec:
        if isinstance(name, str) and name in self._specs:
            return self._specs[name]
        raise UnknownNameError(
            f"needed the name of {add_article(self.kind)}",
            got=repr(name),
            fix=suggest(name, self._specs, self.other_names),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)


def parse_name(
    text: object, needed: str = "a name", example: str = "'huber(delta=2)'"
) -> tuple[str, dict[str, float]]:
    """Split a name with settings into the name and the settings.

    Args:
        text: ``name`` or ``name(setting=number, ...)``; true and false are 1 and 0.
        needed: what the text stands for, in errors.
        example: a text that can be parsed, in errors.

    Raises:
        OptionError: if the text has another form, or sets something twice.

    Examples:
        >>> parse_name("mse"), parse_name("sgd(momentum=0.9, nesterov=true)")
        (('mse', {}), ('sgd', {'momentum': 0.9, 'nesterov': 1.0}))
    """
    match = _CALL.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise _refuse_text(needed, text, example)
    settings: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in (match[2] or "").split(","))):
        name, _, value = (word.strip() for word in part.partition("="))
        if not name.isidentifier() or name in settings:
            raise _refuse_text(needed, part, example)
        try:
            settings[name] = float({"true": "1", "false": "0"}.get(value.lower(), value))
        except ValueError:
            raise _refuse_text(needed, part, example) from None
    return match[1], settings


def _refuse_text(needed: str, text: object, example: str) -> OptionError:
    return OptionError(
        f"needed {needed} as NAME or NAME(SETTING=NUMBER, ...)", got=repr(text), fix=example
    )


def add_article(noun: str) -> str:
    """Put "a" or "an" before a noun.

    Examples:
        >>> add_article("loss"), add_article("optimizer")
        ('a loss', 'an optimizer')
    """
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def suggest(name: str, known: Iterable[str], other_names: Mapping[str, str] | None = None) -> str:
    """Suggest the known name that is meant or similar; list all names if none is similar.

    Args:
        name: the misspelled name. Case, punctuation, module and arguments are ignored, as in
            ``torch.nn.L1Loss()``.
        known: the valid names.
        other_names: other names for them.

    Examples:
        >>> suggest("mes", ["l1", "mse"]), suggest("nn.MSELoss()", ["l1", "mse"])
        ("did you mean 'mse'?", "did you mean 'mse'?")
        >>> suggest("zebra", ["l1", "mse"])
        'choose one of l1, mse'
    """
    names = list(known)
    normalized = {**(other_names or {}), **{_normalize(known): known for known in names}}
    similar = get_close_matches(str(name).partition("(")[0], names, n=1)
    best = normalized.get(_normalize(name)) or next(iter(similar), None)
    return f"did you mean {best!r}?" if best else f"choose one of {', '.join(names)}"


def _normalize(name: object) -> str:
    """Drop module, arguments, case, punctuation and the suffix "loss" from a name."""
    last = str(name).partition("(")[0].rpartition(".")[2]
    letters = "".join(letter for letter in last.lower() if letter.isalnum())
    return letters.removesuffix("loss") or letters
