"""Where the rules on learning begin to speak, and where they are silent."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from doctor_support.watched import findings_of


def first_loss(times, classes=3, reduction="mean"):
    """Take a fresh layer's cross entropy, ``times`` that of an even guess."""
    layer = nn.Linear(classes, classes, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.eye(classes))
    # ln(1 + (K - 1) e^s) where all other scores are s above the right one.
    above = math.log((classes**times - 1) / (classes - 1))
    inputs = torch.zeros(4, classes)
    inputs[:, 0] = -above
    return F.cross_entropy(layer(inputs), torch.zeros(4, dtype=torch.long), reduction=reduction)


def test_start_far_from_even_speaks_from_three_times_ln_k_on():
    assert not findings_of("LL502", first_loss, 2.99)
    (found,) = findings_of("LL502", first_loss, 3.01)
    assert found.severity == "advice"
    assert "the first loss is 3.31; an even guess over 3 classes has 1.1" in found.message


@pytest.mark.parametrize("reduction", ["sum", "none"])
def test_start_far_from_even_looks_at_means_only(reduction):
    assert not findings_of("LL502", first_loss, 9, 3, reduction)
