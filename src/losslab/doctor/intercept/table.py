"""The table of watched functions: each function object with its reader.

To watch another function, add its name to a line below; all forms of it (``torch.x``, ``tensor.x``,
``tensor.x_``, ``F.x``, the operator) come with the name.
"""

from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import Any

import torch
import torch.nn.functional as F

from losslab.doctor.intercept import functions, losses, propagation
from losslab.doctor.intercept.losses import list_loss_functions
from losslab.doctor.intercept.reader import Reader

_HOMES = (torch.Tensor, torch, F, torch._C._nn, torch.special)

_ACTIVATIONS = {
    "softmax": ("softmax",),
    "log_softmax": ("log_softmax",),
    "softmin": ("softmin",),
    "sigmoid": ("sigmoid", "expit"),
    "log_sigmoid": ("logsigmoid", "log_sigmoid"),
    "hardsigmoid": ("hardsigmoid",),
    "relu": ("relu",),
    "relu6": ("relu6",),
    "tanh": ("tanh",),
    "softplus": ("softplus",),
    "exp": ("exp",),
    "log": ("log", "log2", "log10"),
    "log1p": ("log1p",),
    "sqrt": ("sqrt",),
    "round": ("round", "floor", "ceil", "sign"),
    "one_hot": ("one_hot",),
}
_LAYERS = {
    "linear": functions.read_layer(-1),
    "bilinear": functions.read_layer(-1, (0, "input1"), (2, "weight")),
    "addmm": functions.read_layer(-1, (1, "mat1"), (2, "mat2")),
    "baddbmm": functions.read_layer(-1, (1, "batch1"), (2, "batch2")),
    "conv1d": functions.read_layer(-2),
    "conv2d": functions.read_layer(-3),
    "conv3d": functions.read_layer(-4),
}
_REDUCTIONS = ("argmax", "argmin", "max", "min", "amax", "topk", "sort", "mean", "sum")
_ARITHMETIC = {
    "sub": ("sub", "subtract"),
    "add": ("add",),
    "mul": ("mul", "multiply"),
    "div": ("div", "divide", "true_divide", "truediv"),
    "pow": ("pow",),
}
_COMPARISONS = {
    "eq": ("eq", "equal", "__eq__"),
    "ne": ("ne", "not_equal", "__ne__"),
    "gt": ("gt", "greater", "__gt__"),
    "ge": ("ge", "greater_equal", "__ge__"),
    "lt": ("lt", "less", "__lt__"),
    "le": ("le", "less_equal", "__le__"),
}
_UNCHANGED = (
    *("clone", "contiguous", "cpu", "cuda", "to", "type", "type_as", "float", "double", "half"),
    *("bfloat16", "long", "int", "requires_grad_", "nan_to_num", "expand", "expand_as", "alias"),
)
_ROUTES = {
    propagation.reshape: (
        "view",
        "reshape",
        "flatten",
        "unflatten",
        "view_as",
        "reshape_as",
        "ravel",
    ),
    propagation.squeeze: ("squeeze",),
    propagation.unsqueeze: ("unsqueeze",),
    propagation.transpose: ("transpose", "swapaxes", "swapdims"),
    propagation.transpose_matrix: ("t",),
    propagation.permute: ("permute",),
    propagation.index_tensor: ("__getitem__",),
    propagation.select: ("select",),
    propagation.shorten: ("narrow", "index_select", "flip"),
}
_SPLITS = ("chunk", "split", "unbind", "tensor_split")
_CUTS = {"item": ("item",), "numpy": ("numpy",), "tolist": ("tolist",), "float": ("__float__",)}


@cache
def list_readers() -> dict[Any, Reader]:
    """Map every watched function object to its reader."""
    readers: dict[Any, Reader] = {}
    for reader, names in _list_named_readers():
        for name in names:
            for function in _find_forms(name):
                readers.setdefault(function, reader)
    tensor: Any = torch.Tensor
    return {
        **readers,
        **{
            function: Reader(partial(losses.read_loss, loss))
            for function, loss in list_loss_functions().items()
        },
        **losses.BACKWARDS,
        **{
            getattr(F, name): Reader(partial(functions.read_noise, "dropout"))
            for name in ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout")
        },
        F.batch_norm: Reader(partial(functions.read_noise, "batch_norm")),
        tensor.T.__get__: propagation.propagate(propagation.transpose_matrix),
        tensor.mT.__get__: propagation.propagate(propagation.transpose_matrix),
        tensor.data.__get__: propagation.propagate(cuts="data"),
        tensor.grad.__set__: Reader(losses.read_gradient_set),
    }


def _list_named_readers() -> Iterator[tuple[Reader, Sequence[str]]]:
    """List readers with the names of their functions; the first reader of a function counts."""
    for read, table in (
        (functions.read_activation, _ACTIVATIONS),
        (functions.read_reduction, {name: (name,) for name in _REDUCTIONS}),
        (functions.read_comparison, _COMPARISONS),
        (functions.read_cut, _CUTS),
    ):
        for name, spellings in table.items():
            yield Reader(partial(read, name)), spellings
    for name, spellings in _ARITHMETIC.items():
        reflected = [f"__r{spelling}__" for spelling in spellings]
        inplace = [form for spelling in spellings for form in (f"{spelling}_", f"__i{spelling}__")]
        plain = [form for spelling in spellings for form in (spelling, f"__{spelling}__")]
        yield functions.read_arithmetic(name, reflected=True), reflected
        yield functions.read_arithmetic(name, inplace=True), inplace
        yield functions.read_arithmetic(name), plain
    for name, reader in _LAYERS.items():
        yield reader, [name]
    for route, spellings in _ROUTES.items():
        yield propagation.propagate(route), spellings
    yield propagation.propagate(), _UNCHANGED
    yield propagation.propagate(cuts="detach"), ["detach", "detach_"]
    yield Reader(functions.read_embedding), ["embedding"]
    yield Reader(propagation.propagate_clamp), ["clamp", "clip", "clamp_min"]
    yield Reader(propagation.propagate_split), _SPLITS
    yield Reader(propagation.propagate_cat), ["cat", "concat", "concatenate"]


def _find_forms(name: str) -> Iterator[Any]:
    for home in _HOMES:
        for spelling in (name, f"{name}_", f"special_{name}"):
            function = getattr(home, spelling, None)
            if callable(function):
                yield function
