"""Features made into numbers, by what the training rows show: scaled, one-hot, imputed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from losslab.core.errors import DataError
from losslab.data.matrices import kinds_of, matrices
from losslab.data.numbers import FLOAT32_MAX

if TYPE_CHECKING:
    import pandas as pd


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
