"""Features made into numbers, by what the training rows show: scaled, one-hot, imputed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from losslab.core.errors import DataError
from losslab.data.columns import (
    BLANK_MARKS,
    FLOAT32_MAX,
    Column,
    number_text,
    raw_column,
    read_numbers,
    type_column,
    without_extremes,
)
from losslab.data.options import format_list, format_option
from losslab.data.table import Table, table_from_frame

if TYPE_CHECKING:
    import pandas as pd


def kinds_of(frame: "pd.DataFrame") -> dict[str, str]:
    """Say of each column, by name, whether it is a number or a category."""
    table = _table(frame)
    numeric = {name: type_column(table, name).numbers is not None for name in table.columns}
    return {name: "number" if yes else "category" for name, yes in numeric.items()}


def matrices(
    frame: "pd.DataFrame", kinds: Mapping[str, str], *, impute: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Take out the known columns: floats ``(N, numbers)`` and texts ``(N, categories)``.

    Columns may come in any order. Missing and additional ones are refused by name; missing and
    extreme values are refused by row, or become NaN with ``impute``.
    """
    table = _table(frame)
    _check_names(table.columns, list(kinds))
    numbers = [_numbers(table, name, impute) for name, kind in kinds.items() if kind == "number"]
    texts = [_texts(table, name, impute) for name, kind in kinds.items() if kind == "category"]
    return _stacked(numbers, len(frame), np.float64), _stacked(texts, len(frame), object)


def _table(frame: "pd.DataFrame") -> Table:
    return table_from_frame(frame, name="table", source="the data frame")


def _stacked(columns: list[np.ndarray], rows: int, dtype: type) -> np.ndarray:
    return np.column_stack(columns).astype(dtype) if columns else np.empty((rows, 0), dtype)


def _check_names(found: list[str], known: list[str]) -> None:
    lacking = [name for name in known if name not in found]
    extra = [name for name in found if name not in known]
    if lacking or extra:
        got = [f"without {format_list(lacking)}"] if lacking else []
        got += [f"with {format_list(extra)} in addition"] if extra else []
        raise DataError(
            f"needed the columns seen in training, {format_list(known)}",
            got=f"a table {' and '.join(got)}",
            fix="name the columns as in training" if lacking else format_option("drop", extra),
        )


def _numbers(table: Table, name: str, impute: bool) -> np.ndarray:
    column = type_column(table, name)
    present = np.flatnonzero(column.codes >= 0)
    if column.numbers is None and present.size:
        stray = [row for row in present if not _is_number(column.levels[column.codes[row]])]
        raise _refusal(table, column, int(stray[0]), "numbers, as in training,")
    if column.numbers is None:
        column = Column(name=name, codes=column.codes, levels=(), numbers=np.array([]))
    if impute:
        column = without_extremes(column)
    for row in column.extreme[:1]:
        raise _refusal(table, column, int(row), "finite numbers within the range of float32")
    _refuse_gaps(table, column, impute)
    return column.values()


def _texts(table: Table, name: str, impute: bool) -> np.ndarray:
    column = raw_column(table, name)
    levels = column.levels
    if column.numbers is not None:  # categories whose names are numbers, read back as numbers
        levels = tuple(number_text(number) for number in column.numbers)
    texts = np.array([*(None if text.strip() in BLANK_MARKS else text for text in levels), None])
    codes = np.where(texts[column.codes] == None, -1, column.codes)  # noqa: E711 - elementwise
    _refuse_gaps(table, Column(name=name, codes=codes, levels=levels), impute)
    texts[-1] = np.nan  # what scikit-learn takes for a missing text
    result: np.ndarray = texts[codes]
    return result


def _is_number(text: str) -> bool:
    reading = read_numbers([text])
    return not reading.stray and not reading.other_decimal


def _refuse_gaps(table: Table, column: Column, impute: bool) -> None:
    if column.missing.size and not impute:
        raise _refusal(table, column, int(column.missing[0]), "a value in every row")


def _refusal(table: Table, column: Column, row: int, needed: str) -> DataError:
    return DataError(
        f"needed {needed} in column {column.name!r}",
        got=f"{column.text(row)} in {table.place(row)}",
        fix="correct it, or fit with impute=True (--impute) to have gaps filled in",
    )


@dataclass(frozen=True, kw_only=True)
class Preprocessor:
    """What to do with features; ``fit`` learns how, from the given rows only.

    Args:
        impute: fill missing numbers with the mean and mark them in an indicator column, and give
            missing categories a column of their own; missing values are refused otherwise.

    Example
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"size": [1.0, 3.0, 9.0], "fuel": list("abb")})
        >>> fitted = Preprocessor().fit(frame, [0, 1])
        >>> fitted.feature_names
        ('size', 'fuel=a', 'fuel=b')
        >>> fitted.transform(frame).tolist()
        [[-1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [7.0, 0.0, 1.0]]
    """

    impute: bool = False

    def check(self, frame: "pd.DataFrame") -> None:
        """Refuse what ``fit`` and ``transform`` would refuse in this frame."""
        matrices(frame, kinds_of(frame), impute=self.impute)

    def fit(
        self, frame: "pd.DataFrame", rows: Sequence[int] | np.ndarray | None = None
    ) -> "FittedPreprocessor":
        """Learn means, scales and levels from ``rows`` of ``frame``, or from all of it."""
        kinds = kinds_of(frame)
        numbers, texts = matrices(frame, kinds, impute=self.impute)
        seen = np.arange(len(frame)) if rows is None else np.asarray(rows, dtype=np.int64)
        if not seen.size:
            raise DataError("needed rows to fit on", got="none", fix="pass training rows")
        return FittedPreprocessor(
            kinds=kinds,
            impute=self.impute,
            scaler=_fit_scaler(numbers[seen]),
            imputer=_fit_imputer(numbers[seen]) if self.impute else None,
            encoder=_fit_encoder(texts[seen]),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedPreprocessor:
    """A preprocessor that has seen its training rows; ``kinds`` are the columns it knows."""

    kinds: dict[str, str]
    impute: bool
    scaler: Any
    imputer: Any
    encoder: Any

    def transform(self, frame: "pd.DataFrame", dtype: type = np.float64) -> np.ndarray:
        """Turn rows into a float array ``(N, F)``; columns are found by name, in any order.

        A level that no training row had is a row of zeros among the columns of its feature.
        """
        numbers, texts = matrices(frame, self.kinds, impute=self.impute)
        parts = [np.empty((len(frame), 0))]
        if self.scaler is not None:
            scaled = self.scaler.transform(numbers)
            parts.append(self.imputer.transform(scaled) if self.imputer is not None else scaled)
        if self.encoder is not None:
            parts.append(self.encoder.transform(texts))
        # A row far outside what training showed stays finite in float32.
        result = np.clip(np.hstack(parts), -FLOAT32_MAX, FLOAT32_MAX)
        return np.ascontiguousarray(result, dtype=dtype)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The inputs of a network, in order: numbers, their indicators, levels of categories."""
        names = self._named("number")
        if self.imputer is not None:
            names += [f"{names[at]} is missing" for at in self.imputer.indicator_.features_]
        levels = self.encoder.categories_ if self.encoder is not None else []
        for name, known in zip(self._named("category"), levels, strict=True):
            names += [f"{name}={'(missing)' if level != level else level}" for level in known]
        return tuple(names)

    def _named(self, kind: str) -> list[str]:
        return [name for name, its_kind in self.kinds.items() if its_kind == kind]


def _fit_scaler(numbers: np.ndarray) -> Any:
    from sklearn.preprocessing import StandardScaler

    if not numbers.shape[1]:
        return None
    unseen = np.isnan(numbers).all(axis=0)
    scaler = StandardScaler().fit(np.where(unseen, 0.0, numbers))
    # Of a column without any training value the scale is unknown: all its values become zero.
    scaler.scale_[unseen] = np.inf
    return scaler


def _fit_imputer(numbers: np.ndarray) -> Any:
    from sklearn.impute import SimpleImputer

    if not numbers.shape[1]:
        return None
    # It comes after scaling, so that zero is the mean and the indicators stay 0 and 1.
    gaps = SimpleImputer(
        strategy="constant", fill_value=0.0, add_indicator=True, keep_empty_features=True
    )
    return gaps.fit(numbers)


def _fit_encoder(texts: np.ndarray) -> Any:
    from sklearn.preprocessing import OneHotEncoder

    if not texts.shape[1]:
        return None
    return OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(texts)
