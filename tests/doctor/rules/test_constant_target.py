"""Where the rule on targets that are all alike, or lack classes, begins to speak."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from doctor_support.watched import findings_of


def train(batches, loss=F.mse_loss, outputs=1):
    """Make one step for each batch of targets, with a fresh linear layer."""
    net = nn.Linear(2, outputs)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    for target in batches:
        optimizer.zero_grad()
        loss(net(torch.ones(len(target), 2)), target).backward()
        optimizer.step()


def alike(calls, size=8, value=1.0):
    return [torch.full((size, 1), value)] * calls


def same_class(calls, size=8):
    return [torch.ones(size, dtype=torch.long)] * calls


def labels_of(classes, *sizes):
    return [torch.tensor(classes * size)[:size] for size in sizes]


@pytest.mark.parametrize(("calls", "size"), [(8, 8), (3, 22)])
def test_constant_target_speaks_from_64_targets_in_three_calls_of_eight_on(calls, size):
    (found,) = findings_of("LL503", train, alike(calls, size, 0.5))
    assert found.message == f"all {calls * size} targets in {calls} calls are 0.5"
    assert found.count == calls


@pytest.mark.parametrize(("calls", "size"), [(3, 21), (2, 40), (12, 7)])
def test_constant_target_is_silent_with_fewer_targets_steps_or_rows(calls, size):
    assert not findings_of("LL503", train, alike(calls, size))


@pytest.mark.parametrize(("calls", "severity"), [(31, "advice"), (32, "warning")])
def test_constant_target_is_a_warning_from_32_calls_on(calls, severity):
    (found,) = findings_of("LL503", train, alike(calls))
    assert found.severity == severity


def log_softmax_and_nll(scores, target):
    return F.nll_loss(scores.log_softmax(1), target)


def sigmoid_and_bce(scores, target):
    return F.binary_cross_entropy(scores.sigmoid(), target)


VALUE_LOSSES = [
    *(F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss, F.poisson_nll_loss),
    *(F.binary_cross_entropy_with_logits, sigmoid_and_bce),
]


@pytest.mark.parametrize("loss", VALUE_LOSSES)
def test_constant_target_takes_losses_of_values(loss):
    (found,) = findings_of("LL503", train, alike(8), loss)
    assert found.message == "all 64 targets in 8 calls are 1"


@pytest.mark.parametrize("loss", [F.cross_entropy, log_softmax_and_nll])
def test_constant_target_takes_losses_of_classes_if_there_are_two(loss):
    (found,) = findings_of("LL503", train, same_class(8), loss, 2)
    assert found.message == "all 64 targets in 8 calls are 1"
    only = [torch.zeros(8, dtype=torch.long)] * 8
    assert not findings_of("LL503", train, only, loss, 1)


MIXED = torch.ones(8, 1)
MIXED[-1] = 2


@pytest.mark.parametrize(
    "batches",
    [[*alike(7), MIXED], [MIXED] * 8, alike(8) + alike(8, value=2.0)],
    ids=["one row differs once", "one row differs", "batches differ"],
)
def test_constant_target_is_silent_about_targets_that_differ(batches):
    assert not findings_of("LL503", train, batches)


def with_decay_last(scores, target):
    return F.mse_loss(scores, target) + (scores**2).mean()


def with_decay_first(scores, target):
    return (scores**2).mean() + F.mse_loss(scores, target)


def with_soft_margin(scores, target):
    return F.soft_margin_loss(scores, target)


def with_triplet(scores, target):
    return F.triplet_margin_loss(scores, target, -target)


def with_changed_scores(scores, target):
    return F.mse_loss(scores * 2, target)


def with_target_in_graph(scores, target):
    return F.mse_loss(scores, target.clone().requires_grad_())


def with_product_by_hand(scores, target):
    inputs, weight = torch.ones(len(target), 1), torch.ones(1, 1)
    return F.mse_loss(torch.addmm(scores, mat1=inputs, mat2=weight), target)


LEFT_ALONE = [
    *(with_decay_last, with_decay_first, with_soft_margin, with_triplet, with_changed_scores),
    *(with_target_in_graph, with_product_by_hand),
]


@pytest.mark.parametrize("loss", LEFT_ALONE)
def test_constant_target_is_silent_where_more_than_a_layer_and_its_loss_is_in_play(loss):
    assert not findings_of("LL503", train, alike(8), loss)


def halved(scores, target):
    return F.mse_loss(scores, target) / 2


def averaged_by_hand(scores, target):
    return F.mse_loss(scores, target, reduction="none").mean()


def summed(scores, target):
    return torch.stack([F.mse_loss(scores, target), F.l1_loss(scores.detach(), target)]).sum()


def doubled_64_times(scores, target):
    loss = F.mse_loss(scores, target)
    for _ in range(64):
        loss = loss + loss
    return loss * 0.5**64


@pytest.mark.timeout(120)  # who walks every way through the doublings never ends
@pytest.mark.parametrize("loss", [halved, averaged_by_hand, summed, doubled_64_times])
def test_constant_target_sees_through_sums_and_multiples_of_losses(loss):
    (found,) = findings_of("LL503", train, alike(8), loss)
    assert found.message == "all 64 targets in 8 calls are 1"


def test_constant_target_ignores_losses_that_are_only_looked_at():
    def with_metric(scores, target):
        F.mse_loss(scores.detach(), target + 1)
        return F.mse_loss(scores, target)

    (found,) = findings_of("LL503", train, alike(8), with_metric)
    assert found.message == "all 64 targets in 8 calls are 1"


def test_constant_target_passes_over_an_empty_batch():
    (found,) = findings_of("LL503", train, [*alike(4), *alike(1, 0), *alike(4)])
    assert found.message == "all 64 targets in 8 calls are 1"


def test_constant_target_is_silent_about_single_rows():
    def of_first_row(scores, target):
        return F.cross_entropy(scores[0], target[0])

    assert not findings_of("LL503", train, same_class(64), of_first_row, 3)


def train_second_of_two():
    kept, trained, rows = nn.Linear(2, 1), nn.Linear(2, 1), torch.ones(22, 2)
    optimizer = torch.optim.SGD(trained.parameters(), lr=0.01)
    for _ in range(3):
        F.mse_loss(kept(rows), torch.zeros(22, 1)).backward()
        F.mse_loss(trained(rows), torch.ones(22, 1)).backward()
        optimizer.step()


def test_constant_target_speaks_of_trained_layers_only():
    (found,) = findings_of("LL503", train_second_of_two)
    assert found.message == "all 66 targets in 3 calls are 1"


def gather_losses(in_first_step):
    net, one = nn.Linear(2, 1), torch.ones(1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    for more in (in_first_step - 1, 0, 0):
        for _ in range(more):
            F.mse_loss(net.bias, one)
        F.mse_loss(net(torch.ones(22, 2)), torch.ones(22, 1)).backward()
        optimizer.step()


@pytest.mark.parametrize(("losses", "heard"), [(1000, True), (1001, False)])
def test_constant_target_knows_a_thousand_losses_in_a_step(losses, heard):
    assert bool(findings_of("LL503", gather_losses, losses)) == heard


def test_constant_target_names_the_classes_that_never_come_from_50_targets_a_class_on():
    assert not findings_of("LL503", train, labels_of([1, 3], 66, 66, 67), F.cross_entropy, 4)
    (found,) = findings_of("LL503", train, labels_of([1, 3], 66, 66, 68), F.cross_entropy, 4)
    assert found.message == "4 outputs, but class 0, 2 is in none of 200 targets"
    assert (found.severity, found.count) == ("advice", 3)


@pytest.mark.parametrize(("outputs", "heard"), [(20, True), (21, False)])
def test_constant_target_misses_no_class_of_more_than_20(outputs, heard):
    batches = labels_of([*range(1, outputs)], 400, 400, 400)
    assert bool(findings_of("LL503", train, batches, F.cross_entropy, outputs)) == heard


def test_constant_target_is_silent_if_a_class_comes_late():
    batches = labels_of([0, 1], 200, 200) + labels_of([2], 8)
    assert not findings_of("LL503", train, batches, F.cross_entropy, 3)


def test_constant_target_misses_no_class_that_is_ignored():
    def without_two(scores, target):
        return F.cross_entropy(scores, target, ignore_index=2)

    assert not findings_of("LL503", train, labels_of([0, 1], 200, 200, 200), without_two, 3)


def test_constant_target_misses_no_class_of_probabilities():
    shares = [torch.tensor([[0.2, 0.8, 0.0], [0.7, 0.3, 0.0]]).repeat(100, 1)] * 3
    assert not findings_of("LL503", train, shares, F.cross_entropy, 3)


def test_constant_target_misses_no_class_once_a_layer_is_asked_for_maps():
    def of_rows_or_maps(scores, target):
        if target.ndim > 1:
            scores = scores.unsqueeze(2).expand(-1, -1, target.shape[1])
        return F.cross_entropy(scores, target)

    rows = labels_of([0, 1], 200, 200)
    maps = [rows[0].unsqueeze(1).expand(-1, 2)]
    assert not findings_of("LL503", train, rows + maps, of_rows_or_maps, 3)
    assert findings_of("LL503", train, rows + rows, of_rows_or_maps, 3)
