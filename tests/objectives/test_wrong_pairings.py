"""The pairing mistakes people make daily: refused with the fix, or computed as PyTorch would."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from losslab import objective
from losslab.core.errors import ContractError, LosslabError, ObjectiveError
from losslab.data.split import SplitPlan, make_splits
from losslab.training.engines.fleet import train
from losslab.training.run import Run

N_CLASSES = {"binary": 2, "multiclass": 3}
NOT_LOGARITHMS = "needs log-probabilities, but got"

# The pairing, and what PyTorch's own functions make of the last layer's output.
HEADS_THAT_DO_NOT_FIT = {
    "relu into nll": (
        ("nll", "multiclass", "relu"),
        f"loss 'nll' {NOT_LOGARITHMS} values of 0 and more from head 'relu'.",
        "use head 'log_softmax'",
        lambda z, labels: functional.nll_loss(z.relu(), labels),
    ),
    "relu into kl_div": (
        ("kl_div", "multiclass", "relu"),
        f"loss 'kl_div' {NOT_LOGARITHMS} values of 0 and more from head 'relu'.",
        "use head 'log_softmax'",
        lambda z, labels: functional.kl_div(z.relu(), hot(labels), reduction="batchmean"),
    ),
    "probabilities into nll": (
        ("nll", "binary", "softmax"),
        f"loss 'nll' {NOT_LOGARITHMS} probabilities from head 'softmax'.",
        "use head 'log_softmax'",
        lambda z, labels: functional.nll_loss(z.softmax(1), labels),
    ),
    "probabilities into kl_div": (
        ("kl_div", "binary", "softmax"),
        f"loss 'kl_div' {NOT_LOGARITHMS} probabilities from head 'softmax'.",
        "use head 'log_softmax'",
        lambda z, labels: functional.kl_div(z.softmax(1), hot(labels, 2), reduction="batchmean"),
    ),
    "scores into nll": (
        ("nll", "multiclass", "identity"),
        f"loss 'nll' {NOT_LOGARITHMS} scores, values or log-rates from head 'identity'.",
        "use head 'log_softmax'",
        functional.nll_loss,
    ),
    "softmax into cross_entropy": (
        ("cross_entropy", "multiclass", "softmax"),
        "loss 'cross_entropy' needs raw scores, but got probabilities from head 'softmax'.",
        "use head 'identity'",
        lambda z, labels: functional.cross_entropy(z.softmax(1), labels),
    ),
    "softmax into focal": (
        ("focal", "multiclass", "softmax"),
        "loss 'focal' needs raw scores, but got probabilities from head 'softmax'.",
        "use head 'identity'",
        lambda z, labels: focal_of(
            functional.cross_entropy(z.softmax(1), labels, reduction="none")
        ),
    ),
    "sigmoid into bce_with_logits": (
        ("bce_with_logits", "binary", "sigmoid"),
        "loss 'bce_with_logits' needs raw scores, but got probabilities from head 'sigmoid'.",
        "use head 'identity'",
        lambda z, labels: functional.binary_cross_entropy_with_logits(z.sigmoid(), column(labels)),
    ),
    "relu into hinge": (
        ("hinge", "binary", "relu"),
        "loss 'hinge' needs raw scores, but got values of 0 and more from head 'relu'.",
        "use head 'identity'",
        lambda z, labels: (1 - (2 * column(labels) - 1) * z.relu()).clamp(min=0).mean(),
    ),
    "identity into bce": (
        ("bce", "binary", "identity"),
        "loss 'bce' needs probabilities, but got scores, values or log-rates from head 'identity'.",
        "use head 'sigmoid'",
        lambda z, labels: functional.binary_cross_entropy(z, column(labels)),
    ),
    "relu into mse of standardised values": (
        ("mse", "regression", "relu"),
        "task 'regression' needs a head for values of any size, the range of target "
        "encoding 'standardized', but got values of 0 and more from head 'relu'.",
        "use head 'identity'",
        lambda z, labels: functional.mse_loss(z.relu(), column(labels)),
    ),
    "exp into poisson_nll": (
        ("poisson_nll", "count", "exp"),
        "loss 'poisson_nll' needs log-rates, but got values of 0 and more from head 'exp'.",
        "use head 'identity'",
        lambda z, labels: functional.poisson_nll_loss(z.exp(), column(labels)),
    ),
    "scores into cosine_embedding": (
        ("cosine_embedding", "multiclass", "relu"),
        "loss 'cosine_embedding' needs unit vectors, "
        "but got values of 0 and more from head 'relu'.",
        "use head 'normalize'",
        lambda z, labels: functional.cosine_embedding_loss(
            z.relu(), hot(labels), torch.ones(len(z))
        ),
    ),
}
EVERY_MISFIT = pytest.mark.parametrize(
    ("pairing", "message", "fix", "plain"),
    HEADS_THAT_DO_NOT_FIT.values(),
    ids=list(HEADS_THAT_DO_NOT_FIT),
)


def hot(labels, n_classes=3):
    return functional.one_hot(labels, n_classes).double()


def column(labels):
    return labels.double().unsqueeze(1)


def focal_of(cost):
    """Focal loss with gamma 2 from the cross-entropy of each row."""
    return ((1 - (-cost).exp()) ** 2 * cost).mean()


def build(pairing, **options):
    loss, task, head = pairing
    return objective(loss, task, head, n_classes=N_CLASSES.get(task), **options)


@EVERY_MISFIT
def test_a_head_that_does_not_fit_is_refused_with_the_fix(pairing, message, fix, plain):
    with pytest.raises(ObjectiveError) as caught:
        build(pairing)
    assert str(caught.value) == f"{message}\n  fix: {fix}"
    (right,) = [part for part in fix.split("'") if part in ("identity", "sigmoid")] or [
        fix.split("'")[1]
    ]
    assert objective(*pairing[:2], right, n_classes=N_CLASSES.get(pairing[1])).wrong is None


@EVERY_MISFIT
def test_unchecked_it_computes_what_plain_pytorch_would(pairing, message, fix, plain):
    built = build(pairing, unchecked=True)
    assert message == f"{built.wrong}."
    labels = torch.arange(12) % N_CLASSES.get(pairing[1], 5)
    # Between 0 and 1, where even the binary cross-entropy of raw outputs has a value.
    z = torch.rand(12, built.width, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    z.requires_grad_()
    ours = built(z, built.codec.encode(labels, torch.float64))
    theirs = plain(z, labels)
    torch.testing.assert_close(ours, theirs)
    gradients = [torch.autograd.grad(loss, z)[0] for loss in (ours, theirs)]
    torch.testing.assert_close(*gradients)


@EVERY_MISFIT
def test_unchecked_it_trains_alike_in_both_engines(pairing, message, fix, plain):
    loss, task, head = pairing
    generator = np.random.default_rng(0)
    X = generator.normal(size=(60, 3))
    y = np.argsort(np.argsort(X[:, 0])) * N_CLASSES.get(task, 6) // 60
    if task not in N_CLASSES:
        y = y.astype(float)
    run = Run(
        loss=loss,
        task=task,
        head=head,
        n_classes=N_CLASSES.get(task),
        hidden=(4,),
        epochs=2,
        batch_size=16,
        dtype="float64",
        unchecked=True,
    )
    splits = make_splits(y, task, SplitPlan(n_splits=3))
    runs = [run, Run(**{**vars_of(run), "seed": 1})]
    results = [
        sorted(train(runs, X, y, splits, engine=engine), key=lambda result: result.run.seed)
        for engine in ("stacked", "trainer")
    ]
    for stacked, looped in zip(*results, strict=True):
        assert stacked.objective.wrong is not None
        np.testing.assert_allclose(stacked.train_loss, looped.train_loss, rtol=1e-8)
        np.testing.assert_allclose(stacked.test_output, looped.test_output, rtol=1e-7)


def vars_of(run):
    return {name: getattr(run, name) for name in type(run).__dataclass_fields__}


Z = torch.tensor([[0.3, -1.2], [2.0, 0.4], [-0.7, 0.1]])
ONE = Z[:, :1]
TENSORS_OUTSIDE_THE_CONTRACT = {
    "integer targets into mse": (
        ("mse", "regression", "identity"),
        (ONE, torch.tensor([[0], [1], [2]])),
        "loss 'mse' needs a floating-point target (float value or probability in (-inf, inf), "
        "shape (...)), but got dtype torch.int64.",
        "target.float()",
        functional.mse_loss,
    ),
    "(N, 1) against (N,)": (
        ("mse", "regression", "identity"),
        (ONE, torch.tensor([0.0, 1.0, 2.0])),
        "loss 'mse' needs a prediction and a target of the same shape, "
        "but got prediction (3, 1) and target (3,).",
        "target.reshape(-1, 1)",
        lambda z, target: (z - target).square().mean(),
    ),
    "(N,) against (N, 1)": (
        ("l1", "binary", "identity"),
        (ONE, torch.tensor([0.0, 1.0, 1.0])),
        "loss 'l1' needs a prediction and a target of the same shape, "
        "but got prediction (3, 1) and target (3,).",
        "target.reshape(-1, 1)",
        lambda z, target: (z - target).abs().mean(),
    ),
    "signs where 0 and 1 are due": (
        ("bce_with_logits", "binary", "identity"),
        (ONE, torch.tensor([[-1.0], [1.0], [1.0]])),
        "loss 'bce_with_logits' needs a target that is float probability in [0, 1], shape (...), "
        "but got values from -1 to 1.",
        "turn signs into 0/1: (target + 1) / 2; scale 0..255 masks by 1/255",
        functional.binary_cross_entropy_with_logits,
    ),
    "0 and 1 where signs are due": (
        ("squared_hinge", "binary", "identity"),
        (ONE, torch.tensor([[0.0], [1.0], [1.0]])),
        "loss 'squared_hinge' needs a target that is float signs in {-1, 1}, shape (...), "
        "but got values from 0 to 1.",
        "turn 0/1 labels into signs: 2 * target - 1",
        lambda z, target: (1 - target * z).clamp(min=0).square().mean(),
    ),
    "negative counts": (
        ("poisson_nll", "count", "identity"),
        (ONE, torch.tensor([[-1.0], [2.0], [0.0]])),
        "loss 'poisson_nll' needs a target that is float value in [0, inf), shape (...), "
        "but got values from -1 to 2.",
        "counts start at 0: drop or fix negative ones, or use a loss for regression",
        functional.poisson_nll_loss,
    ),
    "targets of kl_div that are no distributions": (
        ("kl_div", "binary", "log_softmax"),
        (Z, torch.tensor([[1.0, 1.0], [0.0, 1.0], [0.5, 0.5]])),
        "loss 'kl_div' needs a target that is float probability in [0, 1], summing to 1, "
        "shape (..., K), but got rows whose numbers sum to 1 up to 2.",
        "one probability per class: torch.nn.functional.one_hot(labels, K).float()",
        lambda z, target: functional.kl_div(z.log_softmax(1), target, reduction="batchmean"),
    ),
    "labels outside 0 to K - 1": (
        ("cross_entropy", "binary", "identity"),
        (Z, torch.tensor([0, 1, 2])),
        "loss 'cross_entropy' needs class indices from 0 to 1, for 2 outputs, "
        "but got values from 0 to 2.",
        "number the classes from 0, and give the last layer one output per class",
        None,
    ),
}


@pytest.mark.parametrize(
    ("pairing", "tensors", "message", "fix", "plain"),
    TENSORS_OUTSIDE_THE_CONTRACT.values(),
    ids=list(TENSORS_OUTSIDE_THE_CONTRACT),
)
def test_tensors_outside_the_contract_are_refused_or_taken_as_plain_pytorch_takes_them(
    pairing, tensors, message, fix, plain
):
    with pytest.raises(ContractError) as caught:
        build(pairing).check(*tensors)
    assert str(caught.value) == f"{message}\n  fix: {fix}"
    taken = build(pairing, unchecked=True)
    assert taken.wrong is None
    taken.check(*tensors)
    if plain is None:  # PyTorch itself has no answer
        with pytest.raises((RuntimeError, IndexError)):
            taken(*tensors)
        return
    torch.testing.assert_close(taken(*tensors), plain(*tensors))


def test_negative_counts_never_reach_a_fleet():
    run = Run(loss="poisson_nll", task="count", hidden=(), epochs=1)
    X, y = np.ones((3, 1)), np.array([1.0, -2.0, 3.0])
    with pytest.raises(LosslabError) as caught:
        next(train([run], X, y))
    assert str(caught.value) == (
        "target encoding 'counts' needs labels in [0, inf), but got values from -2 to 3.\n"
        "  fix: counts start at 0: drop or fix negative ones, or use task 'regression'"
    )
    admitted = Run(loss="poisson_nll", task="count", hidden=(), epochs=1, unchecked=True)
    assert np.isfinite(next(train([admitted], X, y)).train_loss).all()
