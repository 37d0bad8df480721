"""Every module of ``torch.nn``, with PyTorch's own valid inputs, under watch: left as it is."""

import pytest
import torch
from torch.testing._internal.common_modules import module_db

import losslab

EACH = {info.name: info for info in module_db}
# Reduction "mean" divides by all elements; PyTorch warns of it as well.
EXPECTED = {"nn.KLDivLoss": {"LL109"}}
PARTS = pytest.mark.parametrize("name", EACH)

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # what PyTorch says of some inputs is not the matter
    pytest.mark.skipif(len(EACH) < 100, reason="this PyTorch has no list of its modules"),
]


@pytest.fixture(autouse=True)
def double_precision():
    """PyTorch's own inputs are made for it."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def inputs_of(info, training):
    """Make PyTorch's inputs for a module, the same every time: for its constructor, for a call."""
    torch.default_generator.manual_seed(0)
    given = info.module_inputs_func(
        info, device="cpu", dtype=torch.float64, requires_grad=True, training=training
    )
    return [one for one in given if one.forward_input is not None]


def tensors_in(value):
    if isinstance(value, torch.Tensor):
        return [value]
    parts = value.values() if isinstance(value, dict) else value
    if isinstance(parts, list | tuple | type({}.values())):
        return [tensor for part in parts for tensor in tensors_in(part)]
    return []


def forward_and_backward(info, given, training):
    """Call a new module and go back from all it gives; return outputs, then gradients."""
    torch.default_generator.manual_seed(1)
    made, called = given.constructor_input, given.forward_input
    module = info.module_cls(*made.args, **made.kwargs).train(training)
    output = module(*called.args, **called.kwargs)
    outputs = tensors_in(output)
    roots = [one.sum() for one in outputs if one.requires_grad and one.is_floating_point()]
    if roots:
        torch.stack(roots).sum().backward()
    leaves = [*module.parameters(), *tensors_in(called.args), *tensors_in(called.kwargs)]
    gradients = [leaf.grad for leaf in leaves if leaf.is_leaf and leaf.grad is not None]
    return [one.detach() for one in outputs], gradients


def same(one, other):
    return len(one) == len(other) and all(
        torch.equal(a.nan_to_num(), b.nan_to_num()) and a.dtype == b.dtype
        for a, b in zip(one, other, strict=True)
    )


@PARTS
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_a_module_gives_the_same_under_watch_and_nothing_is_found(name, training):
    info = EACH[name]
    alone = [forward_and_backward(info, given, training) for given in inputs_of(info, training)]
    again = inputs_of(info, training)
    with losslab.doctor.watch() as report:
        seen = [forward_and_backward(info, given, training) for given in again]
    for one, other in zip(alone, seen, strict=True):
        assert all(same(a, b) for a, b in zip(one, other, strict=True))
    assert {one.rule for one in report.findings} <= EXPECTED.get(name, set())
    assert not [one for one in report.unchecked if one.startswith("rule ")]
    assert report.watched["Forward"] >= len(seen)


def test_the_list_has_inputs_for_almost_every_module():
    without = [name for name, info in EACH.items() if not inputs_of(info, True)]
    assert len(without) <= 2, without


def test_the_comparison_sees_a_difference():
    ones, twos = [torch.ones(2)], [torch.full((2,), 2.0)]
    assert same(ones, [torch.ones(2)])
    assert not same(ones, twos)
    assert not same(ones, [])
