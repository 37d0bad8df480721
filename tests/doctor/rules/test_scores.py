"""Where the rules on accuracies and averages begin to speak, and where they are silent."""

import linecache
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from doctor_support.watched import findings_of

ROWS = torch.ones(8, 4)
BINARY = torch.tensor([0.0, 1.0] * 4)
COUNT = "(guess == labels).sum().item()"
LOSS = "F.l1_loss(guess, labels)"
MEAN = f"losses.append({LOSS}.item())"


def run_loop(loader, result, *lines):
    """Run a loop over batches as the text of a user's file, since some rules read it."""
    body = "".join(f"    {line}\n" for line in lines)
    text = "hits = other = total = 0\nlosses, kept = [], []\n"
    text += f"for guess, labels in loader:\n{body}result = {result}\n"
    linecache.cache["user.py"] = (len(text), None, text.splitlines(keepends=True), "user.py")
    names = {"torch": torch, "F": F, "np": np, "loader": loader, "batches": loader, "rows": [0] * 8}
    exec(compile(text, "user.py", "exec"), names | {"run": SimpleNamespace(val_dl=loader)})


def guess(*hits):
    """Make batches of four rows with so many right guesses; all guesses are 1."""
    return [(torch.ones(4), (torch.arange(4) < right).float()) for right in hits]


def miss(*batches):
    """Make batches of guesses: of how many rows, and by how much each is off."""
    return [(torch.full((rows,), float(by)), torch.zeros(rows)) for rows, by in batches]


def count_hits(loader, result="hits / len(loader)", *lines):
    return findings_of("LL409", run_loop, loader, result, *(lines or [f"hits += {COUNT}"]))


def test_accuracy_above_one_speaks_from_more_hits_than_batches_on():
    assert not count_hits(guess(1, 1))
    (found,) = count_hits(guess(1, 2))
    assert (found.severity, found.file, found.line, found.count) == ("warning", "user.py", 4, 2)
    assert "3 hits in 8 rows of 2 batches: divided by len(loader) that is 1.5" in found.message
    assert "as a share of the rows 0.375" in found.message
    assert not count_hits(guess(4)), "one batch is no sum over batches"


@pytest.mark.parametrize("loader", ["loader", "batches", "run.val_dl"])
def test_accuracy_above_one_names_the_loader_it_is_divided_by(loader):
    (found,) = count_hits(guess(4, 4), f"100 * hits / len({loader})")
    assert f"divided by len({loader}) that is 4" in found.message
    assert found.fix == f"divide by the number of rows, such as len({loader}.dataset)"


@pytest.mark.parametrize(
    "lines",
    [
        ["hits += float((guess == labels).sum())"],
        ["hits += torch.eq(guess, labels).float().sum().tolist()"],
        ["same = guess == labels", "hits += same.sum().item()"],
        ["other += (guess == labels - 9).sum().item()", f"hits += {COUNT}"],
    ],
)
def test_accuracy_above_one_knows_a_count_however_it_is_taken(lines):
    (found,) = count_hits(guess(2, 3), "hits * 100.0 / len(loader)", *lines)
    assert found.line == 3 + len(lines)


@pytest.mark.parametrize(
    "result",
    [
        *("hits / len(loader) / 4", "hits / len(loader) // 4", "hits / (len(loader) * 4)"),
        *("hits / len(rows)", "hits * len(rows) / len(loader)", "100 * total / len(loader)"),
    ],
)
def test_accuracy_above_one_leaves_other_quotients_alone(result):
    assert not count_hits(guess(2, 3), result)


@pytest.mark.parametrize(
    "lines",
    [
        ["hits += (guess > labels).sum().item()"],
        ["hits += (guess == 1).sum().item()"],
        ["hits += (guess[:, None] == labels).sum().item()"],
        ["same = guess == labels", "hits += (labels[:3] < 9).sum().item()"],
        ["same = guess == labels", "hits += (9 * labels).sum().item()"],
        ["same = (guess == labels).sum()", "hits += (9 * guess).mean().item()"],
        [f"hits -= {COUNT}"],
        [f"hits = hits + {COUNT}"],
    ],
)
def test_accuracy_above_one_leaves_sums_alone_that_count_no_hits(lines):
    assert not count_hits(guess(2, 3), "hits / len(loader)", *lines)


def test_accuracy_above_one_does_not_count_masks_made_elsewhere():
    masks = [(torch.tensor([True]), 0), (torch.ones(4), 1.0)]
    lines = "same = guess if labels == 0 else guess == guess", "hits += same.sum().item()"
    assert not count_hits(masks, "hits / len(loader)", *lines)


def score(columns=1):
    return nn.Linear(4, columns)


def test_argmax_over_one_column_counts_calls_and_predictions():
    def evaluate(net):
        for rows in (ROWS, ROWS[:4]):
            net(rows).argmax(dim=1)

    (found,) = findings_of("LL401", evaluate, score())
    assert (found.severity, found.count) == ("error", 2)
    assert found.message == "arg-max over an axis of length 1: all 12 predictions are 0"


@pytest.mark.parametrize("end", [nn.Sigmoid(), nn.Softmax(1), nn.LogSoftmax(1), nn.Tanh()])
def test_argmax_over_one_column_knows_outputs_after_an_activation(end):
    assert findings_of("LL401", lambda net: net(ROWS).argmax(1), nn.Sequential(score(), end))


@pytest.mark.parametrize(
    "use",
    [
        lambda net: net(ROWS[:1]).argmax(1),  # a batch of one row
        lambda net: net(ROWS).T[None].argmax(0),  # one candidate
        lambda net: net(ROWS).argmax(),
        lambda net: net(ROWS)[0, 0].argmax(0),
        lambda net: net(ROWS).max(1).values.tolist(),
        lambda net: net(ROWS).max(1).indices.detach(),
        lambda net: torch.cat([net(ROWS), torch.ones(8, 1)], 1).argmax(1),
    ],
)
def test_argmax_over_one_column_is_silent_where_it_may_be_meant(use):
    assert not findings_of("LL401", use, score())


@pytest.mark.parametrize(
    "use",
    [
        lambda indices: indices.tolist(),
        lambda indices: indices.numpy(),
        lambda indices: indices[0].item(),
        lambda indices: indices == torch.ones(8),
        lambda indices: torch.ones(8) != indices,
    ],
)
def test_argmax_over_one_column_takes_max_where_its_indices_are_used(use):
    assert findings_of("LL401", lambda net: use(net(ROWS).max(1).indices), score())


@pytest.mark.parametrize(
    ("use", "speaks"),
    [
        (lambda indices: indices == BINARY, True),
        (lambda indices: BINARY.long() != indices, True),
        (lambda indices: indices, False),
        (lambda indices: indices == BINARY + 1, False),
        (lambda indices: indices == torch.arange(8), False),
        (lambda indices: indices > BINARY, False),
        (lambda indices: indices == 1, False),
        (lambda indices: indices.tolist(), False),
    ],
)
def test_argmax_over_one_column_asks_unknown_values_for_labels_of_0_and_1(use, speaks):
    found = findings_of("LL401", lambda: use(torch.ones(8, 1).argmax(1)))
    assert len(found) == speaks


@pytest.mark.parametrize("columns", [(1, 3), (3, 1), (3, 1, 1)])
def test_argmax_over_one_column_is_silent_where_a_list_of_candidates_was_longer(columns):
    def choose():
        for length in columns:
            torch.ones(8, length).argmax(1) == BINARY  # noqa: B015

    assert not findings_of("LL401", choose)


def test_argmax_over_one_column_tells_models_in_one_line_apart():
    def evaluate(*nets):
        return [net(ROWS).argmax(1) for net in nets]

    (found,) = findings_of("LL401", evaluate, score(3), score())
    assert found.count == 1
    assert "all 8 predictions" in found.message


def test_argmax_over_one_column_goes_on_after_a_place_that_is_right():
    def evaluate(wide, narrow):
        wide(ROWS).argmax(1)
        narrow(ROWS).argmax(1)

    assert findings_of("LL401", evaluate, score(3), score())


def test_compared_as_matrix_tells_the_shapes_and_counts():
    def evaluate(net):
        for rows in (6, 6, 6):
            (net(ROWS[:rows]) > 0).float() == BINARY[:rows]  # noqa: B015

    (found,) = findings_of("LL403", evaluate, score())
    assert (found.severity, found.count) == ("error", 3)
    assert found.message == "left (6, 1), right (6,): the comparison is over all 6 x 6 pairs"


@pytest.mark.parametrize(
    "compare",
    [
        lambda net: BINARY.eq(net(ROWS).sigmoid().round()),
        lambda net: (net(ROWS) > 0) != BINARY,
        lambda net: net(ROWS).argmax(1) == BINARY[:, None],
        lambda net: (torch.ones(8, 1) > 0.5).float() == BINARY,
        # Labels, too, may be the arg-max of one-hot rows.
        lambda net: net(ROWS).argmax(1, keepdim=True) == torch.eye(8)[[1] * 8].argmax(1),
        lambda net: torch.eye(8)[[1] * 8].argmax(1) == net(ROWS).softmax(1).argmax(1, keepdim=True),
        # Decisions may count 0, 1, 2, ...
        lambda net: torch.arange(8.0)[:, None].round() == BINARY,
        lambda net: BINARY.eq(torch.arange(8.0)[:, None].round()),
        lambda net: (net(ROWS) > 0) == torch.arange(8) + 1,
    ],
)
def test_compared_as_matrix_knows_decisions_on_either_side(compare):
    assert findings_of("LL403", compare, score())


@pytest.mark.parametrize(
    "compare",
    [
        lambda net: (net(ROWS) > 0).squeeze(1) == BINARY,
        lambda net: (net(ROWS) > 0) == BINARY[:, None],
        lambda net: (net(ROWS) > 0).float() == 1,
        lambda net: (net(ROWS) > 0).float() > BINARY,
        lambda net: BINARY[:, None] == BINARY,  # who has whose label
        lambda net: net(ROWS).argmax(1, keepdim=True) == net(ROWS).argmax(1),
        lambda net: net(ROWS).argmax(1, keepdim=True) == torch.arange(8),  # one-hot rows
        lambda net: torch.arange(8) == net(ROWS).argmax(1, keepdim=True),
    ],
)
def test_compared_as_matrix_leaves_other_comparisons_alone(compare):
    assert not findings_of("LL403", compare, score())


def average(loader, result="sum(losses) / len(losses)", *lines):
    return findings_of("LL406", run_loop, loader, result, *(lines or [MEAN]))


def test_mean_of_batch_means_tells_both_means():
    (found,) = average(miss((2, 1), (4, 2), (2, 6)))
    assert (found.severity, found.count) == ("advice", 3)
    message = "batches of 2 to 4 rows count alike: their mean is 3, the mean over all rows 2.75"
    assert found.message == message


@pytest.mark.parametrize("level", [1, 1000])
def test_mean_of_batch_means_speaks_from_a_hundred_thousandth_of_the_mean_on(level):
    # The mean of means is a quarter of the difference above the mean of rows.
    assert not average(miss((3, level), (1, level * (1 + 3e-5))))
    assert average(miss((3, level), (1, level * (1 + 6e-5))))


@pytest.mark.parametrize("batches", [[(3, 1), (3, 2)], [(3, 2), (1, 2)], [(3, 0), (1, 0)]])
def test_mean_of_batch_means_is_silent_where_batches_are_alike(batches):
    assert not average(miss(*batches))


@pytest.mark.parametrize(
    ("result", "line"),
    [
        ("sum(losses) / len(losses)", "losses.append(float(loss))"),
        ("np.mean(losses)", "losses.append(loss.item())"),
        ("total / len(loader)", "total += loss.item()"),
        ("total / len(run.val_dl)", "total += float(loss)"),
        ("total / len(batches)", "total += loss.item()"),
    ],
)
def test_mean_of_batch_means_knows_lists_and_sums(result, line):
    (found,) = average(miss((3, 1), (1, 2)), result, f"loss = {LOSS}", line)
    assert found.line == 5


@pytest.mark.parametrize(
    ("result", "line"),
    [
        ("sum(losses) / 4", MEAN),
        ("total / len(rows)", f"total += {LOSS}.item()"),
        ("hits / len(loader)", f"total += {LOSS}.item()"),
        ("total / len(loader)", f"total = {LOSS}.item()"),
    ],
)
def test_mean_of_batch_means_leaves_other_quotients_alone(result, line):
    assert not average(miss((3, 1), (1, 2)), result, line)


@pytest.mark.parametrize(
    "lines",
    [
        ["losses.append(", f"    {LOSS}.item() +", "    0)"],
        [f"losses.append({LOSS}.item() * len(guess))"],
        [f"losses.append({LOSS}.tolist())"],
        ["losses.append(F.l1_loss(guess, labels, reduction='sum').item())"],
        ["losses.append(F.l1_loss(guess[0], labels[0]).item())"],
        [f"loss = {LOSS}", "losses.append((guess > 1).float().mean().item())"],
    ],
)
def test_mean_of_batch_means_is_silent_where_no_means_are_averaged(lines):
    assert not average(miss((3, 1), (1, 2)), "sum(losses) / len(losses)", *lines)


def test_mean_of_batch_means_goes_on_after_a_place_that_is_right():
    lines = f"kept.append({LOSS}.item())", MEAN
    (found,) = average(miss((3, 1), (1, 2)), "sum(losses) / len(losses)", *lines)
    assert found.line == 5


def decide(decision, train=F.binary_cross_entropy_with_logits):
    """Train one-column scores with a loss, and decide by them."""
    net = score()
    scores = net(ROWS).squeeze(1)
    train(scores, BINARY)
    decision(scores)


def test_threshold_on_wrong_scale_counts_scores_that_meet_half():
    def threshold(scores):
        for _ in range(6):
            scores > 0.5  # noqa: B015

    (found,) = findings_of("LL402", decide, threshold)
    assert (found.severity, found.count) == ("error", 6)
    assert found.message.endswith("are compared with 0.5; that is a probability of 0.62")
    assert found.fix == "scores > 0, or torch.sigmoid(scores) > 0.5"


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (lambda scores: scores <= 0.5, "are compared with 0.5"),
        (lambda scores: scores.round() == BINARY, "are rounded and compared with labels 0 and 1"),
        (lambda scores: BINARY.ne(scores.round()), "are rounded and compared with labels 0 and 1"),
        (lambda scores: (scores.sigmoid() > 0) == BINARY, "a sigmoid is compared with 0"),
        (lambda scores: BINARY.eq(scores.sigmoid() > 0.0), "a sigmoid is compared with 0"),
    ],
)
def test_threshold_on_wrong_scale_knows_each_wrong_decision(decision, said):
    (found,) = findings_of("LL402", decide, decision)
    assert said in found.message


@pytest.mark.parametrize(
    "decision",
    [
        lambda scores: (scores > 0) == BINARY,
        lambda scores: (scores.sigmoid() > 0.5) == BINARY,
        lambda scores: scores.sigmoid() > 0,  # with no labels
        lambda scores: (scores.sigmoid() > 0) > BINARY,
        lambda scores: scores.sigmoid().round() == BINARY,
        lambda scores: scores == 0.5,
        lambda scores: scores > 1,
        lambda scores: scores.round() == torch.arange(8),
        lambda scores: scores.round() == BINARY + 1,
        lambda scores: (scores * 2).round() == BINARY,
        lambda scores: [(scores.sigmoid() > border) == BINARY for border in (0.5, 0.0)],
    ],
)
def test_threshold_on_wrong_scale_leaves_other_decisions_alone(decision):
    assert not findings_of("LL402", decide, decision)


@pytest.mark.parametrize("borders", [(0.5, 0.3), (0.3, 0.5), (0.5, 0.3, 0.5)])
def test_threshold_on_wrong_scale_leaves_a_line_alone_that_tries_several(borders):
    assert not findings_of("LL402", decide, lambda scores: [scores > one for one in borders])


@pytest.mark.parametrize(
    "train",
    [
        F.mse_loss,
        lambda scores, labels: F.binary_cross_entropy(scores.sigmoid(), labels),
        lambda scores, labels: F.binary_cross_entropy_with_logits(2 * scores, labels),
        lambda scores, labels: F.binary_cross_entropy_with_logits(score()(ROWS)[:, 0], labels),
    ],
)
def test_threshold_on_wrong_scale_asks_whether_these_scores_were_trained(train):
    assert not findings_of("LL402", decide, lambda scores: scores > 0.5, train)


def test_threshold_on_wrong_scale_leaves_a_layer_written_out_alone():
    def evaluate(weight, bias):
        torch.addmm(bias, mat1=ROWS, mat2=weight) > 0.5  # noqa: B015

    assert not findings_of("LL402", evaluate, torch.ones(4, 1), torch.ones(1))
