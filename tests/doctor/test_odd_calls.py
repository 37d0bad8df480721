"""Odd calls of PyTorch's functions: the doctor never raises, and never changes what comes out."""

import re

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

import losslab
from losslab.doctor.intercept.losses import BACKWARDS, list_loss_functions
from losslab.doctor.intercept.table import list_readers

pytestmark = pytest.mark.filterwarnings("ignore")

# Of no rows multi_margin_loss gives what was in memory before, alone as well.
LOSSES = sorted((one for one in list_loss_functions() if "multi_margin" not in str(one)), key=str)
# What sets an attribute is no function to be called by itself.
FUNCTIONS = sorted(set(list_readers()) - set(BACKWARDS) - set(list_loss_functions()), key=str)
MODULES = (nn.MSELoss, nn.CrossEntropyLoss, nn.BCEWithLogitsLoss, nn.Softmax, nn.ReLU, nn.Dropout)

SHAPES = ((), (0,), (3, 0), (4,), (4, 1), (4, 3), (2, 3, 4), (1, 1), (2, 3, 2, 2))
DTYPES = (torch.float32, torch.float64, torch.int64, torch.bool, torch.complex64, torch.float16)
KINDS = (
    *("plain", "plain", "plain", "graph", "graph", "scores"),
    *("meta", "sparse", "nested", "marked", "loud", "expanded", "inference"),
    *(("named",) if hasattr(torch.Tensor, "rename") else ()),  # PyTorch gave them up
)


class Marked(torch.Tensor):
    """A subclass that does nothing of its own."""


class Loud(torch.Tensor):
    """A subclass that counts what it is asked."""

    asked = 0

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        Loud.asked += 1
        return super().__torch_function__(func, types, args, kwargs or {})


def tensor(kind, shape, dtype, seed):
    """Make a tensor of a kind; the same for the same arguments."""
    values = torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * 2
    made = values.abs().to(dtype) if dtype in (torch.int64, torch.bool) else values.to(dtype)
    if kind in ("graph", "scores") and made.is_floating_point():
        leaf = made.float().requires_grad_()
        return nn.functional.linear(leaf, torch.eye(shape[-1])) if shape else leaf * 2
    return {
        "meta": lambda: made.to("meta"),
        "sparse": lambda: made.to_sparse() if shape else made,
        "named": lambda: made.rename(*"ABCD"[: len(shape)]) if shape else made,
        "nested": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        "marked": lambda: made.as_subclass(Marked),
        "loud": lambda: made.as_subclass(Loud),
        "expanded": lambda: made.unsqueeze(0).expand(2, *made.shape),
        "inference": lambda: _inference(made),
    }.get(kind, lambda: made)()


def _inference(made):
    with torch.inference_mode():
        return made + made


tensors = st.tuples(
    st.just("tensor"),
    st.sampled_from(KINDS),
    st.sampled_from(SHAPES),
    st.sampled_from(DTYPES),
    st.integers(0, 3),
)
others = st.sampled_from(
    [None, 0, 1, -1, 2.5, True, "mean", "text", [1.0, 2.0], (2,), ..., slice(None), torch.float32]
)
earlier = st.tuples(st.just("earlier"), st.integers(0, 3))
arguments = st.one_of(tensors, tensors, tensors, earlier, others.map(lambda one: ("other", one)))
keywords = st.dictionaries(
    st.sampled_from(["input", "target", "weight", "dim", "reduction", "ignore_index", "other"]),
    st.one_of(
        tensors,
        st.sampled_from(["mean", "sum", "none", "odd", 0, 1, -1]).map(lambda one: ("other", one)),
    ),
    max_size=2,
)
calls = st.tuples(
    st.one_of(st.sampled_from(LOSSES), st.sampled_from(FUNCTIONS), st.sampled_from(MODULES)),
    st.lists(arguments, max_size=4),
    keywords,
)


def built(argument, results):
    what, *rest = argument
    if what == "tensor":
        return tensor(*rest)
    if what == "earlier":
        return results[rest[0]] if rest[0] < len(results) else None
    return rest[0]


def outcome(function, args, kwargs):
    # Not torch.manual_seed, which writes down its caller's stack for every other kind of device.
    torch.default_generator.manual_seed(0)
    try:
        called = function() if isinstance(function, type) else function
        return called(*args, **kwargs)
    except Exception as error:
        return error


def run(program):
    """Make the calls one after the other; go back from what has a graph."""
    results, Loud.asked = [], 0
    for function, args, kwargs in program:
        given = [built(one, results) for one in args]
        named = {name: built(one, results) for name, one in kwargs.items()}
        result = outcome(function, given, named)
        results.append(result)
        if isinstance(result, torch.Tensor) and result.requires_grad and not result.ndim:
            results.append(outcome(torch.Tensor.backward, [result], {"retain_graph": True}))
    return results, Loud.asked


def described(value):
    """Say what a value is, so that two of them can be compared."""
    if isinstance(value, BaseException):
        return type(value), re.sub(r"0x[0-9a-f]+", "0x", str(value))
    if isinstance(value, torch.Tensor):
        if value.is_meta or value.layout is not torch.strided or value.is_nested:
            return type(value), value.dtype, value.layout, value.requires_grad
        kind = type(value)
        value = value.rename(None) if hasattr(value, "rename") else value
        plain = value.detach().as_subclass(torch.Tensor).resolve_conj().resolve_neg()
        values = plain.to(torch.complex128 if plain.is_complex() else torch.float64)
        return (kind, value.dtype, value.shape, value.requires_grad, values.numpy().tobytes())
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes()
    if isinstance(value, list | tuple):
        return type(value), [described(one) for one in value]
    return type(value), repr(value)


def assert_the_same(program):
    """Compare what calls give alone and under watch; tell how often ``Loud`` was asked."""
    alone, asked_alone = run(program)
    with losslab.doctor.watch() as report:
        watched, asked = run(program)
    assert [described(one) for one in watched] == [described(one) for one in alone]
    assert not [sentence for sentence in report.unchecked if re.search("^rule|not read", sentence)]
    return asked, asked_alone


@settings(
    max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(st.lists(calls, min_size=1, max_size=4))
def test_odd_calls_give_under_watch_what_they_give_alone(program):
    assert_the_same(program)


PAIRS = [
    ((4, 3), (4,), torch.int64),
    ((4, 3), (4, 3), torch.float32),
    ((4, 1), (4,), torch.float32),
    ((3, 0), (3, 0), torch.float32),
    ((0, 3), (0,), torch.int64),
    ((2, 3, 4), (2, 4), torch.int64),
    ((), (), torch.float32),
    ((1,), (), torch.float64),
]


@pytest.mark.parametrize("kind", sorted(set(KINDS)))
@pytest.mark.parametrize("loss", LOSSES, ids=lambda one: one.__name__)
def test_a_loss_of_odd_tensors_gives_under_watch_what_it_gives_alone(loss, kind):
    program = [
        (
            loss,
            [("tensor", kind, shape, torch.float32, 0), ("tensor", other, wanted, dtype, 1)],
            {"reduction": ("other", reduction)},
        )
        for shape, wanted, dtype in PAIRS
        for other in ("plain", kind)
        for reduction in ("mean", "none")
    ]
    asked, asked_alone = assert_the_same(program)
    assert asked == asked_alone  # a subclass is asked by PyTorch, and not by the doctor
