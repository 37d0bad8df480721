"""Cosine embedding loss: matching vectors should have the same direction."""

import math
from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import REALS, Interval
from losslab.losses.spec import Loss

# Added to squared lengths, as in PyTorch, so that a vector of zeros has a gradient.
EPSILON = 1e-12


def cosine_embedding(
    prediction: Tensor, target: Tensor, pair_label: Tensor | None = None, *, margin: float
) -> Tensor:
    r"""Take one minus the cosine of matching vectors, the cosine above a margin of others.

    Formula:
        .. math:: \ell(a, b, y) = \begin{cases} 1 - \cos(a, b) & y = 1 \\
            \max(0,\; \cos(a, b) - \text{margin}) & y = -1 \end{cases}

    Shape:
        prediction ``(..., K)``, target ``(..., K)``, pair_label ``(...)`` of 1 and -1, all 1 if
        left out -> loss ``(...)``

    Elicits:
        the mean direction of the target

    References:
        Barz and Denzler, "Deep learning on small datasets without pre-training using cosine loss"
        (2020).

    Examples:
        >>> import torch
        >>> a, b = torch.tensor([[2.0, 0.0], [3.0, 4.0]]), torch.tensor([[1.0, 0.0], [1.0, 0.0]])
        >>> cosine_embedding(a, b, margin=0.0)
        tensor([0.0000, 0.4000])
        >>> cosine_embedding(a, b, torch.tensor([-1.0, -1.0]), margin=0.5)
        tensor([0.5000, 0.1000])
    """
    lengths = [(vector.square().sum(-1) + EPSILON).sqrt() for vector in (prediction, target)]
    cosine = (prediction * target).sum(-1) / (lengths[0] * lengths[1])
    if pair_label is None:
        return 1 - cosine
    # Other labels cost nothing, as in PyTorch; the contract refuses them.
    matching = (1 - cosine).where(pair_label == 1, 0.0)
    return matching + (cosine - margin).clamp(min=0).where(pair_label == -1, 0.0)


def kernel(
    prediction: Sequence[float],
    target: Sequence[float],
    gradient: MutableSequence[float],
    params: Sequence[float],
) -> float:
    """Compute the value of one row of label 1; fill ``gradient`` with d value / d prediction."""
    outputs = len(prediction)
    product, squares, other = 0.0, 1e-12, 1e-12  # EPSILON
    for k in range(outputs):
        product += prediction[k] * target[k]
        squares += prediction[k] * prediction[k]
        other += target[k] * target[k]
    lengths = math.sqrt(squares) * math.sqrt(other)
    for k in range(outputs):
        gradient[k] = (product * prediction[k] / squares - target[k]) / lengths
    return 1.0 - product / lengths


SPEC = Loss(
    name="cosine_embedding",
    tasks=("binary", "multiclass"),
    fn=cosine_embedding,
    kernel=kernel,
    prediction=Domain(kinds=(Kind.UNIT_VECTOR,), within=REALS, over_outputs=True),
    target=Domain(kinds=(Kind.UNIT_VECTOR,), within=REALS, over_outputs=True),
    over_outputs="joint",
    elicits="mean direction",
    minimum=0.0,
    gradient_bound=float("inf"),
    torch_class="torch.nn.CosineEmbeddingLoss",
    params={"margin": 0.0},
    param_ranges={"margin": Interval(-1.0, 1.0)},
    pair_label=Domain(kinds=(Kind.SIGNS,), within=Interval(-1.0, 1.0), points=(-1.0, 1.0)),
    formula=r"\ell(a, b, y) = \begin{cases} 1 - \cos(a, b) & y = 1 \\ "
    r"\max(0,\; \cos(a, b) - \text{margin}) & y = -1 \end{cases}",
    reference="Barz and Denzler (2020)",
    summary="One minus the cosine: only the direction of a vector counts, not its length.",
    use_when="outputs are embeddings to be compared by angle: pairs that match or not, or classes "
    "that each have a vector of their own",
    avoid_when="probabilities are wanted, or lengths carry meaning",
    classic_mistake="0/1 labels for pairs: in PyTorch a pair labelled 0 costs nothing at all, so "
    "pairs that don't match are never pushed apart",
    see_also=("cross_entropy", "mse"),
)
