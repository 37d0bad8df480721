"""Losses where numbers run out of digits, and inputs that are unusual but right."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from losslab import objective
from losslab.core.errors import ContractError, ObjectiveError, OptionError
from losslab.losses.catalog import LOSSES


def value_and_gradient(name, prediction, target, **params):
    prediction = torch.tensor([prediction], requires_grad=True)
    value = LOSSES[name].bind(**params)(prediction, torch.tensor([target]))
    value.sum().backward()
    return value.item(), prediction.grad.item()


@pytest.mark.parametrize("name", ["huber", "smooth_l1"])
@pytest.mark.parametrize("error", [3e38, -3e38])
def test_the_largest_errors_of_float32_have_a_gradient(name, error):
    assert value_and_gradient(name, error, 0.0)[1] == math.copysign(1.0, error)


@pytest.mark.parametrize("error", [1e-3, 1e-6, 1e-8, 1e-12])
def test_log_cosh_keeps_its_digits_near_zero_in_float32(error):
    value, gradient = value_and_gradient("log_cosh", error, 0.0)
    assert value == pytest.approx(error**2 / 2, rel=1e-5)
    assert gradient == pytest.approx(error, rel=1e-5)


def test_log_cosh_of_large_errors_is_finite_in_float32():
    value, gradient = value_and_gradient("log_cosh", 1e30, 0.0)
    assert value == pytest.approx(1e30)
    assert gradient == 1.0


def test_outside_zero_to_one_bce_has_no_value_and_no_gradient_and_leaves_other_rows_alone():
    p = torch.tensor([-1.0, 0.25, 2.0, math.nan], requires_grad=True)
    values = LOSSES["bce"](p, torch.ones(4))
    assert values.isnan().tolist() == [True, False, True, True]
    values.sum().backward()
    assert p.grad.isnan().tolist() == [True, False, True, True]
    assert p.grad[1].item() == pytest.approx(-4.0)


def test_a_pair_with_another_label_costs_nothing_unchecked_as_in_pytorch():
    one, two = torch.randn(4, 3), torch.randn(4, 3)
    label = torch.tensor([0.0, 1.0, -1.0, 2.0])
    ours = LOSSES["cosine_embedding"].module(margin=0.1, reduction="none", unchecked=True)
    theirs = nn.CosineEmbeddingLoss(margin=0.1, reduction="none")
    torch.testing.assert_close(ours(one, two, label), theirs(one, two, label))


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.uint8, torch.float32])
def test_counts_may_be_integers(dtype):
    z, counts = torch.randn(4, 1), torch.tensor([[0], [3], [1], [7]], dtype=dtype)
    expected = nn.PoissonNLLLoss()(z, counts)
    torch.testing.assert_close(LOSSES["poisson_nll"].module()(z, counts), expected)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
@pytest.mark.parametrize("classes", [3, 200])
def test_log_probabilities_of_short_floats_are_log_probabilities(dtype, classes):
    seed = torch.Generator().manual_seed(0)
    z = (3 * torch.randn(64, classes, generator=seed)).to(dtype)
    labels = torch.arange(64) % classes
    LOSSES["nll"].check(z.log_softmax(-1), labels)
    LOSSES["kl_div"].check(z.log_softmax(-1), z.float().softmax(-1).to(dtype))
    with pytest.raises(ContractError, match=r"log.probabilit"):
        LOSSES["nll"].check(z.softmax(-1), labels)


@pytest.mark.parametrize("name", ["cross_entropy", "nll"])
def test_a_masked_class_has_probability_zero(name):
    z = torch.tensor([[0.5, 0.0, -math.inf], [1.0, -math.inf, 2.0]])
    z = z.log_softmax(-1) if name == "nll" else z
    labels = torch.tensor([0, 2])
    expected = nn.CrossEntropyLoss()(z, labels)
    torch.testing.assert_close(LOSSES[name].module()(z, labels), expected)
    with pytest.raises(ContractError, match="not finite"):
        LOSSES[name].module()(z.nan_to_num(neginf=math.nan), labels)


@pytest.mark.parametrize("value", [np.float32(2), np.int64(2), 2])
def test_parameters_may_be_numbers_of_any_kind(value):
    assert LOSSES["huber"].bind(delta=value)(torch.tensor([5.0]), torch.zeros(1)).item() == 8.0


def test_true_is_no_parameter():
    with pytest.raises(OptionError, match="needs delta in"):
        LOSSES["huber"].bind(delta=True)


@pytest.mark.parametrize("task", ["regression", "count"])
def test_what_pytorch_refuses_for_most_targets_is_refused_even_unchecked(task):
    with pytest.raises(ObjectiveError, match="not even unchecked"):
        objective("bce", task, unchecked=True)
