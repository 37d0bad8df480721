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
def test_a_line_that_tries_thresholds_from_0_upwards_is_not_told_of_the_first(borders):
    assert not findings_of("LL402", decide, *borders)


def test_a_line_that_tries_thresholds_after_the_first_report_is_left_alone_by_the_last():
    def sweep():
        decide(0.0)
        decide(0.5)

    assert not findings_of("LL402", sweep)


def test_probabilities_that_only_meet_0_are_told_of_with_every_comparison():
    (found,) = findings_of("LL402", decide, *[0.0] * 6)
    assert (found.severity, found.count) == ("error", 6)
    assert found.message.endswith("a sigmoid is compared with 0; every probability is above it")


def test_a_line_where_other_values_meet_0_too_is_left_alone():
    def decide_by(*values):
        return [(one > 0) == BINARY for one in values]

    scores = nn.Linear(4, 1)(torch.ones(8, 4)).squeeze(1)
    for values in ((scores.sigmoid(), scores), (scores, scores.sigmoid())):
        assert not findings_of("LL402", decide_by, *values)


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
