"""Thresholds and counts that are right, and that the doctor once called wrong."""

import linecache

import pytest
import torch
from torch import nn

from doctor_support.watched import findings_of

BINARY = torch.tensor([0.0, 1.0] * 4)
COUNT = "right += (guess == y).sum().item()"


def decide(*borders):
    """Compare probabilities with borders and labels, all in one line."""
    p = nn.Linear(4, 1)(torch.ones(8, 4)).squeeze(1).sigmoid()
    return [((p > border) == BINARY).float().mean() for border in borders]


def count_up(result, *lines):
    """Count over three batches of eight right guesses, in the text of a user's file."""
    body = "".join(f"    {line}\n" for line in lines)
    text = "right = rows = positives = 0\n"
    text += f"for guess, y in loader:\n{body}result = {result}\n"
    linecache.cache["count.py"] = (len(text), None, text.splitlines(keepends=True), "count.py")
    loader = [(BINARY, BINARY)] * 3
    exec(compile(text, "count.py", "exec"), {"torch": torch, "loader": loader})


@pytest.mark.parametrize("borders", [(0.0, 0.5, 1.0), (0, 1), (0.0, 0.0, 0.5), (0.5, 0.0)])
def test_a_line_that_tries_thresholds_from_0_upwards_is_not_reported_for_the_first(borders):
    assert not findings_of("LL402", decide, *borders)


def test_a_line_that_tries_thresholds_after_the_first_report_is_left_alone_by_the_last():
    def sweep():
        decide(0.0)
        decide(0.5)

    assert not findings_of("LL402", sweep)


def test_probabilities_compared_only_with_0_are_reported():
    (found,) = findings_of("LL402", decide, *[0.0] * 6)
    assert (found.severity, found.count) == ("error", 3)  # that were looked at
    assert found.message.endswith("a sigmoid is compared with 0; every probability is above it")


def test_a_line_where_other_values_meet_0_too_is_left_alone():
    def decide_by(*values):
        return [(one > 0) == BINARY for one in values]

    scores = nn.Linear(4, 1)(torch.ones(8, 4)).squeeze(1)
    for values in ((scores.sigmoid(), scores), (scores, scores.sigmoid())):
        assert not findings_of("LL402", decide_by, *values)


@pytest.mark.parametrize(
    "labels",
    [
        lambda scores: scores.sigmoid() > 0,
        lambda scores: scores > 0,
        lambda scores: (2 * scores).sigmoid().round(),
        lambda scores: torch.ones(8, dtype=torch.bool),
        lambda scores: torch.arange(8),
    ],
    ids=["another's probabilities", "scores", "rounded", "a mask of all", "numbers"],
)
def test_a_check_of_agreement_is_not_taken_for_one_of_labels(labels):
    def agree():
        scores = nn.Linear(1, 1)(torch.linspace(-9, 9, 8)[:, None]).squeeze(1)
        ((scores.sigmoid() > 0) == labels(scores)).all()
        (labels(scores) == (scores.sigmoid() > 0)).all()

    assert not findings_of("LL402", agree)


def test_probabilities_that_are_0_in_places_meet_0_on_purpose():
    def mask(*lowest):
        layer = nn.Linear(1, 1)
        layer.weight.data.fill_(1.0)
        ends = [layer(torch.tensor([[low], [1.0]] * 4)).squeeze(1) for low in lowest]
        return [(scores.sigmoid() > 0) == BINARY for scores in ends]

    for lowest in ((-torch.inf,), (-torch.inf, -1.0), (-1.0, -torch.inf)):
        assert not findings_of("LL402", mask, *lowest)
    assert findings_of("LL402", mask, -1.0)


@pytest.mark.parametrize("labels", [BINARY.bool(), BINARY.long(), torch.tensor([0, 1, 255, 1] * 2)])
def test_labels_are_known_by_their_values(labels):
    def wrong():
        p = nn.Linear(4, 1)(torch.ones(8, 4)).squeeze(1).sigmoid()
        positive = labels > 0
        p.gt(0).eq(labels).all()
        p.gt(0).eq(positive).all()

    assert len(findings_of("LL402", wrong)) == 2


def test_rounded_scores_that_agree_with_rounded_probabilities_are_left_alone():
    def agree(other):
        scores = nn.Linear(1, 1)(torch.linspace(-9, 9, 8)[:, None]).squeeze(1)
        nn.functional.binary_cross_entropy_with_logits(scores, BINARY)
        return scores.round() == other(scores)

    assert not findings_of("LL402", agree, lambda scores: scores.sigmoid().round())
    assert findings_of("LL402", agree, lambda scores: BINARY)


@pytest.mark.parametrize(
    "line",
    [
        "positives += (y == 1).sum().item()",
        "positives += y.eq(1.0).sum().item()",
        "positives += (y == torch.tensor(1)).sum().item()",
        "positives += (y == torch.ones(1)).sum().item()",
        "positives += (y > 0).sum().item()",
        "positives += y.ne(0).sum().item()",
        "positives += y.bool().sum().item()",
        "positives += torch.logical_and(guess > 0, y > 0).sum().item()",
    ],
)
def test_what_is_as_large_as_the_last_hits_but_no_comparison_is_no_count_of_hits(line):
    for lines in ([COUNT, "rows += len(y)", line], [line]):
        assert not findings_of("LL409", count_up, "positives / len(loader)", *lines)


@pytest.mark.parametrize(
    "line",
    [
        "right += ((guess == y).float() * (y + 0.5)).sum().item()",
        "right += ((guess == y) * torch.arange(8)).sum().item()",
        "right += torch.where(guess == y, 0.7, 0.0).sum().item()",
    ],
)
def test_a_weighted_sum_over_what_agrees_is_no_count_of_hits(line):
    assert not findings_of("LL409", count_up, "right / len(loader)", line)


@pytest.mark.parametrize(
    "lines",
    [
        [COUNT],
        ["same = guess == y", "right += same.sum().item()"],
        ["same = guess == y", "right += same.view(2, 4).sum().item()"],
        ["same = guess == y", "both = y[:2] == guess[:2]", "right += same.sum().item()"],
        [
            "same = guess == y",
            "count = same.sum()",
            "both = y[:2] == guess[:2]",
            "right += count.item()",
        ],
        ["right += ((guess == y) & (y >= 0)).sum().item()"],
        ["right += torch.where(guess == y, 1.0, 0.0).sum().item()"],
        ["with torch.inference_mode(): same = guess == y", "right += same.sum().item()"],
    ],
)
def test_hits_are_known_by_the_comparison_they_count_and_not_by_its_place_in_time(lines):
    (found,) = findings_of("LL409", count_up, "right / len(loader)", *lines)
    assert "24 hits in 24 rows of 3 batches" in found.message


def test_a_repeated_comparison_is_no_count_of_hits():
    lines = "same = guess == y", "right += same.expand(5, 8).sum().item()"
    assert not findings_of("LL409", count_up, "right / len(loader)", *lines)
