"""What models answer for points: fitted estimators, networks and results of losslab."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from losslab.contracts.domain import Kind
from losslab.core.errors import DataError, OptionError
from losslab.objectives.objective import Objective
from losslab.training.result import Result
from losslab.training.trainer.forward import use_eval_mode
from losslab.training.trainer.output_activation import OutputActivation, find_output_activation

Array = NDArray[np.float64]
PredictionKind = Literal["probability", "score", "class"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """One number per point and class; the class with the largest wins.

    Args:
        kind: ``probability``; ``score``, of which only the differences mean something; or
            ``class``, 1 for the winner and 0 for the others.
        values: ``(N, K)``.
        labels: what the model calls its classes, in the order of the columns.
    """

    kind: PredictionKind
    values: Array
    labels: tuple[Any, ...]

    def __post_init__(self) -> None:
        if len(self.labels) < 2:
            raise DataError(
                "needed a model of at least two classes",
                got=f"one of {len(self.labels)}: {', '.join(map(repr, self.labels)) or 'none'}",
                fix="fit it to rows of two or more classes",
            )
        if self.values.ndim != 2 or self.values.shape[1] != len(self.labels):
            raise DataError(
                f"needed one {self.kind} per point and class: (N, {len(self.labels)})",
                got=f"shape {self.values.shape}",
                fix="fit a model of one target, with one column for each of its classes",
            )
        if not np.isfinite(self.values).all():
            raise DataError(
                "needed a model that answers finite numbers",
                got=f"NaN or infinity for {(~np.isfinite(self.values).all(1)).sum()} points",
                fix="a smaller learning rate, or a stronger penalty: its training diverged",
            )


def in_columns(decision: Array) -> Array:
    """Give each of two classes its own column, whose difference is the score of the second.

    >>> in_columns(np.array([3.0])).tolist()
    [[-1.5, 1.5]]
    """
    return np.stack([-decision / 2, decision / 2], axis=1)


def winners_only(codes: NDArray[np.int64], n_classes: int) -> Array:
    """Give 1 to the class that was predicted and 0 to all others, ``(N, K)``."""
    return np.eye(n_classes)[codes]


METHODS = ("predict_proba", "decision_function", "predict")


def predict_with_estimator(model: Any, X: Array, known: NDArray[Any]) -> Predictions:
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
        return Predictions(kind="probability", values=values, labels=labels)
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
            return Predictions(kind="score", values=columns, labels=labels)
    assert codes is not None, "one of the three methods is there"
    return Predictions(kind="class", values=winners_only(codes, len(labels)), labels=labels)


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


def is_network(model: object) -> bool:
    """Whether a model is a result of losslab or a module of PyTorch."""
    return isinstance(model, Result | nn.Module)


def predict_with_network(model: Result | nn.Module, X: Array) -> Predictions:
    """Compute a network's outputs for points and read them as its objective or its end says.

    A module that ends in a sigmoid or a softmax gives probabilities, and one that ends in a linear
    layer the logits of one. Whatever else it ends in gives scores, a single one with its boundary
    at zero.

    Args:
        model: a result, whose objective is of classes, or a module of two inputs.
        X: the points ``(N, 2)``.
    """
    if isinstance(model, Result):
        if not model.best_epoch:
            raise OptionError(
                "needed a run that was trained for an epoch or more",
                got="one that diverged in its first",
                fix="a smaller learning rate, or a smaller alpha",
            )
        z = _output(model.model(), X)
        return _by_objective(model.objective, z)
    return _by_origin(model, X)


def _by_objective(objective: Objective, z: Tensor) -> Predictions:
    if objective.codec.reads != "classes":
        raise OptionError(
            "needed a result of a task with classes",
            got=f"the task {objective.task}",
            fix="losslab.Run(loss='bce_with_logits', task='binary')",
        )
    if objective.gives_probabilities:
        return _answer("probability", objective.predict_proba(z))
    if objective.width == 1:
        return _answer(
            "score", torch.from_numpy(in_columns(_array(objective.decision_function(z))))
        )
    return _answer("score", objective.head(z))


def _by_origin(model: nn.Module, X: Array) -> Predictions:
    z = _output(model, X)
    origin = _origin(model, X[:2])
    emits = () if origin is None else origin.head.emits
    if origin is not None and origin.head.name == "identity":
        z = z.sigmoid() if z.shape[1] == 1 else z.softmax(1)
    elif Kind.LOG_PROBABILITY in emits:
        z = z.exp()
    elif Kind.PROBABILITY not in emits:
        return _answer("score", _two_columns(z, -z) / 2)
    return _answer("probability", _two_columns(z, 1 - z))


def _origin(model: nn.Module, X: Array) -> OutputActivation | None:
    inputs = _tensor(model, X).requires_grad_()
    with use_eval_mode(model), torch.enable_grad():
        z = model(inputs)
    return find_output_activation(z) if isinstance(z, Tensor) else None


def _two_columns(second: Tensor, first: Tensor) -> Tensor:
    """One output stands for the second of two classes."""
    return torch.cat([first, second], dim=1) if second.shape[1] == 1 else second


def _output(model: nn.Module, X: Array) -> Tensor:
    inputs = _tensor(model, X)
    try:
        with use_eval_mode(model):
            z = model(inputs)
    except RuntimeError as error:
        raise DataError(
            "needed a network of two inputs",
            got=f"{type(model).__name__}, which refuses them: {str(error).splitlines()[0]}",
            fix="train it on the two columns that are to be drawn",
        ) from error
    z = z.unsqueeze(1) if isinstance(z, Tensor) and z.ndim == 1 else z
    if not isinstance(z, Tensor) or z.ndim != 2 or len(z) != len(X):
        raise DataError(
            "needed a network that returns one row of outputs per point",
            got=f"shape {tuple(z.shape)}" if isinstance(z, Tensor) else type(z).__name__,
            fix=f"return a tensor of shape ({len(X)}, K)",
        )
    # In float64, so that a softmax sums to one as closely as anyone asks.
    return z.double().cpu()


def _tensor(model: nn.Module, X: Array) -> Tensor:
    like = next(model.parameters(), torch.zeros(()))
    return torch.from_numpy(np.array(X)).to(like.device, like.dtype)


def _array(z: Tensor) -> Array:
    array: Array = z.detach().double().cpu().numpy()
    return array


def _answer(kind: Any, values: Tensor) -> Predictions:
    return Predictions(kind=kind, values=_array(values), labels=tuple(range(values.shape[1])))
