"""Selection of target and feature columns by name or unique prefix."""

import re

from losslab.core.errors import DataError, OptionError
from losslab.core.registry import match_prefix, suggest
from losslab.data.options import TableOptions, format_list, format_option
from losslab.data.table import Table

# "f(x,y),z" are two names.
_COMMA = re.compile(r",(?![^(]*\))")


def choose_features(table: Table, target: str, options: TableOptions) -> list[str]:
    """List the feature columns in the order of the table (or of ``--features``)."""
    wanted = {
        "target": (target,),
        "drop": _split_names(table, options.drop),
        "features": tuple(_resolve_features(table, options).values()),
        "groups": () if options.groups is None else (options.groups,),
    }
    origin = "" if table.lines is None else " (the names come from the first line of a file)"
    for option, names in wanted.items():
        for name in names:
            if name not in table.columns:
                raise OptionError(
                    f"needed the name of a column of {table.label} for --{option}",
                    got=repr(name),
                    fix=suggest(name, table.columns) + origin,
                )
    _check_overlap(wanted)
    excluded = {*wanted["target"], *wanted["groups"], *wanted["drop"]}
    features = [name for name in wanted["features"] or table.columns if name not in excluded]
    if not features:
        raise DataError(
            f"needed at least one feature column of {table.label}",
            got=f"none left beside the target {target!r}",
            fix="--drop fewer columns",
        )
    return list(dict.fromkeys(features))


def choose_target(table: Table, options: TableOptions) -> str:
    """Take the target from the options; without one, list the columns to choose from."""
    if options.target is None:
        raise OptionError(
            f"needed --target, the column of {table.label} to predict",
            got="none",
            fix=f"--target with one of {format_list(table.columns, 40)}",
        )
    return options.target


def describe_abbreviations(table: Table, options: TableOptions) -> tuple[str, ...]:
    """Report the columns selected by a prefix."""
    return tuple(
        f"feature {prefix!r} is column {name!r}"
        for prefix, name in _resolve_features(table, options).items()
        if prefix != name and name in table.columns
    )


def _split_names(table: Table, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Split texts at commas, except those that are the name of a column."""
    parts = [[text] if text in table.columns else _COMMA.split(str(text)) for text in texts]
    return tuple(name.strip() for names in parts for name in names if name.strip())


def _resolve_features(table: Table, options: TableOptions) -> dict[str, str]:
    """Map each feature, given by name or unique prefix, to its column."""
    resolved = {}
    for name in _split_names(table, options.features):
        matches = match_prefix(name, table.columns)
        if len(matches) > 1:
            raise OptionError(
                f"needed a unique prefix of a column of {table.label} for --features",
                got=f"{name!r}, a prefix of {format_list([repr(match) for match in matches])}",
                fix=format_option("features", matches[:1]),
            )
        resolved[name] = matches[0] if matches else name
    return resolved


def _check_overlap(wanted: dict[str, tuple[str, ...]]) -> None:
    pairs = [
        ("target", "drop"),
        ("target", "features"),
        ("target", "groups"),
        ("features", "drop"),
        ("features", "groups"),
    ]
    for first, second in pairs:
        if both := {*wanted[first]} & {*wanted[second]}:
            raise OptionError(
                f"needed --{first} and --{second} to name different columns",
                got=f"{format_list(sorted(both))} in both",
                fix=f"remove it from --{second}",
            )
