"""By what a script keeps its best epoch: the same as losslab."""

from dataclasses import dataclass

from losslab.contracts.domain import Kind
from losslab.objectives.objective import Objective
from losslab.report.standalone.criterion import Criterion
from losslab.training.run import Run


@dataclass(frozen=True, kw_only=True)
class EpochScore:
    """The validation score of an epoch; lower is better.

    Args:
        label: what it is called.
        expression: of ``prediction`` and ``truth``, the validation rows' outputs and targets.
        before: lines that come before it.
    """

    label: str
    expression: str
    before: tuple[str, ...] = ()


ROUNDED = "# Where float32 rounds a probability to 0 or 1, a mistake would cost without bound."


def epoch_score(run: Run, criterion: Criterion) -> EpochScore:
    """Choose log loss where there are probabilities, RMSE for values, else the loss itself."""
    objective = run.objective
    own = criterion.call.format(prediction="prediction", target="truth")
    if run.selection == "rmse" and objective.codec.reads == "values":
        return _rmse(objective)
    if run.selection != "log_loss" or not objective.gives_probabilities:
        return EpochScore(label="loss", expression=own)
    # Smoothed targets cost something even where they are met.
    is_log_loss = objective.loss.torch_class is not None and objective.loss.proper
    is_log_loss = is_log_loss and not objective.codec.changed
    if Kind.LOG_PROBABILITY in objective.head.emits:
        by_class = f"nn.functional.nll_loss(prediction, {_codes(objective)})"
        fits = is_log_loss and objective.wrong is None
        return EpochScore(label="log loss", expression=own if fits else by_class)
    if Kind.PROBABILITY not in objective.head.emits:
        expression = own if is_log_loss else _by_link(objective)
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
        expression=f"nn.functional.nll_loss(probability.log(), {_codes(objective)})",
    )


def _rmse(objective: Objective) -> EpochScore:
    predicted = "prediction"
    if objective.loss.inverse_link == "exp" and Kind.LOG_RATE in objective.head.emits:
        predicted = "prediction.exp()"
    return EpochScore(
        label="RMSE, in standard deviations" if objective.codec.fits_scale else "RMSE",
        expression=f"({predicted} - truth).square().mean().sqrt()",
    )


def _by_link(objective: Objective) -> str:
    if objective.width == 1:
        target = "(truth + 1) / 2" if objective.codec.name == "signs" else "truth"
        return f"nn.functional.binary_cross_entropy_with_logits(prediction, {target})"
    return f"nn.functional.cross_entropy(prediction, {_codes(objective)})"


def _codes(objective: Objective) -> str:
    return "truth" if objective.codec.name == "class_index" else "truth.argmax(1)"
