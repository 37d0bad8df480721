"""Selection of rules, by options, pyproject.toml and comments in the user's code."""

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
    """Rules to check, by code, prefix of a code, or name.

    Args:
        select: The only rules to check; empty means all.
        ignore: Rules not to check.

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
    """Merge options with ``[tool.losslab.doctor]`` of the nearest pyproject.toml.

    Args:
        folder: Folder to search for pyproject.toml, with its parents.
        select: Rules to check; replaces the file's list if not empty.
        ignore: Rules not to check; the file's list is added.

    Raises:
        OptionError: If the table is invalid, or a code matches no rule.
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
    """Split codes at commas; raise an error for those that match no rule."""
    from losslab.doctor.catalog import RULES, find_rule

    codes = [codes] if isinstance(codes, str) else codes
    parts = [part.strip() for code in codes for part in code.split(",") if part.strip()]
    for part in parts:
        if not any(_matches_any(rule, [part]) for rule in RULES):
            find_rule(part)
    return tuple(parts)


# A watch of every batch of a test suite reads the same file thousands of times.
_parse_toml = lru_cache(maxsize=8)(tomllib.loads)


def _read_pyproject(folder: Path) -> tuple[dict[str, Any], Path | None]:
    for above in (folder, *folder.parents):
        file = above / "pyproject.toml"
        if file.is_file():
            try:
                table = _parse_toml(file.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
                raise OptionError(
                    f"needed a readable {file}",
                    got=str(error),
                    fix="correct the file, or remove it",
                ) from error
            return table.get("tool", {}).get("losslab", {}).get("doctor", {}), file
    return {}, None
