"""Selection: which rules the user wants, and which lines are to be left alone."""

import linecache
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from losslab.core.errors import OptionError
from losslab.doctor.location import Place
from losslab.doctor.rule import Rule

_COMMENT = re.compile(r"#\s*losslab:\s*ignore(?:\[([^\]]*)\])?")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Codes, beginnings of codes, or names of rules.

    Args:
        select: only these; empty means all.
        ignore: none of these.

    Examples:
        >>> from losslab.doctor.catalog import find_rule
        >>> Selection(select=("LL1",), ignore=("LL102",)).selects(find_rule("LL101"))
        True
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def selects(self, rule: Rule) -> bool:
        """Tell whether a rule is to be checked."""
        return (not self.select or _matches_any(rule, self.select)) and not _matches_any(
            rule, self.ignore
        )

    def ignores(self, rule: Rule, place: Place) -> bool:
        """Tell whether the line says ``# losslab: ignore[LL101]``, or ``ignore`` without a code."""
        comment = _COMMENT.search(linecache.getline(place.file, place.line))
        if comment is None:
            return False
        codes = tuple(code.strip() for code in (comment[1] or "").split(",") if code.strip())
        return not codes or _matches_any(rule, codes)


def _matches_any(rule: Rule, codes: Iterable[str]) -> bool:
    return any(rule.code.startswith(code.upper()) or rule.name == code for code in codes)


def read_selection(
    folder: Path, select: Iterable[str] = (), ignore: Iterable[str] = ()
) -> Selection:
    """Join options with ``[tool.losslab.doctor]`` of the nearest pyproject.toml.

    Args:
        folder: where the search for pyproject.toml starts; it goes upwards.
        select: as given; if there is any, the file's is not used.
        ignore: as given; the file's is added.

    Raises:
        OptionError: if the table is not what it should be, or a code fits no rule.
    """
    table, file = _read_pyproject(folder)
    unknown = set(table) - {"select", "ignore"}
    if unknown:
        raise OptionError(
            f"needed only select and ignore in [tool.losslab.doctor] of {file}",
            got=", ".join(sorted(unknown)),
            fix='ignore = ["LL101"]',
        )
    lists = {}
    for key in ("select", "ignore"):
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
            raise OptionError(
                f"needed a list of codes for {key} in [tool.losslab.doctor] of {file}",
                got=repr(value),
                fix=f'{key} = ["LL101"]',
            )
        lists[key] = tuple(value)
    return Selection(
        select=check_codes(select) or check_codes(lists["select"]),
        ignore=check_codes(ignore) + check_codes(lists["ignore"]),
    )


def check_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """Refuse codes that fit no rule; commas may join several."""
    from losslab.doctor.catalog import RULES, find_rule

    codes = [codes] if isinstance(codes, str) else codes
    parts = [part.strip() for code in codes for part in code.split(",") if part.strip()]
    for part in parts:
        if not any(_matches_any(rule, [part]) for rule in RULES):
            find_rule(part)
    return tuple(parts)


# Whoever watches every batch of a test suite reads the same file thousands of times.
_parsed = lru_cache(maxsize=8)(tomllib.loads)


def _read_pyproject(folder: Path) -> tuple[dict[str, Any], Path | None]:
    for above in (folder, *folder.parents):
        file = above / "pyproject.toml"
        if file.is_file():
            try:
                whole = _parsed(file.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
                raise OptionError(
                    f"needed a readable {file}",
                    got=str(error),
                    fix="correct the file, or remove it",
                ) from error
            return whole.get("tool", {}).get("losslab", {}).get("doctor", {}), file
    return {}, None
