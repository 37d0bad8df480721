"""Code without a mistake that looked to the doctor as if it had one, and beside it the mistake."""

import contextlib

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import losslab
from doctor_support.watched import findings_of
from losslab.doctor.events import LossCall
from losslab.doctor.evidence.values import sample, sample_rows, summarize_values
from losslab.doctor.rule import Rule


def train(net, loss, batches, rate=0.0):
    """Make a step on every batch."""
    optimizer = torch.optim.SGD(net.parameters(), lr=rate)
    for batch in batches:
        optimizer.zero_grad()
        loss(net, *batch).backward()
        optimizer.step()


# Samples


def test_a_sample_is_spread_over_all_of_a_tensor():
    values = summarize_values(torch.linspace(0, 1, 1_000_000).reshape(100, 100, 100))
    assert values.lowest < 0.001
    assert values.highest > 0.999


@pytest.mark.parametrize("period", [2, 3, 4, 7, 64])
def test_a_sample_has_no_rhythm_that_the_data_may_have(period):
    drawn = sample(torch.arange(200_000) % period)
    shares = torch.bincount(drawn, minlength=period) / len(drawn)
    assert shares.sub(1 / period).abs().max() < 0.2 / period


def test_a_sample_of_rows_has_whole_rows_of_an_axis_from_all_over():
    table = torch.arange(100_000).unsqueeze(1).expand(-1, 4)
    rows = sample_rows(table)
    assert rows.shape == (4096, 4)
    assert (rows == rows[:, :1]).all()
    assert rows.double().mean().sub(50_000).abs() < 100
    assert sample_rows(table.t(), 0).equal(rows)


# raw_scores_into_bce


def mixed_probabilities(squash=nn.Sigmoid):
    net = nn.Sequential(nn.Linear(4, 3), squash(), nn.Linear(3, 1))
    with torch.no_grad():
        net[2].weight.fill_(0.25)
        net[2].bias.fill_(0.1)
    return net


def evaluate(net):
    with torch.no_grad():
        F.binary_cross_entropy(net(torch.randn(8, 4)), torch.ones(8, 1))


@pytest.mark.parametrize("frozen", [False, True])
def test_raw_scores_into_bce_leaves_mixed_probabilities_alone_once_they_are_gone(frozen):
    net = mixed_probabilities().requires_grad_(not frozen)
    assert not findings_of("LL204", evaluate, net)
    assert findings_of("LL204", evaluate, mixed_probabilities(lambda: nn.Hardtanh(0, 1)))


# nll_without_log_probabilities


def reward(rewards, classes=3):
    net, rewards = nn.Linear(4, classes), torch.tensor(rewards)
    log_probabilities = net(torch.randn(len(rewards), 4)).log_softmax(1)
    F.nll_loss(log_probabilities * rewards[:, None], torch.zeros(len(rewards), dtype=torch.long))


@pytest.mark.parametrize(
    ("rewards", "classes"),
    [([-1.0, 1, 1, -1], 10_000), ([-1.0], 10), ([-2.0, -1.0, -3.0], 10), ([-1.0, 1], 20_000)],
    ids=["many classes", "one row", "all negative", "rows longer than a sample"],
)
def test_nll_without_log_probabilities_leaves_rewards_alone(rewards, classes):
    assert not findings_of("LL202", reward, rewards, classes)


def test_nll_without_log_probabilities_leaves_rewards_of_places_alone():
    def reward_places():
        scores = torch.randn(2, 3, 4, requires_grad=True).log_softmax(1)
        F.nll_loss(scores * torch.tensor([-1.0, 1, 1, -1]), torch.zeros(2, 4, dtype=torch.long))

    assert not findings_of("LL202", reward_places)


def test_nll_without_log_probabilities_hears_scores_of_many_classes():
    def raw():
        F.nll_loss(torch.linspace(-1, 1, 20_000).repeat(2, 1), torch.tensor([0, 1]))

    (found,) = findings_of("LL202", raw)
    assert "values up to 1;" in found.message


def test_one_hot_for_index_counts_long_rows_as_rows():
    def several():
        target = torch.zeros(20, 10_000)
        target[:, :2] = 1
        for _ in range(8):
            F.cross_entropy(torch.randn(20, 10_000), target)

    assert not findings_of("LL104", several)  # five rows were looked at


# softmax_before_cross_entropy


@pytest.mark.parametrize("rows", [3, 32])
def test_softmax_before_cross_entropy_tells_a_softmax_of_a_softmax_by_its_axis(rows):
    def squash(first):
        scores = nn.Linear(4, 3)(torch.randn(rows, 4)).softmax(first).log_softmax(1)
        F.nll_loss(scores, torch.arange(rows) % 3)

    assert not findings_of("LL201", squash, 0)
    assert findings_of("LL201", squash, 1)


def test_softmax_before_cross_entropy_follows_the_axis_of_both():
    def moved(first):
        scores = torch.randn(3, 3, 3, requires_grad=True).softmax(first).log_softmax(2)
        F.nll_loss(scores.transpose(1, 2), torch.zeros(3, 3, dtype=torch.long))

    assert not findings_of("LL201", moved, 1)
    assert findings_of("LL201", moved, 2)


# Several calls on one line


def logs_on_one_line(steps, zero_from):
    scores = nn.Parameter(torch.zeros(4))
    optimizer = torch.optim.SGD([scores], lr=0.0)
    for step in range(1, steps + 1):
        p = torch.sigmoid(scores - 200.0 * (step >= zero_from))
        loss = -(0.5 * p.log() + 0.5 * (1 - p).log())
        loss.sum().backward()
        optimizer.step()


def test_log_of_softmax_by_hand_sees_zeros_that_come_late_beside_another_logarithm():
    (found,) = findings_of("LL209", logs_on_one_line, 8, 4)
    assert found.severity == "warning"


def test_calls_on_one_line_are_due_in_the_same_rounds_with_and_without_an_optimizer():
    def due(times, steps, optimizer):
        seen = []
        weight = torch.ones(1, requires_grad=True)
        sgd = torch.optim.SGD([weight], lr=0.0)

        def note(event, case, memory):
            seen.append(event.number) if event.due else None
            return ()

        handlers = {LossCall: note}
        rule = Rule(code="LL999", name="note", severity="advice", page="", handlers=handlers)
        with losslab.doctor.watch(rules=[rule]):
            for _ in range(steps):
                losses = [F.mse_loss(weight, torch.zeros(1)) for _ in range(times)]
                sum(losses).backward()
                if optimizer:
                    sgd.step()
        return seen

    for optimizer in (True, False):
        assert due(1, 20, optimizer) == [1, 2, 3, 4, 8, 16]
        assert due(2, 9, optimizer) == [1, 2, 3, 4, 5, 6, 7, 8, 15, 16]
    assert due(1000, 1, optimizer=True) == [1, 2, 3, 4, *(2**power for power in range(3, 10))]


# no_better_than_constant


def regress(targets):
    """Predict 0.7 times what is right, over enough steps to be judged."""
    net = nn.Linear(1, 1)
    with torch.no_grad():
        net.weight.fill_(0.7)
        net.bias.zero_()
    batches = [(targets.unsqueeze(1),)] * 70
    train(net, lambda net, x: F.mse_loss(net(x).squeeze(1), x[:, 0]), batches)


def test_no_better_than_constant_leaves_a_sorted_table_alone():
    assert not findings_of("LL501", regress, torch.linspace(0, 1, 40_000))


def test_no_better_than_constant_leaves_a_line_alone_one_of_whose_losses_is_low():
    spread, zeros = torch.tensor([1.0, -1.0]), torch.zeros(2)

    def several_on_a_line(first):
        def loss(net):
            guesses = [0 * net.bias + guess for guess in (first, 0.75 * spread, 0.4 * spread)]
            return sum(map(F.mse_loss, guesses, (zeros, zeros, spread)))

        train(nn.Linear(1, 2), loss, [()] * 70)

    assert not findings_of("LL501", several_on_a_line, zeros)
    assert findings_of("LL501", several_on_a_line, 0.75 * spread)


# unscaled_inputs


def fit(net, table):
    train(net, lambda net, x: net(x).square().mean(), [(table,)] * 3)


def test_unscaled_inputs_leaves_a_sorted_grid_alone():
    ends = torch.linspace(-1, 1, 201)
    assert not findings_of("LL504", fit, nn.Linear(2, 1), torch.cartesian_prod(ends, ends))


@pytest.mark.filterwarnings("ignore:Sparse CSR")
@pytest.mark.parametrize("layout", [torch.sparse_coo, torch.sparse_csr])
def test_unscaled_inputs_leaves_sparse_tables_alone(layout):
    table = torch.eye(20).mul(torch.logspace(0, 4, 20)).to_sparse(layout=layout)
    assert not findings_of("LL504", fit, nn.Linear(20, 1), table)


class Defined(nn.Module):
    """Defines its head before the layer that takes its input."""

    def __init__(self, first, norm):
        super().__init__()
        self.head, self.norm, self.first = nn.Linear(4, 1), norm, first

    def forward(self, x):
        return self.head(self.norm(self.first(x)))


TABLE = torch.randn(32, 4) * torch.tensor([1.0, 1.0, 1.0, 1000.0])


@pytest.mark.parametrize(
    "net",
    [
        Defined(nn.Identity(), nn.BatchNorm1d(4)),
        Defined(nn.Flatten(), nn.BatchNorm1d(4, affine=False)),
        Defined(nn.Dropout(), nn.Identity()),
    ],
)
def test_unscaled_inputs_asks_which_layer_takes_the_table(net):
    assert not findings_of("LL504", fit, net, TABLE)
    assert findings_of("LL504", fit, Defined(nn.Identity(), nn.Identity()), TABLE)
    assert findings_of("LL504", fit, nn.Linear(4, 1), TABLE)


def test_unscaled_inputs_leaves_a_model_alone_that_scales_by_hand():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(4, 1)

        def forward(self, x):
            return self.head((x - x.mean(0)) / x.std(0))

    assert not findings_of("LL504", fit, Scaled(), TABLE)


def test_unscaled_inputs_tells_models_on_one_line_apart():
    class Pair(nn.ModuleList):
        def __call__(self, x):
            return self[0](x) + self[1](x + torch.tensor([0.0, 1000.0]))

    both, table = Pair([nn.Linear(2, 1), nn.Linear(2, 1)]), torch.rand(32, 2)
    assert not findings_of("LL504", fit, both, table)
    assert findings_of("LL504", fit, both, table * torch.tensor([1.0, 1000.0]))


@pytest.mark.parametrize("given", [[1.0], "words", None, torch.eye(3).long().to_sparse()])
def test_no_rule_breaks_on_what_a_model_is_given(given):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.drop, self.head = nn.BatchNorm1d(3), nn.Dropout(), nn.Linear(3, 3)

        def forward(self, _):
            return self.head(self.drop(self.norm(torch.randn(3, 3))))

    net = Model()
    assert not findings_of("LL504", train, net, lambda net, x: net(x).mean(), [(given,)] * 3)
    assert not findings_of("LL504", classify, net, [(given, torch.arange(3))] * 3)


# constant_target


def classify(net, batches, ignored=-100):
    train(net, lambda net, x, y: F.cross_entropy(net(x), y, ignore_index=ignored), batches)


def batches(*targets, width=2):
    return [(torch.randn(len(target), width), target) for target in targets]


def test_constant_target_lets_a_loss_of_values_stand_beside_one_of_classes():
    def both(net, x, y):
        scores = net(x)
        return F.cross_entropy(scores, y) + F.mse_loss(scores, F.one_hot(y, 3).float())

    given = batches(*[torch.tensor([0, 1] * 40)] * 4)
    assert not findings_of("LL503", train, nn.Linear(2, 3), both, given)


def test_constant_target_counts_only_targets_that_are_not_ignored():
    few = torch.tensor([0, 1] + [-100] * 78)
    assert not findings_of("LL503", classify, nn.Linear(2, 3), batches(*[few] * 4))
    (found,) = findings_of("LL503", classify, nn.Linear(2, 3), batches(*[few.repeat(40)] * 4))
    assert "class 2 is in none of 320 targets" in found.message


@pytest.mark.parametrize("ignored", [-100, 0])
def test_constant_target_hears_labels_all_alike_beside_ignored_ones(ignored):
    alike, none = torch.tensor([1] * 20 + [ignored] * 60), torch.full((80,), ignored)
    given = batches(alike, none, alike, alike, alike)
    (found,) = findings_of("LL503", classify, nn.Linear(2, 3), given, ignored)
    assert "all 80 targets in 4 calls are 1" in found.message


def test_constant_target_asks_the_axis_of_the_classes_how_many_there_are():
    def maps(net, *shape):
        target = torch.zeros(shape[:1] + shape[2:], dtype=torch.long)
        classify(net, [(torch.randn(shape), target)] * 4)

    assert not findings_of("LL503", maps, nn.Conv2d(2, 1, 1), 5, 2, 8, 8)
    (found,) = findings_of("LL503", maps, nn.Conv1d(2, 2, 1), 32, 2, 1)
    assert "all 128 targets in 4 calls are 0" in found.message


class Head(nn.Module):
    """A layer of three scores, written by one of PyTorch's functions."""

    def __init__(self, product):
        super().__init__()
        self.bias, self.product = nn.Parameter(torch.zeros(3)), product
        self.weight = nn.Parameter(torch.randn(3, 2, *[2] * (product is F.bilinear)))

    def forward(self, x):
        if self.product is F.bilinear:
            return F.bilinear(x, x, self.weight, self.bias)
        return self.product(self.bias, x, self.weight.t())


@pytest.mark.parametrize("product", [torch.addmm, F.bilinear])
def test_constant_target_knows_layers_that_are_written_by_hand(product):
    alike = batches(*[torch.ones(20, dtype=torch.long)] * 4)
    assert findings_of("LL503", classify, Head(product), alike)
    varied = batches(*[torch.arange(21) % 3] * 4)
    assert not findings_of("LL503", classify, Head(product), varied)


# Calls that PyTorch refuses, and odd ones that it takes

ODD = [[0.5, 2.0], 2.0, None, "words", torch.eye(2).to_sparse(), torch.ones(2, device="meta")]


@pytest.mark.parametrize("odd", ODD, ids=["list", "float", "none", "string", "sparse", "meta"])
@pytest.mark.parametrize(
    "function",
    [
        *(F.binary_cross_entropy, F.cross_entropy, F.mse_loss, F.multilabel_soft_margin_loss),
        *(F.linear, F.one_hot, torch.matmul, torch.autograd.backward),
        lambda one, two: torch.gather(one, 1, two),
        lambda one, two: F.cross_entropy(torch.ones(2, 3), two, weight=one),
    ],
)
def test_no_rule_breaks_on_what_is_no_tensor(function, odd):
    for given in ((odd, torch.ones(2)), (torch.ones(2, 2, requires_grad=True), odd)):
        with contextlib.suppress(Exception), losslab.doctor.watch() as report:
            function(*given)
        assert not [sentence for sentence in report.unchecked if "could not" in sentence]


@pytest.mark.parametrize("reduction", [7, -5])
def test_an_error_about_a_reduction_stays_what_it_is(reduction):
    with pytest.raises(ValueError, match="not a valid value"), losslab.doctor.watch():
        F.binary_cross_entropy(torch.rand(2), torch.rand(2), reduction=reduction)


def test_class_index_outside_is_silent_about_an_axis_that_is_not_there():
    with pytest.raises(IndexError), losslab.doctor.watch() as report:
        torch.ones(2, 2, requires_grad=True).gather(5, torch.zeros(2, 2, dtype=torch.long))
    assert not report.findings
    assert not [sentence for sentence in report.unchecked if "could not" in sentence]
