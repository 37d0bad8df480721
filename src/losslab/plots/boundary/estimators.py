"""What fitted estimators answer, such as those of scikit-learn."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.core.errors import DataError, OptionError
from losslab.plots.boundary.answer import Answer, Array, in_columns, winners_only

METHODS = ("predict_proba", "decision_function", "predict")


def estimator_answer(model: Any, X: Array, known: NDArray[Any]) -> Answer:
    """Ask for probabilities, else scores, else classes, whichever the model has first.

    Args:
        model: has ``predict_proba``, ``decision_function`` or ``predict`` for ``(N, 2)``.
        X: the points ``(N, 2)``.
        known: labels ``(N,)``; they name the classes where the model does not.
    """
    _check(model)
    labels = _labels(model, known)
    table = _named(model, X)
    if hasattr(model, "predict_proba"):
        values = np.asarray(_asked(model, "predict_proba", table), dtype=np.float64)
        return Answer(kind="probability", values=values, labels=labels)
    codes = _codes(_asked(model, "predict", table), labels) if hasattr(model, "predict") else None
    if hasattr(model, "decision_function"):
        scores = np.asarray(_asked(model, "decision_function", table), dtype=np.float64)
        columns = in_columns(scores) if scores.ndim == 1 else scores
        # Scores of pairs of classes, or ties that the model breaks by another rule, would draw
        # other classes than it predicts.
        agree = codes is None or (
            columns.shape == (len(X), len(labels)) and np.array_equal(columns.argmax(1), codes)
        )
        if agree:
            return Answer(kind="score", values=columns, labels=labels)
    assert codes is not None, "one of the three methods is there"
    return Answer(kind="class", values=winners_only(codes, len(labels)), labels=labels)


def _check(model: Any) -> None:
    if isinstance(model, type) or not any(hasattr(model, name) for name in METHODS):
        raise OptionError(
            f"needed a fitted classifier with {', '.join(METHODS[:-1])} or {METHODS[-1]}, "
            "a result of losslab, or a torch.nn.Module",
            got=f"the class {model.__name__}" if isinstance(model, type) else type(model).__name__,
            fix="LogisticRegression().fit(X, y)",
        )
    width = getattr(model, "n_features_in_", 2)
    if width != 2:
        raise DataError(
            "needed a model of two features",
            got=f"{type(model).__name__} fitted to {width}",
            fix="fit it to the two columns that are to be drawn: model.fit(X[:, :2], y)",
        )


def _labels(model: Any, known: NDArray[Any]) -> tuple[Any, ...]:
    # A pipeline or a search looks for them in a part that may not be fitted yet.
    given = getattr(model, "classes_", None)
    return tuple(np.unique(known).tolist() if given is None else np.asarray(given).tolist())


def _named(model: Any, X: Array) -> Any:
    """Give the columns the names that the model was fitted with, which it asks for."""
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        return X
    import pandas as pd

    return pd.DataFrame(X, columns=list(names))


def _asked(model: Any, method: str, table: Any) -> Any:
    from sklearn.exceptions import NotFittedError

    try:
        return getattr(model, method)(table)
    except NotFittedError as error:
        raise OptionError(
            "needed a model that has been fitted",
            got=f"{type(model).__name__} before its fit",
            fix="model.fit(X, y)",
        ) from error


def _codes(predicted: Any, labels: tuple[Any, ...]) -> NDArray[np.int64]:
    found = np.asarray(predicted).ravel()
    strange = ~np.isin(found, np.asarray(labels))
    if strange.any():
        raise DataError(
            f"needed a classifier, which predicts {' or '.join(map(repr, labels))}",
            got=f"predictions such as {found[strange][0]!s}",
            fix="fit a classifier to these labels",
        )
    codes: NDArray[np.int64] = np.argmax(found[:, None] == np.asarray(labels)[None, :], axis=1)
    return codes
