"""Which loss, head and target encoding fit a task: one line each, the usual pairing first."""

from dataclasses import dataclass

from losslab.core.registry import Registry
from losslab.objectives.codecs import class_index, one_hot, signs, standardized, zero_one
from losslab.objectives.heads import identity, sigmoid, softmax

HEADS = Registry("head", [identity.SPEC, sigmoid.SPEC, softmax.SPEC])

CODECS = Registry(
    "target encoding",
    [class_index.SPEC, zero_one.SPEC, signs.SPEC, one_hot.SPEC, standardized.SPEC],
)


@dataclass(frozen=True)
class Pairing:
    """A loss with the head and target encoding that fit it for a task."""

    task: str
    loss: str
    head: str
    codec: str


PAIRINGS = (
    Pairing("binary", "bce_with_logits", "identity", "zero_one"),
    Pairing("binary", "cross_entropy", "identity", "class_index"),
    Pairing("binary", "mse", "sigmoid", "zero_one"),
    Pairing("binary", "mse", "softmax", "one_hot"),
    Pairing("binary", "mse", "identity", "zero_one"),
    Pairing("binary", "l1", "sigmoid", "zero_one"),
    Pairing("binary", "l1", "softmax", "one_hot"),
    Pairing("binary", "l1", "identity", "zero_one"),
    Pairing("binary", "hinge", "identity", "signs"),
    Pairing("multiclass", "cross_entropy", "identity", "class_index"),
    Pairing("multiclass", "mse", "softmax", "one_hot"),
    Pairing("multiclass", "mse", "identity", "one_hot"),
    Pairing("multiclass", "l1", "softmax", "one_hot"),
    Pairing("multiclass", "l1", "identity", "one_hot"),
    Pairing("regression", "mse", "identity", "standardized"),
    Pairing("regression", "l1", "identity", "standardized"),
    Pairing("count", "mse", "identity", "standardized"),
    Pairing("count", "l1", "identity", "standardized"),
)

TASKS = ("binary", "multiclass", "regression", "count")

# What a user's own loss is given unless a head says otherwise.
OWN_LOSS_CODECS = {
    "binary": "zero_one",
    "multiclass": "one_hot",
    "regression": "standardized",
    "count": "standardized",
}


def pairings(task: str, loss: str) -> tuple[Pairing, ...]:
    """The listed pairings of a loss for a task, the usual one first."""
    return tuple(pair for pair in PAIRINGS if (pair.task, pair.loss) == (task, loss))


def losses_for(task: str) -> tuple[str, ...]:
    """The names of the losses that fit a task, in reading order."""
    return tuple(dict.fromkeys(pair.loss for pair in PAIRINGS if pair.task == task))


def written_width(pair: Pairing) -> str:
    """How many outputs a pairing needs, with ``K`` for the number of classes.

    >>> written_width(Pairing("binary", "mse", "softmax", "one_hot"))
    '2'
    """
    if not CODECS[pair.codec].per_class:
        return "1"
    return "2" if pair.task == "binary" else "K"
