"""The network, its optimizer and its penalty in code."""

from collections.abc import Mapping
from itertools import pairwise
from textwrap import wrap

from losslab.contracts.domain import EVERY_KIND, Kind
from losslab.losses.spec import Loss
from losslab.objectives.objective import Objective
from losslab.objectives.spec import Head
from losslab.report.script.criterion import Criterion
from losslab.report.script.extraction import Extract, extract
from losslab.report.script.syntax import call, keywords
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS, PENALTIES
from losslab.training.run import Run

# How far a unit of a steady gradient moves each weight, by optimizer; the metric of the step.
_MOMENTS = (
    'square = state["exp_avg_sq"] / (1 - group["betas"][1] ** state["step"].item())',
    'size = group["lr"] / (square.sqrt() + group["eps"])',
)
_SIZES = {
    "sgd": ('size = group["lr"] / (1 - group["momentum"])',),
    "adam": _MOMENTS,
    "adamw": _MOMENTS,
    "rmsprop": (
        'scale = state["square_avg"].sqrt() + group["eps"]',
        'size = group["lr"] / (1 - group["momentum"]) / scale',
    ),
}
_L1 = "weights.copy_((weights.abs() - size * {l1}).clamp(min=0) * weights.sign())"
_L2 = "weights /= 1 + size * {l2}"
_GROUPS = (
    "# All weights of an input feature shrink as one. Newton's method finds how long they will be.",
    "columns, pull = weights.T.double(), (size * {alpha} * torch.ones_like(weights)).T.double()",
    "length = columns.norm(dim=1, keepdim=True) - pull.amax(1, keepdim=True)",
    "length.clamp_(min=0)",
    "for _ in range(12):",
    "    squares = (columns / (length + pull)) ** 2",
    "    total = squares.sum(1, keepdim=True)",
    "    gradient = (squares / (length + pull)).sum(1, keepdim=True)",
    "    step = (total.sqrt() - 1) * total / gradient",
    "    length = torch.where(step.isfinite(), (length + step).clamp(min=0), length)",
    "weights.copy_((columns * length / (length + pull)).T)",
)


def write_penalty(run: Run) -> str | None:
    """The function ``shrink(model, optimizer)`` of a script; None without a penalty.

    Example
        >>> made = Run(loss="mse", task="binary", penalty="l1", alpha=0.01)
        >>> "size * 0.01" in write_penalty(made)
        True
    """
    if run.penalty == "none" or not run.alpha:
        return None
    spec = PENALTIES[run.penalty]
    numbers = _numbers(run)
    lines = _lines(run, numbers)
    needs_state = any("state[" in line for line in lines)
    layers = "layers[:1]" if spec.on == "the first layer" else "layers"
    return "\n".join(
        [
            "@torch.no_grad()",
            "def shrink(model, optimizer):",
            f'    """Take the proximal step of the penalty {run.penalty} with alpha {run.alpha:g}.',
            "",
            f"    It {spec.summary}. Biases are left alone.",
            '    """',
            "    (group,) = optimizer.param_groups",
            "    layers = [layer for layer in model if isinstance(layer, nn.Linear)]",
            f"    for weights in [layer.weight for layer in {layers}]:",
            *(["        state = optimizer.state[weights]"] if needs_state else []),
            *("        " + line.format(**numbers) for line in lines),
        ]
    )


def _lines(run: Run, numbers: Mapping[str, str]) -> tuple[str, ...]:
    """What happens to the weights of one layer."""
    sizes = _SIZES[run.optimizer]
    if run.penalty == "weight_decay":
        return ('weights /= 1 + group["lr"] * {alpha}',)
    if run.penalty == "group_lasso":
        return (*sizes, *_GROUPS)
    parts = {"l1": _L1, "l2": _L2}
    return (*sizes, *(line for name, line in parts.items() if float(numbers[name])))


def _numbers(run: Run) -> dict[str, str]:
    spec = PENALTIES[run.penalty]
    alpha, ratio = spec.kernel.numbers(run.alpha, spec.bind(run.penalty_params))
    return {"alpha": repr(alpha), "l1": repr(alpha * ratio), "l2": repr(alpha * (1 - ratio))}


MADE = {
    Kind.PROBABILITY: "probabilities",
    Kind.LOG_PROBABILITY: "logarithms of probabilities",
    Kind.UNIT_VECTOR: "vectors of length 1",
}
MARGIN = 94  # of 100, beside the indent and the comment sign


def write_layers(run: Run) -> list[str]:
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


def extract_head(head: Head) -> Extract:
    """The definition of the head's module where PyTorch has none, with what it imports."""
    if head.defined is None:
        return Extract(home="")
    return extract(head.defined)


def explain_head(objective: Objective, criterion: Criterion) -> list[str]:
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


def write_optimizer(run: Run) -> str:
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
    name = getattr(spec.torch_type, "__name__", run.optimizer)
    arguments = ["model.parameters()", *keywords({"lr": run.lr, **settings})]
    return call(f"optimizer = torch.optim.{name}", arguments, indent=4)
