"""What a path says about itself."""

from losslab.data.spec import Dataset
from losslab.experiment.amounts import counted
from losslab.experiment.path.settings import PathSettings
from losslab.metrics.choice import MetricChoice
from losslab.objectives.objective import Objective


def about_path(data: Dataset, settings: PathSettings, choice: MetricChoice) -> str:
    """The table, the alphas and the metric in one line."""
    kinds = f", {len(data.classes)} classes" if len(data.classes) > 2 else ""
    return (
        f"{data.name}: {counted(len(data), 'row')}, {counted(data.X.shape[1], 'feature')}, "
        f"target {data.target!r} ({data.task}{kinds}); {settings.kind} at "
        f"{counted(len(settings.alphas), 'alpha')} from {settings.alphas[0]:.3g} to "
        f"{settings.alphas[-1]:.3g}, {counted(settings.seeds, 'repetition')}, judged by "
        f"{choice.metric.label} ({choice.reason})"
    )


def shown_settings(settings: PathSettings) -> dict[str, str]:
    """How the networks were trained, as readers see it."""
    return {
        "hidden": ",".join(map(str, settings.hidden)) or "none",
        "activation": settings.activation,
        "optimizer": settings.optimizer.label,
        "lr": f"{settings.lr:g}",
        "schedule": settings.schedule.label,
        "batch": str(settings.batch_size),
        "epochs": f"{settings.epochs}, the last weights kept",
        "test size": f"{settings.test_size:g}",
        "seed": str(settings.seed),
    }


def unit_of(objective: Objective, target: str) -> str:
    """What a linear model's coefficients count in.

    >>> from losslab.objectives.build import objective
    >>> unit_of(objective("mse", "regression"), "price")
    'price'
    >>> unit_of(objective("bce_with_logits", "binary"), "sold")
    'log-odds'
    """
    if objective.codec.reads == "values":
        return f"log of {target}" if objective.link == "exp" else target
    if objective.gives_probabilities:
        return "log-odds" if objective.width == 1 else "score"
    return "score"
