"""What models predict for points: fitted estimators, networks and results of losslab."""

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
from losslab.training.trainer.output_activation import find_output_activation

Array = NDArray[np.float64]
PredictionKind = Literal["probability", "score", "class"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """One number per point and class; the class with the largest wins.

    Attributes:
        kind: ``probability``; ``score``, of which only differences are meaningful; or ``class``, 1
            for the winner and 0 for the others.
        values: ``(N, K)``.
        labels: the model's labels of its classes, in the order of the columns.
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
                "needed a model that predicts finite numbers",
                got=f"NaN or infinity for {(~np.isfinite(self.values).all(1)).sum()} points",
                fix="a smaller learning rate, or a stronger penalty: its training diverged",
            )


def split_scores(decision: Array) -> Array:
    """Give each of two classes a column; their difference is the score of the second.

    Examples:
        >>> split_scores(np.array([3.0])).tolist()
        [[-1.5, 1.5]]
    """
    return np.stack([-decision / 2, decision / 2], axis=1)


def encode_labels(labels: NDArray[Any], classes: tuple[Any, ...]) -> NDArray[np.int64]:
    """Encode labels as places in ``classes``; unknown ones as -1.

    Examples:
        >>> encode_labels(np.array(["b", "c"]), ("a", "b")).tolist()
        [1, -1]
    """
    same = labels[:, None] == np.asarray(classes)[None, :]
    return np.where(same.any(axis=1), same.argmax(axis=1), -1)


METHODS = ("predict_proba", "decision_function", "predict")


def predict_with_estimator(model: Any, X: Array, y: NDArray[Any]) -> Predictions:
    """Predict probabilities, else scores, else classes, whichever the model has first.

    Args:
        model: has ``predict_proba``, ``decision_function`` or ``predict`` for ``(N, 2)``.
        X: the points ``(N, 2)``.
        y: labels ``(N,)``; they name the classes if the model does not.
    """
    _check_estimator(model)
    # A pipeline or a search looks for its classes in a part that may not be fitted yet.
    classes = getattr(model, "classes_", None)
    labels = tuple((np.unique(y) if classes is None else np.asarray(classes)).tolist())
    table = _name_columns(model, X)
    if hasattr(model, "predict_proba"):
        values = np.asarray(_call(model, "predict_proba", table), dtype=np.float64)
        return Predictions(kind="probability", values=values, labels=labels)
    codes = _predict_codes(model, table, labels) if hasattr(model, "predict") else None
    if hasattr(model, "decision_function"):
        scores = np.asarray(_call(model, "decision_function", table), dtype=np.float64)
        columns = split_scores(scores) if scores.ndim == 1 else scores
        # Scores of pairs of classes, or ties that the model breaks by another rule, would draw
        # other classes than it predicts.
        agree = codes is None or (
            columns.shape == (len(X), len(labels)) and np.array_equal(columns.argmax(1), codes)
        )
        if agree:
            return Predictions(kind="score", values=columns, labels=labels)
    assert codes is not None, "the model has one of the three methods"
    return Predictions(kind="class", values=np.eye(len(labels))[codes], labels=labels)


def _check_estimator(model: Any) -> None:
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
            fix="fit it to the two columns to draw: model.fit(X[:, :2], y)",
        )


def _name_columns(model: Any, X: Array) -> Any:
    """Give the columns the names that the model was fitted with, which it asks for."""
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        return X
    import pandas as pd

    return pd.DataFrame(X, columns=list(names))


def _call(model: Any, method: str, table: Any) -> Any:
    from sklearn.exceptions import NotFittedError

    try:
        return getattr(model, method)(table)
    except NotFittedError as error:
        raise OptionError(
            "needed a model that has been fitted",
            got=f"{type(model).__name__} before its fit",
            fix="model.fit(X, y)",
        ) from error


def _predict_codes(model: Any, table: Any, labels: tuple[Any, ...]) -> NDArray[np.int64]:
    predicted = np.asarray(_call(model, "predict", table)).ravel()
    codes = encode_labels(predicted, labels)
    if (codes < 0).any():
        raise DataError(
            f"needed a classifier, which predicts {' or '.join(map(repr, labels))}",
            got=f"predictions such as {predicted[codes < 0][0]!s}",
            fix="fit a classifier to these labels",
        )
    return codes


def is_network(model: object) -> bool:
    """Whether a model is a result of losslab or a module of PyTorch."""
    return isinstance(model, Result | nn.Module)


def predict_with_network(model: Result | nn.Module, X: Array) -> Predictions:
    """Compute a network's outputs, and interpret them by its objective or its last operation.

    A module that ends in a sigmoid or a softmax gives probabilities, one that ends in a linear
    layer gives logits. Everything else gives scores, a single one with its boundary at zero.

    Args:
        model: a result of a task with classes, or a module of two inputs.
        X: the points ``(N, 2)``.
    """
    if isinstance(model, nn.Module):
        return _interpret_by_origin(model, X)
    if not model.best_epoch:
        raise OptionError(
            "needed a run that was trained for at least one epoch",
            got="one that diverged in its first",
            fix="a smaller learning rate, or a smaller alpha",
        )
    return _interpret_by_objective(model.objective, _forward(model.model(), X))


def _interpret_by_objective(objective: Objective, z: Tensor) -> Predictions:
    if objective.codec.reads != "classes":
        raise OptionError(
            "needed a result of a task with classes",
            got=f"the task {objective.task}",
            fix="losslab.Run(loss='bce_with_logits', task='binary')",
        )
    if objective.gives_probabilities:
        return _make_predictions("probability", objective.predict_proba(z))
    if objective.width == 1:
        decision = objective.decision_function(z).detach().double().cpu().numpy()
        return _make_predictions("score", torch.from_numpy(split_scores(decision)))
    return _make_predictions("score", objective.head(z))


def _interpret_by_origin(model: nn.Module, X: Array) -> Predictions:
    z = _forward(model, X)
    inputs = _to_tensor(model, X[:2]).requires_grad_()
    with use_eval_mode(model), torch.enable_grad():
        origin = find_output_activation(model(inputs))
    emits = () if origin is None else origin.head.emits
    if origin is not None and origin.head.name == "identity":
        z = z.sigmoid() if z.shape[1] == 1 else z.softmax(1)
    elif Kind.LOG_PROBABILITY in emits:
        z = z.exp()
    elif Kind.PROBABILITY not in emits:
        return _make_predictions(
            "score", torch.cat([-z, z], dim=1) / 2 if z.shape[1] == 1 else z / 2
        )
    # A single output is the second of two classes.
    return _make_predictions("probability", torch.cat([1 - z, z], dim=1) if z.shape[1] == 1 else z)


def _forward(model: nn.Module, X: Array) -> Tensor:
    inputs = _to_tensor(model, X)
    try:
        with use_eval_mode(model):
            z = model(inputs)
    except RuntimeError as error:
        raise DataError(
            "needed a network of two inputs",
            got=f"{type(model).__name__}, which refuses them: {str(error).splitlines()[0]}",
            fix="train it on the two columns to draw",
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


def _to_tensor(model: nn.Module, X: Array) -> Tensor:
    like = next(model.parameters(), torch.zeros(()))
    return torch.from_numpy(np.array(X)).to(like.device, like.dtype)


def _make_predictions(kind: PredictionKind, values: Tensor) -> Predictions:
    return Predictions(
        kind=kind,
        values=values.detach().double().cpu().numpy(),
        labels=tuple(range(values.shape[1])),
    )
