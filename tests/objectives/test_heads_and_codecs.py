"""Heads and target encodings: row functions, ranges, and what they write."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from loss_battery import check_math_is_fixed
from losslab.contracts.domain import Kind
from losslab.core.errors import OptionError
from losslab.objectives.catalog import CODECS, HEADS

EVERY_HEAD = pytest.mark.parametrize("head", HEADS.values(), ids=list(HEADS))
EXACT = {"rtol": 1e-12, "atol": 1e-12}


@EVERY_HEAD
def test_a_heads_row_functions_use_no_function_that_machines_round_as_they_like(head):
    check_math_is_fixed(head.forward)
    check_math_is_fixed(head.backward)


@EVERY_HEAD
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_heads_row_functions_equal_its_torch_function(head, data):
    width = data.draw(st.integers(head.min_width, 4))
    numbers = st.floats(-1e4, 1e4) | st.sampled_from([0.0, 1.0, 1e4, -1e4])
    row = data.draw(st.lists(numbers, min_size=width, max_size=width))
    gradients = data.draw(st.lists(st.floats(-3, 3), min_size=width, max_size=width))
    z = torch.tensor(row, dtype=torch.float64, requires_grad=True)
    prediction = head(z)
    (expected,) = torch.autograd.grad(prediction, z, torch.tensor(gradients, dtype=torch.float64))

    filled, gradient = [math.nan] * width, list(gradients)
    head.forward(tuple(row), filled)
    head.backward(tuple(row), tuple(filled), gradient)
    # The gradients of a direction are differences of numbers as large as one over the length.
    length = max(map(abs, row)) if Kind.UNIT_VECTOR in head.emits else 1.0
    noise = EXACT | {"atol": 1e-12 / min(1.0, length or 1.0)}
    for ours, theirs, near in ((filled, prediction, EXACT), (gradient, expected, noise)):
        ours = torch.tensor(ours, dtype=torch.float64)
        # Where exp overflows, a gradient of 0 times inf is NaN in both.
        torch.testing.assert_close(ours, theirs.detach(), equal_nan=True, **near)


@EVERY_HEAD
def test_a_head_meets_its_specification(head):
    z = 40 * torch.randn(200, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    prediction = head(z)
    assert prediction.shape == z.shape
    assert prediction in head.reaches
    logarithmic = head.emits == (Kind.LOG_PROBABILITY,)
    sums = (prediction.exp() if logarithmic else prediction).sum(-1)
    assert torch.allclose(sums, torch.ones_like(sums)) == head.sums_to_one
    own = {head.defined.__name__: head.defined} if head.defined else {}
    assert head.torch_class.startswith(("torch.nn.", *own))
    named = eval(head.torch_class, {"torch": torch, **own})
    torch.testing.assert_close(prediction, named(z), **EXACT)
    torch.testing.assert_close(head(z.expand(2, 200, 3)), prediction.expand(2, 200, 3), **EXACT)
    assert torch.autograd.gradcheck(head, (z[:3] / 40).requires_grad_())


@EVERY_HEAD
def test_a_head_reaches_almost_all_of_its_interval(head):
    z = torch.tensor([[-1e4, 1e4], [1e4, -1e4], [-1e4, 0.0], [0.0, 1e4]], dtype=torch.float64)
    low, high = head(z).min().item(), head(z).max().item()
    assert low == head.reaches.low or (math.isinf(head.reaches.low) and low <= -1e4)
    assert high == head.reaches.high or (math.isinf(head.reaches.high) and high >= 1e4)


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("class_index", [0, 2, 1], [0, 2, 1]),
        ("zero_one", [0, 1, 1], [[0.0], [1.0], [1.0]]),
        ("signs", [0, 1, 1], [[-1.0], [1.0], [1.0]]),
        ("one_hot", [0, 2], [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
        ("standardized", [2.0, 4.0], [[2.0], [4.0]]),
        ("counts", [2, 0, 14], [[2.0], [0.0], [14.0]]),
    ],
)
def test_a_target_encoding_writes_what_it_says(name, labels, expected):
    codec = replace(CODECS[name], n_classes=3)
    target = codec.encode(np.array(labels))
    assert target.tolist() == expected
    assert target.dtype == (torch.int64 if name == "class_index" else torch.float32)
    assert torch.equal(codec.encode(torch.tensor(labels)), target)
    assert target in codec.within


def test_every_target_encoding_is_covered_above():
    assert set(CODECS) == {
        *("class_index", "zero_one", "signs", "one_hot", "standardized", "counts")
    }


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.99])
def test_smoothing_spreads_its_share_over_all_classes(smoothing):
    codec = replace(CODECS["one_hot"].bind(smoothing=smoothing), n_classes=4)
    target = codec.encode(np.array([2, 0]), torch.float64)
    rest = smoothing / 4
    expected = [[rest, rest, 1 - 3 * rest, rest], [1 - 3 * rest, rest, rest, rest]]
    torch.testing.assert_close(target, torch.tensor(expected, dtype=torch.float64))
    assert target.argmax(1).tolist() == [2, 0]
    assert codec.changed == ({"smoothing": smoothing} if smoothing else {})


@pytest.mark.parametrize("smoothing", [1.0, -0.1, math.nan, "much"])
def test_smoothing_out_of_range_is_refused(smoothing):
    with pytest.raises(OptionError) as caught:
        CODECS["one_hot"].bind(smoothing=smoothing)
    assert str(caught.value) == (
        f"target encoding 'one_hot' needs smoothing in [0, 1), but got {smoothing!r}.\n"
        "  fix: smoothing=0 is the default"
    )


def test_values_are_standardised_by_the_training_rows():
    codec = CODECS["standardized"].fit(np.array([1.0, 2.0, 6.0]))
    target = codec.encode(np.array([1.0, 2.0, 6.0]), torch.float64)
    assert target.mean().item() == pytest.approx(0.0, abs=1e-12)
    assert target.std(correction=0).item() == pytest.approx(1.0)
    assert codec.encode(np.array([3.0]), torch.float64).item() == 0.0


def test_a_constant_target_keeps_its_scale():
    codec = CODECS["standardized"].fit(np.array([5.0, 5.0]))
    assert (codec.location, codec.scale) == (5.0, 1.0)


@pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))
def test_only_encodings_with_a_scale_learn_from_labels(codec):
    fitted = codec.fit(np.array([1.0, 0.0, 1.0, 1.0]))
    assert (fitted != codec) == codec.fits_scale
    assert (codec.n_classes is None) or codec.reads == "classes"


def test_a_label_of_weight_zero_may_be_of_any_size():
    weight = np.array([1.0, 0.0, 3.0])
    fitted = CODECS["standardized"].fit(np.array([2.0, np.inf, 6.0]), weight)
    assert (fitted.location, fitted.scale) == (5.0, math.sqrt(3.0))


def test_one_hot_has_two_classes_by_default():
    assert CODECS["one_hot"].encode(torch.tensor([0, 1])).tolist() == [[1.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize("z", [19.5, 20.0, 20.5, 30.0, 39.0])
def test_softplus_is_linear_where_pytorchs_is(z):
    filled = [math.nan]
    HEADS["softplus"].forward((z,), filled)
    assert filled == [z if z > 20 else pytest.approx(math.log1p(math.exp(z)), rel=1e-15)]
    theirs = torch.nn.functional.softplus(torch.tensor(z, dtype=torch.float64))
    assert theirs.item() == pytest.approx(filled[0], rel=1e-15)
