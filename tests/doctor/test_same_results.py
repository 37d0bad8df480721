"""Arguments that PyTorch keeps from whoever watches its functions: they count under watch too."""

import ast
import importlib
import inspect

import pytest
import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

import losslab
from losslab.doctor.events import LossCall
from losslab.doctor.intercept.mode import DROPPED
from losslab.doctor.rule import Rule

WEIGHTED = "weight" in inspect.signature(F.l1_loss).parameters
TAKES_WEIGHT = pytest.mark.skipif(not WEIGHTED, reason="this PyTorch has no weight in l1_loss")
DLPACK = ("self", "stream", "max_version", "dl_device", "copy")
HOMES = ("torch.nn.functional", "torch.functional", "torch._tensor", "torch.autograd")
# What is handed on in another form: in a tuple, in a dict, by a wrapper.
IN_ANOTHER_FORM = {
    *("torch.autograd.backward: inputs", "torch.autograd.backward: grad_variables"),
    *(f"torch._tensor.__dlpack__: {one}" for one in DLPACK),
    "torch.autograd.grad: inputs",
    "torch._tensor._handle_torch_function_and_wrap_type_error_to_not_implemented: f",
}


class Count(TorchFunctionMode):
    """A user's own mode, which changes nothing itself."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        return func(*args, **kwargs or {})


def value_and_gradient(loss, **options):
    """Take a loss of the same numbers, with what differs between these."""
    a, w = torch.tensor([1.0, 2.0, 4.0], requires_grad=True), torch.tensor([0.0, 1.0, 3.0])
    output = loss(a, torch.zeros(3), w, **options)
    output.sum().backward()
    return output.tolist(), a.grad.tolist()


@TAKES_WEIGHT
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(
    "loss",
    [
        lambda a, b, w, reduction: F.l1_loss(a, b, weight=w, reduction=reduction),
        lambda a, b, w, reduction: F.l1_loss(a, b, None, None, reduction, w),
        lambda a, b, w, reduction: F.l1_loss(input=a, target=b, weight=w, reduction=reduction),
        lambda a, b, w, reduction: F.l1_loss(a, b, reduction=reduction),
    ],
    ids=["keyword", "positional", "all keywords", "no weight"],
)
def test_l1_loss_has_the_weight_under_watch_that_it_has_alone(loss, reduction):
    alone = value_and_gradient(loss, reduction=reduction)
    with losslab.doctor.watch():
        assert value_and_gradient(loss, reduction=reduction) == alone
        with losslab.doctor.watch():
            assert value_and_gradient(loss, reduction=reduction) == alone


@TAKES_WEIGHT
def test_rules_are_told_of_the_weight_that_was_not_handed_on():
    seen = []

    def note(event, case, memory):
        seen.append(event.arguments.get("weight"))
        return ()

    handlers = {LossCall: note}
    rule = Rule(code="LL999", name="note", severity="advice", page="", handlers=handlers)
    weight = torch.ones(2)
    with losslab.doctor.watch(rules=[rule]):
        F.l1_loss(torch.ones(2), torch.zeros(2), weight=weight)
        F.l1_loss(torch.ones(2), torch.zeros(2))
    assert seen[0] is weight
    assert seen[1] is None


@TAKES_WEIGHT
def test_a_weight_that_does_not_fit_is_refused_as_it_is_alone():
    with losslab.doctor.watch(), pytest.raises(ValueError, match="must have the same size"):
        F.l1_loss(torch.ones(2), torch.zeros(2), weight=torch.ones(3))


@TAKES_WEIGHT
@pytest.mark.parametrize("watch_inside", [True, False])
def test_beside_another_mode_l1_loss_gives_what_it_gives_in_that_mode_alone(watch_inside):
    def loss(a, b, w):
        return F.l1_loss(a, b, weight=w)

    with Count():
        alone = value_and_gradient(loss)
    modes = [Count(), losslab.doctor.watch()]
    first, second = modes if watch_inside else modes[::-1]
    with first, second:
        assert value_and_gradient(loss) == alone


def test_a_l1_loss_that_hands_its_weight_on_is_called_with_it_as_it_came(monkeypatch):
    given = []

    def l1_loss(input, target, weight=None):
        if torch.overrides.has_torch_function_variadic(input, target):
            tensors = (input, target)
            return torch.overrides.handle_torch_function(
                l1_loss, tensors, *tensors, weight=None if weight is None else 2 * weight
            )
        given.append(weight)
        return (input - target).abs().mean()

    monkeypatch.setitem(DROPPED, l1_loss, ("weight",))
    with losslab.doctor.watch():
        l1_loss(torch.ones(2), torch.zeros(2), weight=torch.ones(2))
        l1_loss(torch.ones(2), torch.zeros(2))
    assert given[0].tolist() == [2, 2]
    assert given[1] is None


@pytest.mark.filterwarnings("ignore:torch.chain_matmul")
def test_chain_matmul_writes_under_watch_where_it_is_told_to():
    out = torch.zeros(2, 2)
    with losslab.doctor.watch():
        torch.chain_matmul(torch.ones(2, 3), torch.ones(3, 2), out=out)
    assert out.tolist() == [[3, 3], [3, 3]]


def test_dim_order_refuses_under_watch_what_it_refuses_alone():
    table = torch.ones(1, 1)
    with losslab.doctor.watch(), pytest.raises(RuntimeError):
        table.dim_order(ambiguity_check=True)


def kept(home):
    """Find what functions of a module do not hand on to a mode, or only in another's place."""
    for function in ast.walk(ast.parse(inspect.getsource(importlib.import_module(home)))):
        if not isinstance(function, ast.FunctionDef):
            continue
        places = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
        names = {*places, *(one.arg for one in function.args.kwonlyargs)}
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "handle_torch_function":
                by_place = map(ast.unparse, call.args[2:])
                by_name = [(one.arg, ast.unparse(one.value)) for one in call.keywords]
                handed_on = {*zip(places, by_place, strict=False), *by_name}
                for name in names - {name for name, value in handed_on if name == value}:
                    yield f"{home}.{function.name}: {name}"


@pytest.mark.parametrize("home", HOMES)
def test_pytorch_keeps_no_other_arguments_from_a_mode(home):
    known = {
        f"{function.__module__}.{function.__name__}: {name}"
        for function, names in DROPPED.items()
        for name in names
    }
    assert {*kept(home)} <= known | IN_ANOTHER_FORM
    assert "return handle_torch_function(" in inspect.getsource(importlib.import_module(home))
