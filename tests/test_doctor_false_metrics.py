"""Thresholds that are right, and that the doctor once called wrong."""

import pytest
import torch
from torch import nn

from doctor_support.watched import findings_of

BINARY = torch.tensor([0.0, 1.0] * 4)


def decide(*borders):
    """Compare probabilities with borders and labels, all in one line."""
    p = nn.Linear(4, 1)(torch.ones(8, 4)).squeeze(1).sigmoid()
    return [((p > border) == BINARY).float().mean() for border in borders]


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
