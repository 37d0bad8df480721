"""The network of a script, its optimizer and its penalty."""

from itertools import pairwise
from textwrap import wrap
from typing import Any

from losslab.contracts.domain import ALL_KINDS, Kind
from losslab.losses.spec import Loss
from losslab.objectives.objective import Objective
from losslab.report.script.criterion import Criterion
from losslab.report.script.extraction import Extract, extract, shorten_docstring
from losslab.report.script.syntax import format_call, format_keywords
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS, PENALTIES
from losslab.training.run import Run

EMISSIONS = {
    Kind.PROBABILITY: "probabilities",
    Kind.LOG_PROBABILITY: "logarithms of probabilities",
    Kind.UNIT_VECTOR: "vectors of length 1",
}
COMMENT_WIDTH = 94  # of 100, beside the indent and the comment sign


def write_penalty(run: Run) -> Extract | None:
    """Write the function ``apply_penalty(model, optimizer)`` of a script; None without a penalty.

    The proximal step and its step sizes are losslab's own functions, copied.

    Examples:
        >>> run = Run(loss="mse", task="binary", penalty="l1", alpha=0.01)
        >>> [block.splitlines()[0] for block in write_penalty(run).blocks[-1:]]
        ['@torch.no_grad()']
    """
    if run.penalty == "none" or not run.alpha:
        return None
    penalty, optimizer = PENALTIES[run.penalty], OPTIMIZERS[run.optimizer]
    functions: list[Any] = [optimizer.step_sizes, penalty.proximal_step]
    step_sizes, proximal_step = (function.__name__ for function in functions)
    found = extract(*functions)
    states = ["None" if n is None else f'state["{n}"].T' for n in optimizer.torch_state]
    reads_state = any(optimizer.torch_state)
    has_betas = "beta2" in optimizer.settings
    arguments = [
        f"({', '.join(states)}{',' if len(states) == 1 else ''})",
        "settings" if has_betas else "group",
        "lr",
        'state["step"].double()' if reads_state else "None",
    ]
    settings = penalty.bind(run.penalty_params)
    taken = ["weights", "sizes", "lr", *format_keywords({"alpha": run.alpha, **settings})]
    description = f"It {penalty.summary}. Biases are not penalized."
    lines = [
        "@torch.no_grad()",
        "def apply_penalty(model, optimizer):",
        f'    """Apply the penalty {run.penalty} with alpha {run.alpha:g}, by a proximal step.',
        "",
        *(f"    {line}" for line in wrap(description, COMMENT_WIDTH)),
        '    """',
        "    (group,) = optimizer.param_groups",
        *(['    settings = {**group, "beta2": group["betas"][1]}'] if has_betas else []),
        "    layers = [layer for layer in model if isinstance(layer, nn.Linear)]",
        f"    for layer in layers{'[:1]' if penalty.on == 'the first layer' else ''}:",
        "        weights = layer.weight.T  # (inputs, outputs)",
        '        lr = weights.new_tensor(group["lr"])',
        *(["        state = optimizer.state[layer.weight]"] if reads_state else []),
        format_call(f"sizes = {step_sizes}", arguments, indent=8),
        format_call(proximal_step, taken, indent=8),
    ]
    blocks = [*map(shorten_docstring, found.blocks), "\n".join(lines)]
    return Extract(imports=found.imports, blocks=blocks, names=found.names)


def write_layers(run: Run) -> list[str]:
    """Write the modules of the ``nn.Sequential``, in order."""
    activation = f"nn.{ACTIVATIONS[run.activation].module().__class__.__name__}()"
    widths = [*map(str, run.hidden), str(run.objective.width)]
    lines = [f"nn.Linear(n_features, {widths[0]})"]
    for inputs, outputs in pairwise(widths):
        lines += [activation, f"nn.Linear({inputs}, {outputs})"]
    if not _is_raw(run.objective):
        lines.append(run.objective.head.torch_class.removeprefix("torch."))
    return lines


def explain_head(objective: Objective, criterion: Criterion) -> list[str]:
    """Explain in a comment why the network ends as it does."""
    reason = _explain_activation(objective, criterion)
    if objective.wrong is not None:
        reason = f"Wrong on purpose: {objective.wrong}."
    return wrap(reason + _explain_call(objective.loss), COMMENT_WIDTH)


def _is_raw(objective: Objective) -> bool:
    return objective.head.name == "identity"


def _explain_activation(objective: Objective, criterion: Criterion) -> str:
    loss, head = objective.loss, objective.head
    if not _is_raw(objective):
        module = head.torch_class.removeprefix("torch.nn.").partition("(")[0]
        values = EMISSIONS.get(head.emits[0], f"values in {head.reaches}")
        return f"{module} gives {values}, and {criterion.label} takes them as they are."
    if loss.inverse_link:
        return f"No {loss.inverse_link} at the end: {criterion.label} takes it itself, safely."
    if loss.prediction.kinds == ALL_KINDS:
        return f"No activation at the end: {criterion.label} reads the outputs as they are."
    if loss.prediction.kinds == (Kind.SCORES,):
        return f"No activation at the end: {criterion.label} needs scores of any size and sign."
    if objective.codec.reads == "values":
        return "No activation at the end: it would clip some of the values to be predicted."
    return "No activation at the end: the outputs are fitted to the targets 0 and 1 directly."


def _explain_call(loss: Loss) -> str:
    """Explain an unusual way of calling a PyTorch class."""
    if loss.torch_class is None:
        return ""
    if loss.pair_label is not None:
        return " A third argument of 1 says that an output and its target belong together."
    if loss.over_outputs == "sum":
        return " Its plain mean would divide by the number of classes too, batchmean does not."
    return ""


def write_optimizer(run: Run) -> str:
    """Write the optimizer with the settings that are not defaults."""
    spec = OPTIMIZERS[run.optimizer]
    bound: dict[str, Any] = spec.bind(run.optimizer_params)
    settings = {name: value for name, value in bound.items() if value != spec.settings[name]}
    if settings.keys() & {"beta1", "beta2"}:
        # torch takes the two as one pair, after the other settings.
        for name in ("beta1", "beta2"):
            settings.pop(name, None)
        settings["betas"] = (bound["beta1"], bound["beta2"])
    if "nesterov" in settings:
        settings["nesterov"] = bool(settings["nesterov"])
    name = getattr(spec.torch_type, "__name__", run.optimizer)
    arguments = ["model.parameters()", *format_keywords({"lr": run.lr, **settings})]
    return format_call(f"optimizer = torch.optim.{name}", arguments, indent=4)
