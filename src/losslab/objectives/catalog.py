"""The catalogues of heads and target encodings, and their pairings with losses."""

from dataclasses import dataclass

from losslab.core.registry import Registry
from losslab.objectives.codecs import (
    CLASS_INDEX,
    COUNTS,
    ONE_HOT,
    SIGNS,
    STANDARDIZED,
    ZERO_ONE,
)
from losslab.objectives.heads import (
    exp,
    identity,
    log_softmax,
    normalize,
    relu,
    sigmoid,
    softmax,
    softplus,
    tanh,
)

HEADS = Registry(
    "head",
    [
        identity.SPEC,
        sigmoid.SPEC,
        softmax.SPEC,
        log_softmax.SPEC,
        relu.SPEC,
        softplus.SPEC,
        tanh.SPEC,
        exp.SPEC,
        normalize.SPEC,
    ],
    other_names={
        "none": "identity",
        "linear": "identity",
        "raw": "identity",
        "logits": "identity",
        "logistic": "sigmoid",
        "exponential": "exp",
        "l2_norm": "normalize",
    },
)

CODECS = Registry("target encoding", [CLASS_INDEX, ZERO_ONE, SIGNS, ONE_HOT, STANDARDIZED, COUNTS])


@dataclass(frozen=True)
class Pairing:
    """A loss with a head and a target encoding that fit it in a task."""

    task: str
    loss: str
    head: str
    codec: str


PAIRINGS = (
    Pairing("binary", "bce_with_logits", "identity", "zero_one"),
    Pairing("binary", "bce", "sigmoid", "zero_one"),
    Pairing("binary", "focal", "identity", "zero_one"),
    Pairing("binary", "hinge", "identity", "signs"),
    Pairing("binary", "squared_hinge", "identity", "signs"),
    Pairing("binary", "cross_entropy", "identity", "class_index"),
    Pairing("binary", "nll", "log_softmax", "class_index"),
    Pairing("binary", "kl_div", "log_softmax", "one_hot"),
    Pairing("binary", "multi_margin", "identity", "class_index"),
    Pairing("binary", "cosine_embedding", "normalize", "one_hot"),
    Pairing("binary", "mse", "sigmoid", "zero_one"),
    Pairing("binary", "mse", "softmax", "one_hot"),
    Pairing("binary", "mse", "identity", "zero_one"),
    Pairing("binary", "l1", "sigmoid", "zero_one"),
    Pairing("binary", "l1", "softmax", "one_hot"),
    Pairing("binary", "l1", "identity", "zero_one"),
    Pairing("multiclass", "cross_entropy", "identity", "class_index"),
    Pairing("multiclass", "nll", "log_softmax", "class_index"),
    Pairing("multiclass", "kl_div", "log_softmax", "one_hot"),
    Pairing("multiclass", "focal", "identity", "class_index"),
    Pairing("multiclass", "multi_margin", "identity", "class_index"),
    Pairing("multiclass", "cosine_embedding", "normalize", "one_hot"),
    Pairing("multiclass", "mse", "softmax", "one_hot"),
    Pairing("multiclass", "mse", "identity", "one_hot"),
    Pairing("multiclass", "l1", "softmax", "one_hot"),
    Pairing("multiclass", "l1", "identity", "one_hot"),
    Pairing("regression", "mse", "identity", "standardized"),
    Pairing("regression", "l1", "identity", "standardized"),
    Pairing("regression", "huber", "identity", "standardized"),
    Pairing("regression", "smooth_l1", "identity", "standardized"),
    Pairing("regression", "log_cosh", "identity", "standardized"),
    Pairing("count", "poisson_nll", "identity", "counts"),
    Pairing("count", "mse", "identity", "standardized"),
    Pairing("count", "mse", "exp", "counts"),
    Pairing("count", "mse", "softplus", "counts"),
    Pairing("count", "l1", "identity", "standardized"),
    Pairing("count", "l1", "exp", "counts"),
    Pairing("count", "l1", "softplus", "counts"),
)

# The default loss of each task.
USUAL_LOSS = {
    "binary": "bce_with_logits",
    "multiclass": "cross_entropy",
    "regression": "mse",
    "count": "poisson_nll",
}

# The target encodings of custom losses.
OWN_LOSS_CODECS = {
    "binary": "zero_one",
    "multiclass": "one_hot",
    "regression": "standardized",
    "count": "standardized",
}


def list_pairings(task: str, loss: str) -> tuple[Pairing, ...]:
    """List the pairings of a loss in a task, the default first."""
    return tuple(pair for pair in PAIRINGS if (pair.task, pair.loss) == (task, loss))


def list_losses(task: str) -> tuple[str, ...]:
    """List the names of the losses that fit a task, in the order of the catalogue."""
    return tuple(dict.fromkeys(pair.loss for pair in PAIRINGS if pair.task == task))


def format_width(pair: Pairing) -> str:
    """Format the number of outputs of a pairing, ``K`` for the number of classes.

    Examples:
        >>> format_width(Pairing("binary", "mse", "softmax", "one_hot"))
        '2'
    """
    if not CODECS[pair.codec].per_class:
        return "1"
    return "2" if pair.task == "binary" else "K"
