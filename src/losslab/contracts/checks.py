"""Checks of predictions and targets against the domains of a loss, with suggested fixes."""

from torch import Tensor

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import NON_NEGATIVE, REALS, UNIT
from losslab.core.errors import ContractError


def suggest_class_fix(prediction: Tensor, target: Tensor) -> str:
    """Suggest code that turns targets into one class index per row."""
    if prediction.ndim and target.shape == (*prediction.shape[:-1], 1):
        cast = ".long()" if target.is_floating_point() else ""
        return f"target.squeeze(-1){cast}, one class index per row"
    if prediction.shape == target.shape:
        return "target.argmax(-1) turns one-hot rows into class indices"
    if prediction.ndim > 2 and target.shape == prediction.shape[:1] + prediction.shape[2:]:
        return "prediction.movedim(1, -1): the classes come last, unlike in PyTorch"
    return "pass one score per class and one class index per row: prediction (N, K), target (N,)"


def suggest_same_shape_fix(prediction: Tensor, target: Tensor) -> str:
    """Suggest code that gives a floating-point target the shape of the prediction.

    Examples:
        >>> import torch
        >>> suggest_same_shape_fix(torch.zeros(32, 1), torch.zeros(32)), suggest_same_shape_fix(
        ...     torch.zeros(32, 1), torch.zeros(32).long()
        ... )
        ('target.reshape(-1, 1)', 'target.float().reshape(-1, 1)')
    """
    first = _infer_first_class(prediction, target)
    if first is not None:
        codes = "target.long().flatten()" + (f" - {first}" if first else "")
        n_classes = prediction.shape[1]
        return f"torch.nn.functional.one_hot({codes}, {n_classes}).float(), one column per class"
    if prediction.numel() != target.numel():
        return "pass tensors of one shape, (rows, outputs); nothing is broadcast"
    if prediction.ndim == 0:
        return "squeeze(-1) in the model; squeeze() drops every axis of a single row"
    cast = "" if target.is_floating_point() else ".float()"
    if target.ndim and len(target) == len(prediction):
        # -1 for the rows, since batches differ in size.
        sizes = ", ".join(map(str, (-1, *prediction.shape[1:])))
        return f"target{cast}.reshape({sizes})"
    return f"target{cast}.reshape({tuple(prediction.shape)}), or reshape the prediction likewise"


def _infer_first_class(prediction: Tensor, target: Tensor) -> int | None:
    """Return the first class index, 0 or 1, if targets seem to be class codes."""
    rows, outputs = prediction.shape if prediction.ndim == 2 else (0, 0)
    if not rows or outputs < 2 or tuple(target.shape) not in ((rows,), (rows, 1)):
        return None
    codes = target.double()
    if not bool(((codes == codes.round()) & codes.isfinite()).all()):
        return None
    least, most = int(codes.min()), int(codes.max())
    if least >= 0 and most < outputs:
        return 0
    return 1 if least >= 1 and most == outputs else None


def check_shapes(owner: str, prediction: Tensor, target: Tensor, *, over_outputs: bool) -> None:
    """Refuse shapes that would broadcast.

    Args:
        owner: what has the contract, for errors: "loss 'mse'".
        prediction: any tensor.
        target: any tensor.
        over_outputs: whether the target has one entry for each row of ``K`` predictions: the
            prediction is ``(..., K)`` and the target ``(...)``. Otherwise their shapes are equal.
    """
    expected = prediction.shape[:-1] if over_outputs else prediction.shape
    if (not over_outputs or prediction.ndim) and target.shape == expected:
        return
    if over_outputs:
        needed = f"{owner} needs a prediction (..., K) and a target of its shape without K"
        fix = suggest_class_fix(prediction, target)
    else:
        needed = f"{owner} needs a prediction and a target of the same shape"
        fix = suggest_same_shape_fix(prediction, target)
    raise ContractError(
        needed,
        got=f"prediction {tuple(prediction.shape)} and target {tuple(target.shape)}",
        fix=fix,
    )


def check_domain(owner: str, role: str, x: Tensor, domain: Domain) -> None:
    """Refuse a dtype or values outside ``domain``."""
    if not domain.accepts_dtype(x.dtype):
        wanted = "an int64" if domain.integer else "a floating-point"
        cast = f"{role}.long()" if domain.integer else f"{role}.float()"
        raise ContractError(
            f"{owner} needs {wanted} {role} ({domain})", got=f"dtype {x.dtype}", fix=cast
        )
    if x.numel() and x not in domain:
        raise ContractError(
            f"{owner} needs a {role} that is {domain}",
            got=_describe_values(x, domain),
            fix=_suggest_value_fix(role, domain),
        )


def check_class_index(owner: str, target: Tensor, n_classes: int) -> None:
    """Refuse class indices outside ``0..n_classes-1``."""
    if target.numel() and not 0 <= int(target.min()) <= int(target.max()) < n_classes:
        outputs = "1 output" if n_classes == 1 else f"{n_classes} outputs"
        raise ContractError(
            f"{owner} needs class indices from 0 to {n_classes - 1}, for {outputs}",
            got=_describe_range(target),
            fix="number the classes from 0, and give the last layer one output per class",
        )


def check_pair_label(owner: str, vectors: Tensor, label: Tensor, domain: Domain | None) -> None:
    """Refuse a label that the loss does not take, or labels other than one per pair."""
    if domain is None:
        raise ContractError(
            f"{owner} needs a prediction and a target, nothing else",
            got="a third tensor",
            fix="leave it out; pairs of vectors with a label are for 'cosine_embedding'",
        )
    if label.shape != vectors.shape[:-1]:
        raise ContractError(
            f"{owner} needs pairs of vectors (..., K) and one label per pair, of shape (...)",
            got=f"vectors {tuple(vectors.shape)} and labels {tuple(label.shape)}",
            fix="one 1 (alike) or -1 (not alike) for each pair",
        )
    # Integers are accepted: labels are only compared.
    check_domain(owner, "label", label.double(), domain)


def _describe_values(x: Tensor, domain: Domain) -> str:
    if not domain.sums_to_one or x not in domain.within:
        return _describe_range(x)
    sums = domain.sum_rows(x)
    least, most = sums.min().item(), sums.max().item()
    each = "exponentials" if Kind.LOG_PROBABILITY in domain.kinds else "numbers"
    return f"rows whose {each} sum to {least:g}" + (f" up to {most:g}" if most > least else "")


def _describe_range(x: Tensor) -> str:
    if x.is_floating_point() and not x.isfinite().all():
        count = int((~x.isfinite()).sum())
        return "1 value that is not finite" if count == 1 else f"{count} values that are not finite"
    return f"values from {x.min().item():g} to {x.max().item():g}"


def _suggest_value_fix(role: str, domain: Domain) -> str:
    if domain.points == (-1.0, 1.0):
        return f"turn 0/1 labels into signs: 2 * {role} - 1"
    if Kind.LOG_PROBABILITY in domain.kinds:
        return "end the model in torch.nn.LogSoftmax(-1), fed with raw scores"
    if domain.sums_to_one:
        return "one probability per class: torch.nn.functional.one_hot(labels, K).float()"
    if domain.within == UNIT and role == "prediction":
        return "end the model in torch.nn.Sigmoid(), or give raw scores to a loss that reads them"
    if domain.within == UNIT:
        return "turn signs into 0/1: (target + 1) / 2; scale 0..255 masks by 1/255"
    if domain.within == REALS:
        return "drop or fill in missing values first; a smaller learning rate keeps outputs finite"
    if domain.within == NON_NEGATIVE and not domain.integer:
        return "counts start at 0: drop or fix negative ones, or use a loss for regression"
    return f"bring the values into {domain.within}"
