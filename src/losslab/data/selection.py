"""Which columns are features and target: names checked, with the nearest one offered."""

import re
from dataclasses import replace

from losslab.core.errors import DataError, OptionError
from losslab.core.registry import match_prefix, suggest
from losslab.data.options import TableOptions, format_list, format_option
from losslab.data.table import Table

# "f(x,y),z" are two names.
_COMMA = re.compile(r",(?![^(]*\))")


def choose_features(table: Table, target: str, options: TableOptions) -> list[str]:
    """List the feature columns in the order of the table (or of ``--features``)."""
    options = replace(
        options,
        drop=_columns(table, options.drop),
        features=_full_names(table, _columns(table, options.features)),
    )
    wanted = {"target": (target,), "drop": options.drop, "features": options.features}
    wanted["groups"] = (options.groups,) if options.groups is not None else ()
    for option, names in wanted.items():
        for name in names:
            _check_known(table, option, name)
    _check_overlap(options, target)
    left_out = {target, options.groups, *options.drop}
    features = [name for name in options.features or table.columns if name not in left_out]
    if not features:
        raise DataError(
            f"needed at least one feature column of {table.called}",
            got=f"none left beside the target {target!r}",
            fix="--drop fewer columns",
        )
    return list(dict.fromkeys(features))


def choose_target(table: Table, options: TableOptions) -> str:
    """Take the target from the options, or list the columns to choose from."""
    if options.target is None:
        raise OptionError(
            f"needed --target, the column of {table.called} to predict",
            got="none",
            fix=f"--target with one of {format_list(table.columns, 40)}",
        )
    return options.target


def _columns(table: Table, texts: tuple[str, ...]) -> tuple[str, ...]:
    """The columns named by texts: each is one name, or several with commas between them."""
    parts = [[text] if text in table.columns else _COMMA.split(str(text)) for text in texts]
    return tuple(name.strip() for names in parts for name in names if name.strip())


def feature_notes(table: Table, options: TableOptions) -> tuple[str, ...]:
    """Say which columns are meant by features that are named in short."""
    given = _columns(table, options.features)
    full = _full_names(table, given)
    return tuple(
        f"feature {short!r} is column {name!r}"
        for short, name in zip(given, full, strict=True)
        if short != name and name in table.columns
    )


def _full_names(table: Table, given: tuple[str, ...]) -> tuple[str, ...]:
    """The columns meant by features, each by its name or by a beginning that no other has."""
    full = []
    for name in given:
        meant = match_prefix(name, table.columns)
        if len(meant) > 1:
            raise OptionError(
                f"needed the beginning of one column of {table.called} only for --features",
                got=f"{name!r}, with which {format_list([repr(one) for one in meant])} begin",
                fix=format_option("features", meant[:1]),
            )
        full.append(meant[0] if meant else name)
    return tuple(full)


def _check_known(table: Table, option: str, name: str) -> None:
    origin = "" if table.lines is None else " (the names come from the first line of a file)"
    if name not in table.columns:
        raise OptionError(
            f"needed the name of a column of {table.called} for --{option}",
            got=repr(name),
            fix=suggest(name, table.columns) + origin,
        )


def _check_overlap(options: TableOptions, target: str) -> None:
    pairs = {
        ("--target", "--drop"): {target} & {*options.drop},
        ("--target", "--features"): {target} & {*options.features},
        ("--target", "--groups"): {target} & {options.groups},
        ("--features", "--drop"): {*options.features} & {*options.drop},
        ("--features", "--groups"): {*options.features} & {options.groups},
    }
    for (first, second), both in pairs.items():
        if both:
            raise OptionError(
                f"needed {first} and {second} to name different columns",
                got=f"{format_list(sorted(str(name) for name in both))} in both",
                fix=f"remove it from {second}",
            )
