"""What a path is judged by."""

from losslab.core.errors import OptionError
from losslab.data.spec import Dataset
from losslab.metrics.catalog import METRICS
from losslab.metrics.choice import MetricChoice, default_metric
from losslab.metrics.spec import Metric
from losslab.objectives.objective import Objective

# Shown beside the ranking metric: what sees a change of the model that no class shows yet.
BESIDE = ("log_loss", "rmse")


def metric_for(name: str | None, data: Dataset, objective: Objective) -> MetricChoice:
    """The metric to choose by: the one asked for, or the task's own.

    Raises:
        OptionError: if it can't be computed from what the networks predict.
    """
    choice = (
        default_metric(data.task, data.y)
        if name is None
        else MetricChoice(metric=METRICS[name], reason="as asked")
    )
    if not computable(choice.metric, objective):
        fitting = [known.name for known in METRICS.values() if computable(known, objective)]
        raise OptionError(
            f"needed a --metric for task {data.task!r} and loss {objective.loss.name!r}",
            got=repr(choice.metric.name),
            fix=f"choose one of {', '.join(fitting)}",
        )
    return choice


def shown_metrics(choice: MetricChoice, objective: Objective) -> tuple[str, ...]:
    """The metric chosen by, and log loss or RMSE where there is one."""
    beside = [name for name in BESIDE if computable(METRICS[name], objective)]
    return tuple(dict.fromkeys([choice.metric.name, *beside]))


def computable(metric: Metric, objective: Objective) -> bool:
    """Whether a network trained for an objective predicts what a metric needs."""
    if objective.task not in metric.tasks:
        return False
    if metric.needs != "probabilities" or objective.gives_probabilities:
        return True
    return metric.accepts_scores and objective.task == "binary"
