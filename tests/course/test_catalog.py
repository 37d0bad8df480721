"""The classic course's network and trainer."""

import pickle
import re
import sys
import warnings

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import losslab
from losslab.core.errors import ContractError, OptimizerError, OptionError
from losslab.course import SimpleMLP, SimpleMLPTrainer

N, F = 40, 4
X = torch.randn(N, F, generator=torch.Generator().manual_seed(0))
CODES = (X[:, 0] > 0).long()
COLUMN = CODES.float().unsqueeze(1)


def loader(y, batch_size=16):
    return DataLoader(TensorDataset(X, y), batch_size=batch_size)


def model(width=1, last=None, layers=2):
    torch.manual_seed(0)
    return SimpleMLP(F, 8, width, layers, last)


def trainer_of(net, criterion, **settings):
    return SimpleMLPTrainer(net, criterion, torch.optim.Adam(net.parameters(), lr=0.01), **settings)


def weights(net):
    return [parameter.detach().clone() for parameter in net.parameters()]


def kinds(net):
    return [type(layer).__name__ for layer in net.dense]


# The network.


def test_the_course_is_reached_from_the_root():
    assert losslab.course.SimpleMLP is SimpleMLP
    assert losslab.course.__all__ == sorted(losslab.course.__all__)
    assert set(losslab.course.__all__) <= set(dir(losslab.course))
    assert "course" in dir(losslab)
    with pytest.raises(AttributeError, match=r"'losslab\.course' has no attribute 'SimpelMLP'"):
        _ = losslab.course.SimpelMLP


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_the_layers_are_one_sequence_with_relu_between_them_and_at_the_end(layers):
    net = SimpleMLP(F, 8, 3, num_den_layers=layers)
    assert isinstance(net.dense, nn.Sequential)
    assert kinds(net) == ["Linear", "ReLU"] * layers + ["Linear", "ReLU"]
    sizes = [(part.in_features, part.out_features) for part in net.dense[::2]]
    assert sizes == [(F, 8), *[(8, 8)] * (layers - 1), (8, 3)]
    assert torch.equal(net(X), net.dense(X))
    assert len(list(net.children())) == 1


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (nn.ReLU, torch.relu),
        (nn.Sigmoid, torch.sigmoid),
        (nn.Softmax, lambda z: z.softmax(-1)),
        (nn.LogSoftmax, lambda z: z.log_softmax(-1)),
        (nn.Softmax(dim=0), lambda z: z.softmax(0)),
        (nn.Tanh(), torch.tanh),
        (torch.sigmoid, torch.sigmoid),
        (torch.softmax, lambda z: z.softmax(-1)),
        (functional.log_softmax, lambda z: z.log_softmax(-1)),
        (lambda z: 2 * z, lambda z: 2 * z),
        (None, lambda z: z),
    ],
)
def test_the_last_activation_may_be_a_class_a_module_a_function_or_none(last, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outputs = model(3, last)(X)
    torch.testing.assert_close(outputs, expected(model(3)(X)))


def test_a_network_with_a_function_at_its_end_can_be_copied_and_saved():
    net = model(3, functional.softmax)
    assert torch.equal(pickle.loads(pickle.dumps(net))(X), net(X))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"input_dim": 0}, "input_dim"),
        ({"hidden_dim": 6.4}, "hidden_dim"),
        ({"output_dim": True}, "output_dim"),
        ({"num_den_layers": 0}, "num_den_layers"),
        ({"last_layer_activation_fn": "relu"}, "last activation"),
        ({"last_layer_activation_fn": int}, "last activation"),
        ({"last_layer_activation_fn": nn.Threshold}, "without arguments"),
    ],
)
def test_settings_that_make_no_network_are_refused(settings, message):
    with pytest.raises(OptionError, match=message) as caught:
        SimpleMLP(**{"input_dim": F, "hidden_dim": 8, "output_dim": 1, **settings})
    assert caught.value.fix


# The trainer.


def test_training_prints_a_line_per_epoch_and_returns_the_losses(capsys):
    trainer = trainer_of(model(), nn.BCEWithLogitsLoss())
    trainer.model.eval()
    losses = trainer.train(loader(COLUMN), 3)
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f"Epoch [{epoch}/3], Loss: {loss:.4f}" for epoch, loss in enumerate(losses, 1)
    ]
    assert err == ""
    assert trainer.model.training
    assert losses[-1] < losses[0]


def test_evaluation_prints_and_returns_loss_and_accuracy_and_leaves_no_trace(capsys):
    net = nn.Sequential(nn.Dropout(0.9), model(2))
    trainer = trainer_of(net, nn.CrossEntropyLoss())
    before = weights(net)
    loss, accuracy = trainer.evaluate(loader(CODES))
    assert capsys.readouterr().out == f"Validation Loss: {loss:.4f}, Accuracy: {accuracy:.4f}\n"
    net.eval()
    z = net(X)
    assert loss == pytest.approx(float(functional.cross_entropy(z, CODES).detach()))
    assert accuracy == pytest.approx(float((z.argmax(1) == CODES).double().mean()))
    net.train()
    trainer.evaluate(loader(CODES))
    assert net.training
    assert net[0].training
    assert all(part.grad is None for part in net.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, weights(net), strict=True))


def test_values_have_no_accuracy(capsys):
    loss, accuracy = trainer_of(model(), nn.MSELoss()).evaluate(loader(X[:, :1]))
    assert accuracy is None
    assert capsys.readouterr().out == f"Validation Loss: {loss:.4f}\n"


def test_one_column_is_compared_with_its_threshold_rather_than_by_argmax():
    trainer = trainer_of(model(1, nn.Sigmoid), nn.MSELoss())
    trainer.train(loader(COLUMN), 60)
    assert trainer.evaluate(loader(COLUMN))[1] > 0.9


@pytest.mark.parametrize(
    ("last", "width", "criterion", "y", "message"),
    [
        (nn.Sigmoid, 1, nn.L1Loss(), CODES, "same shape"),
        (nn.Sigmoid, 1, nn.MSELoss(), COLUMN.long(), "floating-point"),
        (nn.Sigmoid, 1, nn.BCEWithLogitsLoss(), COLUMN, "raw scores"),
        (nn.Softmax, 2, nn.CrossEntropyLoss(), CODES, "raw scores"),
        (nn.ReLU, 2, nn.NLLLoss(), CODES, "log-probabilities"),
        (None, 1, nn.BCELoss(), COLUMN, "probabilities"),
    ],
)
@pytest.mark.parametrize("repeat", [1, 2])
def test_a_wrong_pairing_is_refused_every_time_and_nothing_is_trained(
    last, width, criterion, y, message, repeat, capsys
):
    net = model(width, last)
    trainer = trainer_of(net, criterion)
    for _ in range(repeat):
        with pytest.raises(ContractError, match=message):
            trainer.train(loader(y), 2)
    assert all(torch.equal(a, b) for a, b in zip(weights(net), weights(model(width)), strict=True))
    assert capsys.readouterr().out == ""


def test_the_optimizer_of_an_earlier_model_is_refused_even_unchecked():
    old = torch.optim.Adam(model().parameters())
    for unchecked in (False, True):
        with pytest.raises(OptimizerError, match="of another model"):
            SimpleMLPTrainer(model(), nn.MSELoss(), old, unchecked=unchecked)


@pytest.mark.parametrize("unchecked", [False, True])
def test_the_number_of_epochs_must_be_a_positive_integer(unchecked):
    with pytest.raises(OptionError, match="epochs to be a whole number"):
        trainer_of(model(), nn.MSELoss(), unchecked=unchecked).train(loader(COLUMN), 0)


# Unchecked: the homework's own loops.


def homework(net, criterion, y, epochs):
    """The loop of the homework, written by hand."""
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    losses = []
    for _ in range(epochs):
        net.train()
        running = 0.0
        for inputs, labels in loader(y):
            optimizer.zero_grad()
            loss = criterion(net(inputs), labels)
            loss.backward()
            optimizer.step()
            running += loss.item()
        losses.append(running / len(loader(y)))
    net.eval()
    total, correct = 0.0, 0
    with torch.no_grad():
        for inputs, labels in loader(y):
            outputs = net(inputs)
            total += criterion(outputs, labels).item()
            _, predicted = torch.max(outputs, 1)
            correct += (predicted == labels).sum().item()
    return losses, (total / len(loader(y)), correct / N)


@pytest.mark.parametrize(
    ("last", "width", "criterion", "y"),
    [
        (nn.Sigmoid, 1, nn.L1Loss(), CODES),
        (nn.Sigmoid, 1, nn.MSELoss(), CODES.float()),
        (nn.ReLU, 2, nn.NLLLoss(), CODES),
        (nn.Softmax, 2, nn.CrossEntropyLoss(), CODES),
        (nn.Sigmoid, 1, nn.BCEWithLogitsLoss(), COLUMN),
        (None, 2, nn.CrossEntropyLoss(), CODES),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_unchecked_gives_the_numbers_of_the_homework(last, width, criterion, y, capsys):
    expected = homework(model(width, last), criterion, y, 3)
    trainer = trainer_of(model(width, last), criterion, unchecked=True)
    assert trainer.train(loader(y), 3) == pytest.approx(expected[0], rel=1e-6)
    assert trainer.evaluate(loader(y)) == pytest.approx(expected[1], rel=1e-6)
    out = capsys.readouterr().out.splitlines()
    assert out[2] == f"Epoch [3/3], Loss: {expected[0][2]:.4f}"
    assert out[3] == f"Validation Loss: {expected[1][0]:.4f}, Accuracy: {expected[1][1]:.4f}"


def test_unchecked_warns_as_pytorch_does_and_calls_every_row_class_zero():
    trainer = trainer_of(model(1, nn.Sigmoid), nn.L1Loss(), unchecked=True)
    with pytest.warns(UserWarning, match="Using a target size"):
        trainer.train(loader(CODES), 1)
    with pytest.warns(UserWarning, match="Using a target size"):
        _, accuracy = trainer.evaluate(loader(CODES))
    assert accuracy == pytest.approx(float((CODES == 0).double().mean()))


def test_unchecked_raises_what_pytorch_raises():
    trainer = trainer_of(model(1, lambda z: z - 5.0), nn.BCELoss(), unchecked=True)
    with pytest.raises(RuntimeError, match="between 0 and 1"):
        trainer.train(loader(COLUMN), 1)


def test_unchecked_takes_losslabs_modules_without_their_checks():
    trainer = trainer_of(model(), losslab.LOSSES["hinge"].module(), unchecked=True)
    with torch.no_grad():
        expected = (1 - COLUMN * trainer.model(X)).clamp(min=0).mean()
    assert trainer.evaluate([(X, COLUMN)])[0] == pytest.approx(float(expected))


def test_unchecked_compares_one_hot_labels_as_classes():
    trainer = trainer_of(
        model(2, nn.LogSoftmax), nn.KLDivLoss(reduction="batchmean"), unchecked=True
    )
    rows = functional.one_hot(CODES, 2).float()
    with torch.no_grad():
        expected = (trainer.model(X).argmax(1) == CODES).double().mean()
    assert trainer.evaluate(loader(rows))[1] == pytest.approx(float(expected))


@pytest.mark.parametrize("unchecked", [False, True])
def test_in_a_terminal_a_bar_shows_the_epoch_and_lines_go_to_standard_output(
    unchecked, monkeypatch, capsys
):
    monkeypatch.setenv("FORCE_COLOR", "1")  # for rich, a terminal
    monkeypatch.setenv("TERM", "xterm")
    trainer_of(model(), nn.MSELoss(), unchecked=unchecked).train(loader(COLUMN), 2)
    out, err = capsys.readouterr()
    assert re.fullmatch(r"(Epoch \[\d/2\], Loss: \d\.\d{4}\n){2}", out)
    assert "Epoch 2/2" in err
    assert sys.stdout.isatty() is False
