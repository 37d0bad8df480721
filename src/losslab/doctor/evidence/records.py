"""What rules remember: records by line of the user's code, and by object."""

import weakref
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

Key = TypeVar("Key")
Record = TypeVar("Record")


# Code that is created at run time has ever new lines and layers; what is remembered stays bounded.
MOST_KEYS = 10_000


class Suspects(dict[Key, Record]):
    """Records by line, or by another key, until a call rules out the mistake there for good.

    Examples:
        >>> suspects = Suspects[str, list[int]]()
        >>> suspects.track("a.py:3", []).append(1)
        >>> suspects.track("a.py:3", [])
        [1]
        >>> suspects.rule_out("a.py:3")
        >>> suspects.track("a.py:3", []) is None, dict(suspects)
        (True, {})
    """

    def __init__(self) -> None:
        super().__init__()
        self._ruled_out: set[Key] = set()

    def track(self, key: Key, new: Record) -> Record | None:
        """Return the record of a key, ``new`` if it has none; None if the key was ruled out."""
        if key in self._ruled_out or (key not in self and self._is_full()):
            return None
        return self.setdefault(key, new)

    def rule_out(self, key: Key) -> None:
        """Drop the record of a key, and every later one."""
        if self.pop(key, None) is not None or not self._is_full():
            self._ruled_out.add(key)

    def _is_full(self) -> bool:
        return len(self) + len(self._ruled_out) >= MOST_KEYS


class WeakMap(Generic[Record]):
    """Records by object, compared by identity; it doesn't keep the objects alive.

    Args:
        keep: keep a record when its object is gone, until another object takes the id.

    Examples:
        >>> class Thing: ...
        >>> thing, records = Thing(), WeakMap[int]()
        >>> records[thing] = 3
        >>> records.get(thing), Thing() in records
        (3, False)
        >>> del thing
        >>> len(records)
        0
    """

    def __init__(self, *, keep: bool = False) -> None:
        self._entries: dict[int, tuple[weakref.ref[Any], Record]] = {}
        self._keep = keep

    def __setitem__(self, key: Any, record: Record) -> None:
        number, entries = id(key), self._entries

        def forget(dead: Any) -> None:
            # The id may belong to another object by now.
            if number in entries and entries[number][0] is dead:
                del entries[number]

        entries[number] = (weakref.ref(key, None if self._keep else forget), record)

    def get(self, key: Any) -> Record | None:
        """Return the record of an object, or None."""
        entry = self._entries.get(id(key))
        return entry[1] if entry is not None and entry[0]() is key else None

    def __contains__(self, key: Any) -> bool:
        return self.get(key) is not None

    def discard(self, key: Any) -> None:
        """Drop the record of an object, if it has one."""
        self._entries.pop(id(key), None)

    def keys(self) -> Iterator[Any]:
        """Yield the objects that are alive."""
        for reference, _ in list(self._entries.values()):
            key = reference()
            if key is not None:
                yield key

    def values(self) -> Iterable[Record]:
        """Return all records."""
        return [record for _, record in self._entries.values()]

    def __len__(self) -> int:
        return len(self._entries)
