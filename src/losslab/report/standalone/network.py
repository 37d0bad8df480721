"""The network in code: its layers, its head, and why there is one or none."""

from itertools import pairwise
from textwrap import wrap

from losslab.contracts.domain import EVERY_KIND, Kind
from losslab.losses.spec import Loss
from losslab.objectives.head import Head
from losslab.objectives.objective import Objective
from losslab.report.standalone.criterion import Criterion
from losslab.report.standalone.extraction import Extract, extract
from losslab.report.standalone.literals import call, keywords
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS
from losslab.training.run import Run

MADE = {
    Kind.PROBABILITY: "probabilities",
    Kind.LOG_PROBABILITY: "logarithms of probabilities",
    Kind.UNIT_VECTOR: "vectors of length 1",
}
MARGIN = 94  # of 100, beside the indent and the comment sign


def layer_lines(run: Run) -> list[str]:
    """Write the modules of the ``nn.Sequential``, in order."""
    activation = f"nn.{ACTIVATIONS[run.activation].module().__class__.__name__}()"
    widths = [*map(str, run.hidden), str(run.objective.width)]
    lines = [f"nn.Linear(n_features, {widths[0]})"]
    for inputs, outputs in pairwise(widths):
        lines += [activation, f"nn.Linear({inputs}, {outputs})"]
    head = run.objective.head
    if not _is_raw(run.objective):
        lines.append(head.torch_class.removeprefix("torch."))
    return lines


def head_code(head: Head) -> Extract:
    """The definition of the head's module where PyTorch has none, with what it imports."""
    if head.defined is None:
        return Extract(home="")
    return extract(head.defined)


def head_notes(objective: Objective, criterion: Criterion) -> list[str]:
    """Say in a comment why the network ends as it does."""
    reason = _reason(objective, criterion)
    if objective.wrong is not None:
        reason = f"Wrong on purpose: {objective.wrong}."
    return wrap(reason + _about(objective.loss), MARGIN)


def _is_raw(objective: Objective) -> bool:
    return objective.head.name == "identity"


def _reason(objective: Objective, criterion: Criterion) -> str:
    loss, head = objective.loss, objective.head
    if not _is_raw(objective):
        module = head.torch_class.removeprefix("torch.nn.").partition("(")[0]
        made = MADE.get(head.emits[0], f"values in {head.reaches}")
        return f"{module} makes {made}, and {criterion.shown} takes them as they are."
    if loss.inverse_link:
        return f"No {loss.inverse_link} at the end: {criterion.shown} takes it itself, safely."
    if loss.prediction.kinds == EVERY_KIND:
        return f"No activation at the end: {criterion.shown} reads the outputs as they are."
    if loss.prediction.kinds == (Kind.SCORES,):
        return f"No activation at the end: {criterion.shown} needs scores of any size and sign."
    if objective.codec.reads == "values":
        return "No activation at the end: it would cut off some of the values to be predicted."
    return "No activation at the end: the outputs are fitted to the targets 0 and 1 directly."


def _about(loss: Loss) -> str:
    """What surprises in the way a PyTorch class is called."""
    if loss.torch_class is None:
        return ""
    if loss.pair_label is not None:
        return " A third argument of 1 says that an output and its target belong together."
    if loss.over_outputs == "sum":
        return " Its plain mean would divide by the number of classes too, batchmean does not."
    return ""


def optimizer_line(run: Run) -> str:
    """Write the optimizer with the settings that are not its defaults."""
    spec = OPTIMIZERS[run.optimizer]
    changed: dict[str, object] = {
        name: value
        for name, value in spec.bind(run.optimizer_params).items()
        if value != spec.settings[name]
    }
    if "beta1" in changed or "beta2" in changed:
        both = spec.bind(run.optimizer_params)
        changed["betas"] = (both["beta1"], both["beta2"])
    settings = {name: value for name, value in changed.items() if name not in ("beta1", "beta2")}
    if "nesterov" in settings:
        settings["nesterov"] = bool(settings["nesterov"])
    name = getattr(spec.build, "__name__", run.optimizer)
    arguments = ["model.parameters()", *keywords({"lr": run.lr, **settings})]
    return call(f"optimizer = torch.optim.{name}", arguments, indent=4)
