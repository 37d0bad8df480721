"""The classic homework on Titanic: only its imports are changed."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from losslab import load_dataset
from losslab.core.errors import ContractError
from losslab.course import SimpleMLP, SimpleMLPTrainer

EPOCHS, VALIDATION = 30, 143


@pytest.fixture
def table(real_data):
    """Features as the homework has them, scaled on the training rows, and who survived."""
    real_data("titanic.csv")
    data = load_dataset("titanic")
    sex = (data.X["Sex"] == "female").astype(float)
    x = torch.tensor(data.X.assign(Sex=sex).to_numpy(), dtype=torch.float32)
    y = torch.tensor(data.y)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(42))
    x, y = x[order], y[order]
    mean, spread = x[VALIDATION:].mean(0), x[VALIDATION:].std(0)
    return (x - mean) / spread, y


def loaders(table, encode):
    x, y = table[0], encode(table[1])
    training = TensorDataset(x[VALIDATION:], y[VALIDATION:])
    validation = TensorDataset(x[:VALIDATION], y[:VALIDATION])
    generator = torch.Generator().manual_seed(0)
    return (
        DataLoader(training, batch_size=32, shuffle=True, generator=generator),
        DataLoader(validation, batch_size=32),
    )


def trainer_of(outputs, last, criterion, **settings):
    torch.manual_seed(0)
    model = SimpleMLP(4, 64, outputs, num_den_layers=4, last_layer_activation_fn=last)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return SimpleMLPTrainer(model, criterion, optimizer, **settings)


def column(y):
    return y.float().unsqueeze(1)


def classes(y):
    return y


def one_hot(y):
    return functional.one_hot(y, 2).float()


KL = nn.KLDivLoss(reduction="batchmean")


@pytest.mark.parametrize(
    ("outputs", "last", "criterion", "encode"),
    [
        (1, nn.Sigmoid, nn.L1Loss(), column),
        (1, nn.Sigmoid, nn.MSELoss(), column),
        (2, nn.LogSoftmax, nn.NLLLoss(), classes),
        (2, None, nn.CrossEntropyLoss(), classes),
        (2, nn.LogSoftmax, KL, one_hot),
    ],
    ids=["l1", "mse", "nll", "cross_entropy", "kl_div"],
)
def test_correct_homework_reaches_three_quarters(table, outputs, last, criterion, encode, capsys):
    training, validation = loaders(table, encode)
    trainer = trainer_of(outputs, last, criterion)
    losses = trainer.train(training, EPOCHS)
    loss, accuracy = trainer.evaluate(validation)
    assert len(training.dataset) + len(validation.dataset) == 714
    assert losses[-1] < losses[0]
    assert accuracy >= 0.75
    out = capsys.readouterr().out.splitlines()
    assert out[0] == f"Epoch [1/{EPOCHS}], Loss: {losses[0]:.4f}"
    assert out[-1] == f"Validation Loss: {loss:.4f}, Accuracy: {accuracy:.4f}"


WRONG = [
    (1, nn.Sigmoid, nn.L1Loss(), classes, "target.float().reshape(-1, 1)"),
    (1, nn.Sigmoid, nn.MSELoss(), classes, "target.float().reshape(-1, 1)"),
    (2, nn.ReLU, nn.NLLLoss(), classes, "torch.nn.LogSoftmax(-1) instead of relu"),
    (2, nn.ReLU, nn.CrossEntropyLoss(), classes, "leave out relu"),
    (2, nn.Softmax, nn.CrossEntropyLoss(), classes, "leave out softmax"),
    (2, nn.ReLU, KL, one_hot, "torch.nn.LogSoftmax(-1) instead of relu"),
    (2, nn.Softmax, KL, one_hot, "torch.nn.LogSoftmax(-1) instead of softmax"),
]


@pytest.mark.parametrize(("outputs", "last", "criterion", "encode", "fix"), WRONG)
def test_wrong_homework_raises_with_the_fix_and_trains_nothing(
    table, outputs, last, criterion, encode, fix, capsys
):
    trainer = trainer_of(outputs, last, criterion)
    before = [parameter.detach().clone() for parameter in trainer.model.parameters()]
    with pytest.raises(ContractError) as caught:
        trainer.train(loaders(table, encode)[0], EPOCHS)
    assert fix in caught.value.fix
    assert all(map(torch.equal, before, trainer.model.parameters()))
    assert capsys.readouterr().out == ""


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_unchecked_the_broadcast_loss_stalls_and_the_accuracy_is_the_majoritys_share(table):
    training, validation = loaders(table, classes)
    trainer = trainer_of(1, nn.Sigmoid, nn.L1Loss(), unchecked=True)
    trainer.train(training, 5)
    _, accuracy = trainer.evaluate(validation)
    died = (table[1][:VALIDATION] == 0).double().mean()
    assert accuracy == pytest.approx(float(died))
    # Every output is pulled towards the majority of its batch, whatever the row says.
    with torch.no_grad():
        assert float(trainer.model(table[0]).max()) < 0.5


def test_unchecked_nll_of_relu_falls_without_end(table):
    training, _ = loaders(table, classes)
    losses = trainer_of(2, nn.ReLU, nn.NLLLoss(), unchecked=True).train(training, 5)
    assert losses[-1] < losses[0] < 0.0
    assert losses[-1] < -10.0
