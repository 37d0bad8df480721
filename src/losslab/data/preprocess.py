"""Preprocessing fitted on training rows: scaling, imputation and one-hot encoding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from losslab.core.errors import DataError
from losslab.data.columns import (
    BLANK_MARKS,
    FLOAT32_MAX,
    Column,
    factorize_column,
    format_label,
    parse_numbers,
    read_column,
)
from losslab.data.options import format_list, format_option
from losslab.data.table import Table, build_table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Preprocessor:
    """An unfitted preprocessor; ``fit`` learns from the given rows only.

    Attributes:
        impute: fill missing numbers with the mean and add indicator columns, and give missing
            categories a column of their own; otherwise missing values are rejected.

    Examples:
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
        """Reject what ``fit`` and ``transform`` would reject in this frame."""
        extract_matrices(frame, infer_kinds(frame), impute=self.impute)

    def fit(
        self, frame: "pd.DataFrame", rows: Sequence[int] | np.ndarray | None = None
    ) -> "FittedPreprocessor":
        """Learn means, scales and levels from ``rows`` of ``frame``, or from all of it."""
        kinds = infer_kinds(frame)
        numbers, texts = extract_matrices(frame, kinds, impute=self.impute)
        train = np.arange(len(frame)) if rows is None else np.asarray(rows, dtype=np.int64)
        if not train.size:
            raise DataError("needed rows to fit on", got="none", fix="pass training rows")
        has_numbers, has_texts = bool(numbers.shape[1]), bool(texts.shape[1])
        return FittedPreprocessor(
            kinds=kinds,
            impute=self.impute,
            scaler=_fit_scaler(numbers[train]) if has_numbers else None,
            imputer=_fit_imputer(numbers[train]) if has_numbers and self.impute else None,
            encoder=_fit_encoder(texts[train]) if has_texts else None,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedPreprocessor:
    """A preprocessor fitted on training rows.

    Attributes:
        kinds: "number" or "category" of every column, by name.
        impute: impute missing values instead of rejecting them.
        scaler: scikit-learn's scaler of the numbers, if there are any.
        imputer: its imputer of the scaled numbers, if they are imputed.
        encoder: its encoder of the categories, if there are any.
    """

    kinds: dict[str, str]
    impute: bool
    scaler: Any
    imputer: Any
    encoder: Any

    def transform(self, frame: "pd.DataFrame", dtype: type = np.float64) -> np.ndarray:
        """Convert rows to a float array ``(N, F)``; columns are matched by name, in any order.

        An unknown level becomes zeros in all columns of its feature.
        """
        numbers, texts = extract_matrices(frame, self.kinds, impute=self.impute)
        parts = [np.empty((len(frame), 0))]
        if self.scaler is not None:
            scaled = self.scaler.transform(numbers)
            parts.append(self.imputer.transform(scaled) if self.imputer is not None else scaled)
        if self.encoder is not None:
            parts.append(self.encoder.transform(texts))
        # A row far outside the training range stays finite in float32.
        result = np.clip(np.hstack(parts), -FLOAT32_MAX, FLOAT32_MAX)
        return np.ascontiguousarray(result, dtype=dtype)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The inputs of a network, in order: numbers, their indicators, levels of categories."""
        names = [name for name, kind in self.kinds.items() if kind == "number"]
        categories = [name for name, kind in self.kinds.items() if kind == "category"]
        if self.imputer is not None:
            names += [f"{names[at]} is missing" for at in self.imputer.indicator_.features_]
        levels = self.encoder.categories_ if self.encoder is not None else []
        for name, known in zip(categories, levels, strict=True):
            names += [f"{name}={'(missing)' if level != level else level}" for level in known]
        return tuple(names)


def infer_kinds(frame: "pd.DataFrame") -> dict[str, str]:
    """Map each column to "number" or "category"."""
    table = build_table(frame, name="table", source="the data frame")
    return {
        name: "category" if read_column(table, name).numbers is None else "number"
        for name in table.columns
    }


def extract_matrices(
    frame: "pd.DataFrame", kinds: Mapping[str, str], *, impute: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Extract the known columns: floats ``(N, numbers)`` and texts ``(N, categories)``.

    Columns may come in any order. Missing and additional columns are rejected by name; missing
    and extreme values are rejected by row, or become NaN with ``impute``.
    """
    table = build_table(frame, name="table", source="the data frame")
    _check_names(table.columns, list(kinds))
    numbers, texts = np.empty((len(frame), 0)), np.empty((len(frame), 0), object)
    columns = [_extract_numbers(table, name, impute) for name in kinds if kinds[name] == "number"]
    if columns:
        numbers = np.column_stack(columns).astype(np.float64)
    columns = [_extract_texts(table, name, impute) for name in kinds if kinds[name] == "category"]
    if columns:
        texts = np.column_stack(columns).astype(object)
    return numbers, texts


def _check_names(found: list[str], known: list[str]) -> None:
    lacking = [name for name in known if name not in found]
    extra = [name for name in found if name not in known]
    if lacking or extra:
        got = [f"without {format_list(lacking)}"] if lacking else []
        got += [f"with {format_list(extra)} in addition"] if extra else []
        raise DataError(
            f"needed the columns of the training rows, {format_list(known)}",
            got=f"a table {' and '.join(got)}",
            fix="name the columns as in training" if lacking else format_option("drop", extra),
        )


def _extract_numbers(table: Table, name: str, impute: bool) -> np.ndarray:
    column = read_column(table, name)
    if column.numbers is None:
        parsed = parse_numbers(column.levels)
        for row in column.find_rows([*parsed.stray, *parsed.other_decimal])[:1]:
            raise _make_cell_error(table, column, row, "numbers, as in training,")
        nothing = np.full(len(column.codes), -1)
        column = Column(name=name, codes=nothing, levels=(), numbers=np.array([]))
    if impute:
        column = column.mask_rows(column.extreme)
    for row in column.extreme[:1]:
        raise _make_cell_error(table, column, row, "finite numbers within the range of float32")
    _check_gaps(table, column, impute)
    return column.to_numpy()


def _extract_texts(table: Table, name: str, impute: bool) -> np.ndarray:
    column = factorize_column(table, name)
    levels = column.levels
    if column.numbers is not None:  # categories whose names are numbers, read back as numbers
        levels = tuple(format_label(number) for number in column.numbers)
    texts = np.array([*(None if text.strip() in BLANK_MARKS else text for text in levels), None])
    codes = np.where(texts[column.codes] == None, -1, column.codes)  # noqa: E711 - elementwise
    _check_gaps(table, Column(name=name, codes=codes, levels=levels), impute)
    texts[-1] = np.nan  # scikit-learn's missing text
    return np.asarray(texts[codes])


def _check_gaps(table: Table, column: Column, impute: bool) -> None:
    if column.missing.size and not impute:
        raise _make_cell_error(table, column, column.missing[0], "a value in every row")


def _make_cell_error(table: Table, column: Column, row: int, needed: str) -> DataError:
    return DataError(
        f"needed {needed} in column {column.name!r}",
        got=f"{column.format_cell(row)} in {table.locate_row(row)}",
        fix="correct it, or fit with impute=True (--impute) to impute missing values",
    )


def _fit_scaler(numbers: np.ndarray) -> Any:
    from sklearn.preprocessing import StandardScaler

    empty = np.isnan(numbers).all(axis=0)
    scaler = StandardScaler().fit(np.where(empty, 0.0, numbers))
    # The scale of a column without any training value is unknown: all its values become zero.
    scaler.scale_[empty] = np.inf
    return scaler


def _fit_imputer(numbers: np.ndarray) -> Any:
    from sklearn.impute import SimpleImputer

    # It comes after the scaler, so that zero is the mean and the indicators stay 0 and 1.
    imputer = SimpleImputer(
        strategy="constant", fill_value=0.0, add_indicator=True, keep_empty_features=True
    )
    return imputer.fit(numbers)


def _fit_encoder(texts: np.ndarray) -> Any:
    from sklearn.preprocessing import OneHotEncoder

    return OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(texts)
