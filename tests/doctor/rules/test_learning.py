"""Where the rules on learning begin to speak, and where they are silent."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from doctor_support.watched import findings_of


def repeat(loss, calls=64, steps=16):
    """Take the loss of call 1, 2, 3, ..., with an optimizer's step after each of the first."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
    for number in range(1, calls + 1):
        loss(number).backward()
        if number <= steps:
            optimizer.step()


def guess(*values):
    return torch.tensor(values, requires_grad=True)


VALUES = torch.tensor([1.0, 5.0])
BINARY = torch.tensor([0.0, 0.0, 0.0, 1.0])
CLASSES = torch.tensor([0, 0, 1, 2])


def poor_guess(number):
    return F.mse_loss(guess(4.0, 4.0), VALUES)


@pytest.mark.parametrize("calls", [64, 70])
def test_no_better_than_constant_speaks_from_64_calls_and_16_steps_on(calls):
    (found,) = findings_of("LL501", repeat, poor_guess, calls)
    assert found.message == "after 64 calls the loss is 5; the best constant answer has 4"
    assert (found.severity, found.count) == ("advice", 1)


@pytest.mark.parametrize(("calls", "steps"), [(63, 63), (64, 15)])
def test_no_better_than_constant_is_silent_with_fewer_calls_or_steps(calls, steps):
    assert not findings_of("LL501", repeat, poor_guess, calls, steps)


def third_of_each_in_logarithms():
    return torch.full((4, 3), math.log(1 / 3), requires_grad=True)


@pytest.mark.parametrize(
    ("loss", "last", "constant"),
    [
        (lambda _: F.mse_loss(guess(4.0, 4.0), VALUES), "5", "4"),
        (lambda _: F.l1_loss(guess(0.5, 0.5, 0.5, 0.5), BINARY), "0.5", "0.25"),
        (lambda _: F.binary_cross_entropy(guess(0.5, 0.5, 0.5, 0.5), BINARY), "0.6931", "0.5623"),
        (
            lambda _: F.binary_cross_entropy_with_logits(guess(0.0, 0.0, 0.0, 0.0), BINARY),
            *("0.6931", "0.5623"),
        ),
        (lambda _: F.cross_entropy(third_of_each_in_logarithms(), CLASSES), "1.099", "1.04"),
        (lambda _: F.nll_loss(third_of_each_in_logarithms(), CLASSES), "1.099", "1.04"),
    ],
    ids=["mse", "l1", "bce", "bce_with_logits", "cross_entropy", "nll"],
)
def test_no_better_than_constant_knows_the_best_constant_of_each_loss(loss, last, constant):
    (found,) = findings_of("LL501", repeat, loss)
    says = f"after 64 calls the loss is {last}; the best constant answer has {constant}"
    assert found.message == says


@pytest.mark.parametrize(("miss", "heard"), [(0.98, True), (0.97, False)])
def test_no_better_than_constant_speaks_from_98_percent_of_the_constants_loss_on(miss, heard):
    values = torch.tensor([0.0, 1.0], dtype=torch.double)

    def half_missed(number):
        return F.l1_loss(torch.tensor([miss, 1.0], dtype=torch.double, requires_grad=True), values)

    assert bool(findings_of("LL501", repeat, half_missed)) == heard


@pytest.mark.parametrize(("ones", "heard"), [(1, False), (2, True)])
def test_no_better_than_constant_is_silent_if_a_constant_is_within_a_hundredth(ones, heard):
    values = torch.tensor([1.0] * ones + [0.0] * (100 - ones))
    zeros = torch.zeros(100, requires_grad=True)
    found = findings_of("LL501", repeat, lambda _: F.l1_loss(zeros, values))
    assert bool(found) == heard


@pytest.mark.parametrize(("good_call", "heard"), [(32, True), (64, False), (128, False)])
def test_no_better_than_constant_asks_for_two_bad_losses_at_the_end(good_call, heard):
    def good_once(number):
        return F.mse_loss(guess(1.0, 5.0) if number == good_call else guess(3.0, 3.0), VALUES)

    assert bool(findings_of("LL501", repeat, good_once, 128)) == heard


@pytest.mark.parametrize("classes", [100, 101])
def test_no_better_than_constant_counts_up_to_100_classes(classes):
    scores = torch.zeros(classes, 101, requires_grad=True)

    def last_class_comes_late(number):
        # All have been seen but for the 101st when it comes.
        rows = classes if number > 1 else 100
        return F.cross_entropy(scores[:rows], torch.arange(rows))

    assert bool(findings_of("LL501", repeat, last_class_comes_late)) == (classes == 100)


@pytest.mark.parametrize(("ignored", "options"), [(-100, {}), (1, {"ignore_index": 1})])
def test_no_better_than_constant_leaves_ignored_targets_out(ignored, options):
    target = torch.tensor([0, 2, ignored, ignored])
    (found,) = findings_of(
        "LL501", repeat, lambda _: F.cross_entropy(third_of_each_in_logarithms(), target, **options)
    )
    assert found.message.endswith("the loss is 1.099; the best constant answer has 0.6931")


def even_scores():
    return torch.zeros(4, 3, requires_grad=True)


def only_looked_at(number):
    F.mse_loss(torch.full((2,), 4.0), VALUES)
    return guess(0.0).sum()


@pytest.mark.parametrize(
    "loss",
    [
        lambda _: F.mse_loss(guess(1.5, 4.5), VALUES),
        lambda _: F.mse_loss(guess(4.0, 4.0), VALUES, reduction="sum"),
        lambda _: F.mse_loss(guess(4.0, 4.0), guess(1.0, 5.0)),
        lambda _: F.mse_loss(guess(), torch.empty(0)),
        lambda _: F.huber_loss(guess(4.0, 4.0), VALUES),
        lambda _: F.l1_loss(guess(3.0, 3.0), VALUES),
        lambda _: F.cross_entropy(even_scores(), CLASSES, weight=torch.ones(3)),
        lambda _: F.cross_entropy(even_scores(), CLASSES, label_smoothing=0.1),
        lambda _: F.cross_entropy(even_scores(), F.one_hot(CLASSES, 3).float()),
        lambda _: F.cross_entropy(even_scores(), torch.full((4,), -100)),
        lambda _: F.binary_cross_entropy(guess(0.5, 0.5), torch.tensor([0.1, 0.9])),
        lambda _: F.binary_cross_entropy_with_logits(
            guess(0.0, 0.0, 0.0, 0.0), BINARY, pos_weight=torch.ones(1)
        ),
        only_looked_at,
    ],
    ids=[
        *("a good fit", "a sum", "a target in the graph", "nothing", "another loss"),
        *("real values in l1", "weights", "smoothing", "probabilities", "all ignored"),
        *("binary probabilities", "weights of positives", "a metric"),
    ],
)
def test_no_better_than_constant_is_silent_about(loss):
    assert not findings_of("LL501", repeat, loss)


def test_no_better_than_constant_gives_up_only_a_line_with_another_kind_of_loss():
    def two_lines(number):
        reduction = "sum" if number == 1 else "mean"
        left = F.mse_loss(guess(4.0, 4.0), VALUES, reduction=reduction)
        return left + F.mse_loss(guess(5.0, 5.0), VALUES)

    (found,) = findings_of("LL501", repeat, two_lines)
    assert "the loss is 8;" in found.message


NAUGHTS = torch.zeros(4, dtype=torch.long)


def scores_with(times, classes=3):
    """Give a fresh layer's scores whose cross entropy is ``times`` that of an even guess."""
    layer = nn.Linear(classes, classes, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.eye(classes))
    # ln(1 + (K - 1) e^s) where all other scores are s above the right one.
    above = math.log((classes**times - 1) / (classes - 1))
    inputs = torch.zeros(4, classes)
    inputs[:, 0] = -above
    return layer(inputs)


def first_loss(times, classes=3, reduction="mean"):
    return F.cross_entropy(scores_with(times, classes), NAUGHTS, reduction=reduction)


def test_start_far_from_even_speaks_from_three_times_ln_k_on():
    assert not findings_of("LL502", first_loss, 2.99)
    (found,) = findings_of("LL502", first_loss, 3.01)
    assert found.severity == "advice"
    assert "the first loss is 3.31; an even guess over 3 classes has 1.1" in found.message


def first_loss_of_a_row(times, classes):
    return F.cross_entropy(scores_with(times, classes)[0], NAUGHTS[0])


@pytest.mark.parametrize("loss", [first_loss, first_loss_of_a_row])
def test_start_far_from_even_takes_two_classes_in_rows_and_single(loss):
    assert not findings_of("LL502", loss, 2.99, 2)
    (found,) = findings_of("LL502", loss, 3.01, 2)
    assert "the first loss is 2.09; an even guess over 2 classes has 0.693" in found.message


@pytest.mark.parametrize("reduction", ["sum", "none"])
def test_start_far_from_even_looks_at_means_only(reduction):
    assert not findings_of("LL502", first_loss, 9, 3, reduction)


def test_start_far_from_even_speaks_of_the_first_call_only():
    def thrice():
        for _ in range(3):
            F.cross_entropy(scores_with(9), NAUGHTS)

    (found,) = findings_of("LL502", thrice)
    assert found.count == 1


def after_a_step():
    scores = scores_with(9)
    torch.optim.SGD([nn.Parameter(torch.zeros(1))]).step()
    F.cross_entropy(scores, NAUGHTS)


def without_gradient():
    F.cross_entropy(scores_with(9).detach(), NAUGHTS)


def on_similarities():
    F.cross_entropy(scores_with(9) @ torch.eye(3), NAUGHTS)


def with_another_loss():
    F.mse_loss(scores_with(9), torch.full((4, 3), 9.0))


def of_one_class():
    F.cross_entropy(nn.Linear(2, 1)(torch.ones(4, 2)), NAUGHTS)


@pytest.mark.parametrize(
    "run", [after_a_step, without_gradient, on_similarities, with_another_loss, of_one_class]
)
def test_start_far_from_even_is_silent(run):
    assert not findings_of("LL502", run)


def table_of(*spans, rows=16):
    """Make a table whose columns begin at 1000 in the upper half, and end a span above."""
    table = torch.full((rows, len(spans)), 1000.0)
    table[rows // 2 :] += torch.tensor(spans)
    return table


WIDE = table_of(1.0, 1000.0)


def train(table, net=None, batch=1000):
    """Make a step for each batch of a table's rows."""
    net = net or nn.Linear(table.shape[1], 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.0)
    for rows in table.split(batch):
        net(rows).sum().backward()
        optimizer.step()


def test_unscaled_inputs_speaks_if_a_column_spans_over_100_times_another():
    assert not findings_of("LL504", train, table_of(7.0, 0.5, 50.0))
    (found,) = findings_of("LL504", train, table_of(7.0, 0.5, 50.5))
    assert found.message == "column 2 of the input spans 50.5, column 1 0.5"
    assert (found.severity, found.count) == ("advice", 1)


def test_unscaled_inputs_speaks_from_16_rows_on():
    assert not findings_of("LL504", train, table_of(1.0, 1000.0, rows=15))
    assert findings_of("LL504", train, table_of(1.0, 1000.0, rows=16))


@pytest.mark.parametrize("table", [WIDE, WIDE.flip(0)], ids=["rising", "falling"])
def test_unscaled_inputs_joins_the_batches_of_a_line(table):
    (found,) = findings_of("LL504", train, table, None, 8)
    assert found.message == "column 1 of the input spans 1e+03, column 0 1"


@pytest.mark.parametrize(("columns", "heard"), [(2, True), (1000, True), (1001, False)])
def test_unscaled_inputs_takes_up_to_1000_columns(columns, heard):
    table = table_of(*[1.0] * (columns - 1), 1000.0)
    assert bool(findings_of("LL504", train, table)) == heard


def test_unscaled_inputs_hears_a_model_that_is_called_within_its_criterion():
    def train_at_once():
        net, criterion = nn.Linear(2, 1), nn.MSELoss()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.0)
        criterion(net(WIDE), torch.ones(16, 1)).backward()
        optimizer.step()

    assert findings_of("LL504", train_at_once)


@pytest.mark.parametrize("spans", [(0.0, 1.0), (0.0, 0.0), (1.0, math.inf)])
def test_unscaled_inputs_leaves_constant_and_infinite_columns_out(spans):
    assert not findings_of("LL504", train, table_of(*spans))


def by_keyword(net):
    net(input=WIDE).sum().backward()


def without_graph(net):
    with torch.no_grad():
        net(WIDE)


def in_eval_mode(net):
    net.eval()(WIDE).sum().backward()


def on_hidden_values(net):
    net(WIDE.clone().requires_grad_()).sum().backward()


def on_sequences(net):
    net(WIDE.repeat(4, 1, 1)).sum().backward()


def after_a_norm(net):
    nn.Sequential(nn.BatchNorm1d(2), net)(WIDE).sum().backward()


def after_an_embedding(net):
    codes = torch.tensor([[0, 0], [1, 1999]]).repeat(8, 1)
    nn.Sequential(nn.Embedding(2000, 2), net)(codes).sum().backward()


UNHEARD = [by_keyword, without_graph, in_eval_mode, on_hidden_values, on_sequences]


@pytest.mark.parametrize("call", [*UNHEARD, after_a_norm, after_an_embedding])
def test_unscaled_inputs_is_silent(call):
    def step_after():
        net = nn.Linear(2, 1)
        call(net)
        torch.optim.SGD(net.parameters(), lr=0.0).step()

    assert not findings_of("LL504", step_after)


def test_unscaled_inputs_is_silent_if_no_step_is_made():
    def only_fit():
        nn.Linear(2, 1)(WIDE).sum().backward()

    assert not findings_of("LL504", only_fit)


def call_at_one_line(*calls):
    """Call modules one after the other at one line, then make a step."""
    for module, table in calls:
        module(table)
    torch.optim.SGD([nn.Parameter(torch.zeros(1))]).step()


@pytest.mark.parametrize(
    "first",
    [
        (nn.Linear(1, 1), torch.ones(16, 1)),
        (nn.Linear(2, 1), torch.ones(4, 16, 2)),
        (nn.Linear(2, 1), torch.ones(2)),
        (nn.Embedding(2, 1), torch.ones(16, 2, dtype=torch.long)),
    ],
    ids=["one column", "sequences", "a row", "codes"],
)
def test_unscaled_inputs_gives_a_line_up_that_takes_other_than_tables(first):
    assert not findings_of("LL504", call_at_one_line, first, (nn.Linear(2, 1), WIDE))


@pytest.mark.parametrize(
    "first",
    [
        (nn.Linear(2, 1), torch.ones(0, 2)),
        (nn.Linear(3, 1), torch.ones(16, 3)),
        (nn.Linear(2, 1, device="meta"), torch.ones(16, 2, device="meta")),
        (nn.Flatten(), torch.ones(16, 2, dtype=torch.long)),
    ],
    ids=["no rows", "other columns", "no values", "codes passed on"],
)
def test_unscaled_inputs_speaks_after(first):
    (found,) = findings_of("LL504", call_at_one_line, first, (nn.Linear(2, 1), WIDE))
    assert found.message == "column 1 of the input spans 1e+03, column 0 1"


def test_unscaled_inputs_speaks_of_a_line_after_one_that_is_given_up():
    def at_two_lines():
        nn.Linear(2, 1)(torch.ones(4, 16, 2))
        train(WIDE)

    assert findings_of("LL504", at_two_lines)
