"""Targets, the score of an epoch and the metric of a script, equal to losslab's."""

from dataclasses import dataclass
from typing import Any

import torch

from losslab.contracts.domain import Kind
from losslab.core.errors import OptionError
from losslab.metrics.catalog import METRICS
from losslab.objectives.objective import Objective
from losslab.objectives.spec import Codec
from losslab.report.script.criterion import Criterion
from losslab.report.script.extraction import Extract, extract
from losslab.report.script.syntax import Import
from losslab.training.run import Run

# Elementwise losses subtract; against shape (N,) an output of shape (N, 1) would broadcast.
COLUMN = "# Shape (N, 1), as the outputs have: (N,) would broadcast with them to (N, N)."

TARGET_LINES = {
    "class_index": (
        "# The numbers of the classes, as int64 of shape (N,): neither one-hot nor float.",
        "target = torch.from_numpy(y)",
    ),
    "zero_one": (COLUMN, "target = torch.tensor(y, dtype=torch.float32).unsqueeze(1)"),
    "signs": (
        "# Signs, -1 and 1: with 0 and 1 one of the classes would have no gradient to learn from.",
        COLUMN,
        "target = torch.tensor(2.0 * y - 1.0, dtype=torch.float32).unsqueeze(1)",
    ),
    "one_hot": (
        "# One column per class, as the outputs have.",
        "target = nn.functional.one_hot(torch.from_numpy(y), len(CLASSES)).float()",
    ),
    "standardized": (
        "# Standardized on the training rows, so that the learning rate suits any unit.",
        "mean, scale = y[train].mean(), y[train].std()",
        COLUMN,
        "target = torch.tensor((y - mean) / scale, dtype=torch.float32).unsqueeze(1)",
    ),
    "counts": (
        "# The counts themselves: standardized ones could be negative.",
        COLUMN,
        "target = torch.tensor(y, dtype=torch.float32).unsqueeze(1)",
    ),
}


def write_target(codec: Codec) -> tuple[str, ...]:
    """Write the lines from ``y`` to ``target``."""
    lines = TARGET_LINES[codec.name]
    smoothing = codec.changed.get("smoothing")
    if smoothing is None:
        return lines
    return (
        *lines,
        f"# Label smoothing: {smoothing:g} of the probability is shared by all classes.",
        f"target = (1 - {smoothing!r}) * target + {smoothing!r} / len(CLASSES)",
    )


@dataclass(frozen=True, kw_only=True)
class EpochScore:
    """The validation score of an epoch; lower is better.

    Args:
        label: its name in the output.
        expression: an expression in ``prediction`` and ``truth``, outputs and targets of the
            validation rows.
        before: lines before it.
    """

    label: str
    expression: str
    before: tuple[str, ...] = ()


ROUNDED = "# Where float32 rounds a probability to 0 or 1, a mistake would cost without bound."


def choose_epoch_score(run: Run, criterion: Criterion) -> EpochScore:
    """Choose log loss where there are probabilities, RMSE for values, else the loss itself."""
    objective = run.objective
    mean_loss = criterion.call.format(prediction="prediction", target="truth")
    if run.selection == "rmse" and objective.codec.reads == "values":
        return EpochScore(
            label="RMSE, in standard deviations" if objective.codec.fits_scale else "RMSE",
            expression=f"(prediction{_write_exp(objective)} - truth).square().mean().sqrt()",
        )
    if run.selection != "log_loss" or not objective.gives_probabilities:
        return EpochScore(label="loss", expression=mean_loss)
    # Smoothed targets have a positive loss even at the true probabilities.
    is_log_loss = objective.loss.torch_class is not None and objective.loss.proper
    is_log_loss = is_log_loss and not objective.codec.changed
    if Kind.LOG_PROBABILITY in objective.head.emits:
        fits = is_log_loss and objective.wrong is None
        by_class = f"nn.functional.nll_loss(prediction, {_write_codes(objective)})"
        return EpochScore(label="log loss", expression=mean_loss if fits else by_class)
    if Kind.PROBABILITY not in objective.head.emits:
        expression = mean_loss if is_log_loss else _write_cross_entropy(objective)
        return EpochScore(label="log loss", expression=expression)
    if objective.width == 1:
        return EpochScore(
            label="log loss",
            before=(ROUNDED, "probability = prediction.clamp(1e-7, 1 - 1e-7)"),
            expression="nn.functional.binary_cross_entropy(probability, truth)",
        )
    return EpochScore(
        label="log loss",
        before=(ROUNDED, "probability = prediction.clamp(1e-7, 1)"),
        expression=f"nn.functional.nll_loss(probability.log(), {_write_codes(objective)})",
    )


def _write_exp(objective: Objective) -> str:
    """Write the inverse link of outputs that are the logarithm of a count."""
    is_log = objective.loss.inverse_link == "exp" and Kind.LOG_RATE in objective.head.emits
    return ".exp()" if is_log else ""


def _write_cross_entropy(objective: Objective) -> str:
    """Write the log loss of raw scores."""
    if objective.width == 1:
        target = "(truth + 1) / 2" if objective.codec.name == "signs" else "truth"
        return f"nn.functional.binary_cross_entropy_with_logits(prediction, {target})"
    return f"nn.functional.cross_entropy(prediction, {_write_codes(objective)})"


def _write_codes(objective: Objective) -> str:
    return "truth" if objective.codec.name == "class_index" else "truth.argmax(1)"


# The function of sklearn.metrics, and the lines from predictions to ``score``.
SKLEARN_SCORES: dict[str, tuple[str, tuple[str, ...]]] = {
    "accuracy": ("accuracy_score", ("score = accuracy_score(y[test], predicted)",)),
    "balanced_accuracy": (
        "balanced_accuracy_score",
        (
            "# Every class counts the same, however rare it is.",
            "score = balanced_accuracy_score(y[test], predicted)",
        ),
    ),
    "log_loss": (
        "log_loss",
        ("score = log_loss(y[test], probability, labels=list(range(len(CLASSES))))",),
    ),
    "auc": (
        "roc_auc_score",
        (
            "# One class after the other against the rest.",
            "areas = [roc_auc_score(y[test] == k, ranking[:, k]) for k in np.unique(y[test])]",
            "score = np.mean(areas)",
        ),
    ),
    "rmse": ("root_mean_squared_error", ("score = root_mean_squared_error(y[test], predicted)",)),
    "mae": ("mean_absolute_error", ("score = mean_absolute_error(y[test], predicted)",)),
    "r2": ("r2_score", ("score = r2_score(y[test], predicted)",)),
}


def write_score(objective: Objective, metric: str) -> tuple[list[str], Extract]:
    """Write the lines from ``prediction`` to ``score``, and what they need.

    Metrics that scikit-learn lacks are losslab's own functions, copied.
    """
    spec = METRICS[metric]
    if objective.task not in spec.tasks:
        raise OptionError(
            f"needed a metric for the task {objective.task}",
            got=repr(metric),
            fix=", ".join(name for name, known in METRICS.items() if objective.task in known.tasks),
        )
    if metric in SKLEARN_SCORES:
        function, lines = SKLEARN_SCORES[metric]
        code = Extract(imports={Import("sklearn.metrics", function)})
    else:
        fn: Any = spec.fn
        lines = (f"score = {fn.__name__}(y[test], probability)",)
        code = extract(fn)
    if metric == "auc":
        binary = ("score = roc_auc_score(y[test], ranking)",)
        lines = binary if objective.task == "binary" else lines
        return [*_write_ranking(objective), *lines], code
    if spec.needs == "classes":
        return [*_write_classes(objective), *lines], code
    if spec.needs == "values":
        return [*_write_values(objective), *lines], code
    return [*_write_probabilities(objective, metric), *lines], code


def _write_values(objective: Objective) -> list[str]:
    if _write_exp(objective):
        return [
            "# The output is the logarithm of the expected count.",
            "predicted = prediction[:, 0].double().exp().numpy()",
        ]
    if not objective.codec.fits_scale:
        return ["predicted = prediction[:, 0].numpy()"]
    return [
        "# Back to the target's units.",
        "predicted = prediction[:, 0].numpy() * scale + mean",
    ]


def _write_classes(objective: Objective) -> list[str]:
    if objective.width > 1:
        return [
            "# The largest output names the class, with or without a softmax.",
            "predicted = prediction.argmax(1).numpy()",
        ]
    z = torch.zeros(1, 1)
    limit = float(objective.head(z)[0, 0] - objective.decision_function(z)[0])
    if limit == 0:
        reason = "# The output is a score, so the boundary is 0; 0.5 is for probabilities."
    elif Kind.PROBABILITY in objective.head.emits:
        reason = "# The output is a probability, so the boundary is 0.5; 0 is for raw scores."
    else:
        reason = "# The targets were 0 and 1, so the boundary is halfway, at 0.5."
    # An argmax over a single column would always answer class 0.
    return [reason, f"predicted = (prediction[:, 0] > {limit:g}).long().numpy()"]


def _write_probabilities(objective: Objective, metric: str) -> list[str]:
    if not objective.gives_probabilities:
        raise OptionError(
            f"metric {metric!r} needs probabilities",
            got=f"{objective.label}, which gives none",
            fix="accuracy or balanced_accuracy",
        )
    is_probability = Kind.PROBABILITY in objective.head.emits
    if objective.width > 1:
        link = "" if is_probability else ".double().softmax(1)"
        if Kind.LOG_PROBABILITY in objective.head.emits:
            link = ".exp()"
        return [f"probability = prediction{link}.numpy()"]
    link = "" if is_probability else ".double().sigmoid()"
    return [
        f"second = prediction[:, 0]{link}",
        "probability = torch.stack([1 - second, second], dim=1).numpy()",
    ]


def _write_ranking(objective: Objective) -> list[str]:
    """Write scores whose order is that of the probabilities."""
    if objective.width == 1:
        return ["ranking = prediction[:, 0].numpy()"]
    if objective.task == "binary":
        return ["ranking = (prediction[:, 1] - prediction[:, 0]).numpy()"]
    if objective.gives_probabilities:
        return [*_write_probabilities(objective, "auc"), "ranking = probability"]
    return ["ranking = prediction.numpy()"]
