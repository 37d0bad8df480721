"""The table of functions that are watched: every function object with its reader.

To watch another function, add its name to a line below; all forms of it (``torch.x``, ``tensor.x``,
``tensor.x_``, ``F.x``, the operator) come with the name.
"""

from collections.abc import Iterable, Iterator
from functools import cache
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
    "eq": ("eq", "equal"),
    "ne": ("ne", "not_equal"),
    "gt": ("gt", "greater"),
    "ge": ("ge", "greater_equal"),
    "lt": ("lt", "less"),
    "le": ("le", "less_equal"),
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
    found: dict[Any, Reader] = {}
    for name, spellings in _ACTIVATIONS.items():
        _add(found, functions.read_activation(name), spellings)
    _add(found, Reader(functions.read_embedding), ["embedding"])
    for name, reader in _LAYERS.items():
        _add(found, reader, [name])
    for name in _REDUCTIONS:
        _add(found, functions.read_reduction(name), [name])
    _add_operators(found)
    _add(found, propagation.propagate(), _UNCHANGED)
    for route, spellings in _ROUTES.items():
        _add(found, propagation.propagate(route), spellings)
    _add(found, propagation.propagate(cuts="detach"), ["detach", "detach_"])
    _add(found, Reader(propagation.propagate_clamp), ["clamp", "clip", "clamp_min"])
    _add(found, Reader(propagation.propagate_split), _SPLITS)
    _add(found, Reader(propagation.propagate_cat), ["cat", "concat", "concatenate"])
    for name, spellings in _CUTS.items():
        _add(found, functions.read_cut(name), spellings)
    found |= {
        function: losses.read_loss(known) for function, known in list_loss_functions().items()
    }
    return found | losses.BACKWARDS | _list_noise_readers() | _list_attribute_readers()


def _add(found: dict[Any, Reader], reader: Reader, names: Iterable[str]) -> None:
    for name in names:
        for function in _find_forms(name):
            found.setdefault(function, reader)


def _find_forms(name: str) -> Iterator[Any]:
    for home in _HOMES:
        for spelling in (name, f"{name}_", f"special_{name}"):
            function = getattr(home, spelling, None)
            if callable(function):
                yield function


def _add_operators(found: dict[Any, Reader]) -> None:
    for name, spellings in _ARITHMETIC.items():
        plain, inside = (
            functions.read_arithmetic(name),
            functions.read_arithmetic(name, inplace=True),
        )
        reflected = functions.read_arithmetic(name, reflected=True)
        for spelling in spellings:
            _add(found, reflected, [f"__r{spelling}__"])
            for function in (f"{spelling}_", f"__i{spelling}__"):
                if hasattr(torch.Tensor, function):
                    found[getattr(torch.Tensor, function)] = inside
            _add(found, plain, [spelling, f"__{spelling}__"])
    for name, spellings in _COMPARISONS.items():
        reader = functions.read_comparison(name)
        _add(found, reader, [*spellings, f"__{name}__"])


def _list_noise_readers() -> dict[Any, Reader]:
    dropouts = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout")
    return {
        **{getattr(F, name): functions.read_noise("dropout", 2, default=True) for name in dropouts},
        F.batch_norm: functions.read_noise("batch_norm", 5, default=False),
    }


def _list_attribute_readers() -> dict[Any, Reader]:
    tensor: Any = torch.Tensor
    return {
        tensor.T.__get__: propagation.propagate(propagation.transpose_matrix),
        tensor.mT.__get__: propagation.propagate(propagation.transpose_matrix),
        tensor.data.__get__: propagation.propagate(cuts="data"),
        tensor.grad.__set__: Reader(losses.set_gradient),
    }
