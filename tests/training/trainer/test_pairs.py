"""Training on pairs of inputs: one model, two vectors, and a label that says if they are alike."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, TensorDataset

from losslab import LOSSES, Trainer
from losslab.core.errors import ContractError, DataError
from trainer_samples import (
    BATCH,
    CODES2,
    EPOCHS,
    ONE_HOT,
    QUIET,
    F,
    K,
    N,
    X,
    network,
    numbers,
    same_weights,
    weights,
)

OTHER = numbers(N, F, seed=7)
LABEL = 2.0 * ((OTHER[:, 0] > 0).long() == CODES2).double() - 1.0
MARGIN = 0.2
CRITERIA = [
    nn.CosineEmbeddingLoss(margin=MARGIN),
    LOSSES["cosine_embedding"].module(margin=MARGIN),
    LOSSES["cosine_embedding"].bind(margin=MARGIN),
]
every_criterion = pytest.mark.parametrize("criterion", CRITERIA, ids=["torch", "module", "loss"])


class Nested(Dataset):
    """Items of the form ((x1, x2), y)."""

    def __len__(self):
        return N

    def __getitem__(self, row):
        return (X[row], OTHER[row]), LABEL[row]


def cost(first, second, label):
    """The formula, by itself."""
    cosine = (first * second).sum(1) / (first.norm(dim=1) * second.norm(dim=1))
    return torch.where(label == 1, 1 - cosine, (cosine - MARGIN).clamp(min=0)).mean()


def by_hand(model, batches, epochs=EPOCHS):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    means = []
    for _ in range(epochs):
        total = 0.0
        for first, second, label in batches:
            optimizer.zero_grad()
            loss = cost(model(first), model(second), label)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(label)
        means.append(total / N)
    return means


FLAT = DataLoader(TensorDataset(X, OTHER, LABEL), batch_size=BATCH)
NESTED = DataLoader(Nested(), batch_size=BATCH)
WHOLE = DataLoader(TensorDataset(X, OTHER, LABEL), batch_size=N)


@every_criterion
@pytest.mark.parametrize("loader", [FLAT, NESTED], ids=["(x1, x2, y)", "((x1, x2), y)"])
def test_pairs_from_a_loader_train_as_a_loop_on_the_formula(criterion, loader):
    plain, trained = network(K), network(K)
    expected = by_hand(plain, FLAT)
    losses = Trainer(trained, criterion, "sgd", 0.1, progress=False).train(loader, EPOCHS)
    np.testing.assert_allclose(losses, expected, rtol=1e-10)
    for a, b in zip(weights(trained), weights(plain), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    "data",
    [
        ((X, OTHER), LABEL),
        (X, OTHER, LABEL),
        ([X.numpy(), OTHER.numpy()], LABEL.long().numpy()),
        ((pd.DataFrame(X.numpy()), pd.DataFrame(OTHER.numpy())), LABEL.tolist()),
    ],
    ids=["nested", "flat", "arrays", "tables"],
)
def test_pairs_may_come_as_whole_arrays(data):
    settings = {"batch_size": N, "progress": False}
    trainer = Trainer(network(K), nn.CosineEmbeddingLoss(margin=MARGIN), "sgd", 0.1, **settings)
    assert trainer.train(data, 2) == pytest.approx(by_hand(network(K), WHOLE, 2), rel=1e-9)


def test_both_inputs_of_a_pair_keep_together_when_arrays_are_shuffled():
    trainer = Trainer(network(K), nn.CosineEmbeddingLoss(), **QUIET)
    losses = trainer.train(((X, X), torch.ones(N)), 3)
    assert losses == pytest.approx([0.0] * 3, abs=1e-9)


@pytest.mark.parametrize("reduction", ["sum", "none"])
@pytest.mark.parametrize("criterion", CRITERIA[:2], ids=["torch", "module"])
def test_other_reductions_report_the_mean_over_pairs(criterion, reduction):
    other = (
        nn.CosineEmbeddingLoss(margin=MARGIN, reduction=reduction)
        if isinstance(criterion, nn.CosineEmbeddingLoss)
        else criterion.loss.module(reduction=reduction)
    )
    expected = Trainer(network(K), criterion, **QUIET).evaluate(FLAT)
    assert Trainer(network(K), other, **QUIET).evaluate(FLAT) == pytest.approx(expected)


class Vectors(nn.Module):
    """Give the input itself as the vector."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return self.scale * x


def at_cosine(cosine):
    return [cosine, (1 - cosine**2) ** 0.5]


@every_criterion
def test_pairs_count_as_alike_beyond_the_cosine_at_which_both_labels_cost_the_same(criterion):
    """1 - c = c - 0.2 at c = 0.6."""
    first = torch.tensor([[1.0, 0.0]] * 4)
    second = torch.tensor([at_cosine(0.61), at_cosine(0.59), at_cosine(0.61), at_cosine(0.59)])
    label = torch.tensor([1, 1, -1, -1])
    _, accuracy = Trainer(Vectors(), criterion, progress=False).evaluate(((first, second), label))
    assert accuracy == 0.5
    label = torch.tensor([1, -1, 1, -1])
    _, accuracy = Trainer(Vectors(), criterion, progress=False).evaluate(((first, second), label))
    assert accuracy == 1.0


def test_training_tells_pairs_apart():
    trainer = Trainer(network(K), nn.CosineEmbeddingLoss(), lr=0.02, **QUIET)
    before = trainer.evaluate(FLAT)
    trainer.train(FLAT, 60)
    after = trainer.evaluate(FLAT)
    assert after[0] < before[0] / 2
    assert after[1] > max(before[1], 0.8)


def test_one_input_at_a_time_is_embedded():
    trainer = Trainer(network(K), nn.CosineEmbeddingLoss(), **QUIET)
    torch.testing.assert_close(trainer.predict(X), trainer.model(X).detach())


def test_losslabs_module_also_takes_a_vector_as_target():
    module = LOSSES["cosine_embedding"].module()
    loss, accuracy = Trainer(network(K), module, **QUIET).evaluate((X, ONE_HOT))
    z = network(K)(X)
    assert loss == pytest.approx(
        float((1 - functional.cosine_similarity(z, ONE_HOT)).mean().detach())
    )
    assert accuracy == pytest.approx(float((z.argmax(1) == ONE_HOT.argmax(1)).double().mean()))


@every_criterion
@pytest.mark.parametrize(
    ("label", "message"),
    [
        (CODES2, "{-1, 1}"),
        (LABEL.unsqueeze(1), "one label per pair"),
        (0.5 * LABEL, "{-1, 1}"),
    ],
)
def test_labels_that_are_no_signs_are_refused_before_any_step(criterion, label, message):
    model = network(K)
    with pytest.raises(ContractError) as caught:
        Trainer(model, criterion, **QUIET).train(((X, OTHER), label), 1)
    assert message in caught.value.needed
    assert same_weights(model, network(K))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (((X, OTHER[1:]), LABEL), "one entry of y for each row of X2"),
        (((X, OTHER), LABEL[1:]), "one entry of y for each row of X1"),
        ([(X, OTHER, LABEL[1:])], "one entry of y of batch 1 for each row of x1 of batch 1"),
        (((X, OTHER * torch.nan), LABEL), "every cell of X2"),
        ((X, OTHER, OTHER, LABEL), "pairs of inputs with a label"),
        ([X], "pairs of inputs with a label"),
        ((X, LABEL), "CosineEmbeddingLoss needs pairs of inputs"),
        ((X, ONE_HOT), "CosineEmbeddingLoss needs pairs of inputs"),
        ([(X, LABEL)], "CosineEmbeddingLoss needs pairs of inputs"),
    ],
)
def test_what_is_not_pairs_with_labels_is_refused(data, message):
    trainer = Trainer(network(K), CRITERIA[0], **QUIET)
    with pytest.raises(DataError, match=message) as caught:
        trainer.train(data, 1)
    assert caught.value.fix
    with pytest.raises(DataError, match=message):
        trainer.evaluate(data)


@pytest.mark.parametrize("data", [((X, OTHER), LABEL), [((X, OTHER), LABEL)], NESTED])
def test_pairs_are_refused_for_other_losses(data):
    with pytest.raises(DataError, match="with a pair of inputs"):
        Trainer(network(), nn.MSELoss(), **QUIET).train(data, 1)


def test_a_model_without_a_vector_for_each_input_is_refused():
    flat = nn.Sequential(network(), nn.Flatten(0))
    with pytest.raises(ContractError, match="a vector of the same length"):
        Trainer(flat, CRITERIA[0], **QUIET).train(((X, OTHER), LABEL), 1)


def test_zero_labels_cost_nothing_unchecked_as_in_pytorch():
    trainer = Trainer(network(K), nn.CosineEmbeddingLoss(), unchecked=True, **QUIET)
    assert trainer.evaluate(((X, OTHER), torch.zeros(N)))[0] == 0.0
