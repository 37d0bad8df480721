"""The penalty of a script: a function that takes its proximal step after each optimizer step."""

from collections.abc import Mapping

from losslab.training.catalog import PENALTIES
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
    "    slope = (squares / (length + pull)).sum(1, keepdim=True)",
    "    step = (total.sqrt() - 1) * total / slope",
    "    length = torch.where(step.isfinite(), (length + step).clamp(min=0), length)",
    "weights.copy_((columns * length / (length + pull)).T)",
)


def penalty_block(run: Run) -> str | None:
    """The function ``shrink(model, optimizer)`` of a script; None without a penalty.

    Example
        >>> made = Run(loss="mse", task="binary", penalty="l1", alpha=0.01)
        >>> "size * 0.01" in penalty_block(made)
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
