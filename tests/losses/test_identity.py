"""The identity of a user's own loss: same code, same hash; other code or constants, another."""

import functools
import importlib
import math
import operator
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

import own_losses
from losslab.losses.catalog import LOSSES
from losslab.losses.identity import hash_function, identify_loss
from processes.interpreters import TESTS


def subject(text: str):
    """A fresh function of the module of losses, by an expression."""
    return eval(text, {**vars(own_losses), "own_losses": own_losses, "nn": nn})


SUBJECTS = (
    *("scaled", "nested", "through", "recursive", "with_keyword", "cubic", "closure(2.0)"),
    *("Quartic()", "pair_on_a_line[0]", "pair_on_a_line[1]", "nn.HuberLoss(delta=2.0)"),
)


def test_one_code_has_one_hash_in_every_process():
    code = (
        "import own_losses\nfrom torch import nn\n"
        "from losslab.losses.identity import hash_function\n"
        f"for text in {SUBJECTS!r}:\n"
        "    print(hash_function(eval(text, {**vars(own_losses), 'nn': nn})))\n"
    )
    folder = str(TESTS)
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": folder},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for seed in ("1", "2")
    ]
    here = [hash_function(subject(text)) for text in SUBJECTS]
    assert told[0] == told[1] == here
    assert None not in here
    assert len(set(here)) == len(here)


@pytest.mark.parametrize("text", ["scaled", "nested", "through", "Quartic()"])
def test_a_changed_global_changes_the_hash(monkeypatch, text):
    before = hash_function(subject(text))
    monkeypatch.setattr(own_losses, "SCALE", 3.0)
    assert hash_function(subject(text)) != before


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("closure(2.0)", "closure(3.0)"),
        ("cubic", "functools.partial(with_keyword, power=4.0)"),
        ("Quartic(1.0)", "Quartic(2.0)"),
        ("nn.HuberLoss(delta=1.0)", "nn.HuberLoss(delta=2.0)"),
        ("nn.CrossEntropyLoss()", "nn.CrossEntropyLoss(label_smoothing=0.1)"),
        ("pair_on_a_line[0]", "pair_on_a_line[1]"),
    ],
)
def test_another_setting_is_another_loss(one, other):
    assert hash_function(subject(one)) != hash_function(subject(other))
    assert hash_function(subject(one)) == hash_function(subject(one)) is not None


def test_a_changed_tensor_is_another_loss():
    criteria = [nn.CrossEntropyLoss(weight=torch.tensor([1.0, each])) for each in (1.0, 2.0)]
    assert hash_function(criteria[0]) != hash_function(criteria[1])
    moved = own_losses.Quartic()
    moved.shift += 1.0
    assert hash_function(moved) != hash_function(own_losses.Quartic())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return 2.0 * (p - y).abs()", "return 3.0 * (p - y).abs()"),
        ("return g(p, y, k=1.0)", "return g(p, y, k=2.0)"),
    ],
)
def test_changed_source_is_another_loss(tmp_path, monkeypatch, before, after):
    monkeypatch.syspath_prepend(tmp_path)
    told = []
    for number, body in enumerate((before, after, before)):
        name = "mylosses_f"
        Path(tmp_path, f"{name}.py").write_text(
            f"def g(p, y, k):\n    return k * (p - y).abs()\n\ndef f(p, y):\n    {body}\n"
            f"# {'changed ' * number}\n",
            encoding="utf-8",
        )
        sys.modules.pop(name, None)
        importlib.invalidate_caches()
        told.append(hash_function(importlib.import_module(name).f))
    assert told[0] == told[2] != told[1]
    assert None not in told


def test_a_changed_default_is_another_loss(monkeypatch):
    before = hash_function(own_losses.with_keyword)
    monkeypatch.setitem(own_losses.with_keyword.__kwdefaults__, "power", 5.0)
    assert hash_function(own_losses.with_keyword) != before


@pytest.mark.parametrize(
    "loss",
    [
        operator.itemgetter(0),
        [].append,
        functools.partial(own_losses.with_keyword, power=object()),
    ],
    ids=["itemgetter", "bound method", "an object without content"],
)
def test_a_loss_without_content_of_its_own_has_no_identity(loss):
    assert hash_function(loss) is None


def test_a_module_of_ones_own_is_more_than_its_name(monkeypatch):
    namespace = {"own_losses": own_losses}
    borrowed = type(own_losses.scaled)(reads_a_module.__code__, namespace)
    assert hash_function(borrowed) is None


def reads_a_module(prediction, target):
    return own_losses.scaled(prediction, target)


def test_a_summed_module_of_the_catalogue_has_an_identity():
    summed = LOSSES["mse"].module(reduction="sum")
    assert hash_function(summed) not in (None, hash_function(LOSSES["l1"].module(reduction="sum")))


def test_torch_functions_are_known_by_name():
    assert hash_function(functional.huber_loss) != hash_function(functional.mse_loss)
    assert hash_function(torch.exp) is not None
    assert hash_function(math.exp) not in (None, hash_function(math.log))  # built into a module


def test_a_hidden_attribute_of_a_module_counts():
    class Scaled(nn.Module):
        def __init__(self, factor):
            super().__init__()
            self._factor = factor

        def forward(self, p, y):
            return self._factor * (p - y).abs().mean()

    assert hash_function(Scaled(1.0)) == hash_function(Scaled(1.0)) != hash_function(Scaled(6.0))


def decorated(factor):
    def decorate(fn):
        @functools.wraps(fn)
        def wrapper(p, y):
            return factor * fn(p, y) if factor > 1 else fn(p, y)

        return wrapper

    return decorate


def test_what_a_decorator_adds_counts():
    def plain(p, y):
        return (p - y).abs()

    assert (
        hash_function(decorated(2.0)(plain))
        != hash_function(decorated(3.0)(plain))
        != hash_function(plain)
    )


def test_attributes_of_functions_and_values_of_classes_count(monkeypatch):
    def scaled(p, y):
        return scaled.factor * (p - y)

    scaled.factor = 1.0
    before = hash_function(scaled)
    scaled.factor = 2.0
    assert hash_function(scaled) != before
    criterion = own_losses.Quartic()
    before = hash_function(criterion)
    monkeypatch.setattr(own_losses.Quartic, "factor", 3.0, raising=False)
    assert hash_function(criterion) != before


def test_a_loss_that_imports_its_helpers_as_it_runs_has_no_identity():
    def lazy(p, y):
        from own_losses import cubic

        return cubic(p, y)

    assert hash_function(lazy) is None


def test_a_loss_object_is_more_than_its_function_and_name():
    mse = LOSSES["mse"]
    summed = replace(mse, over_outputs="sum")
    assert identify_loss(mse) == "mse"
    for form in (LOSSES["focal"], LOSSES["focal"].by_class):
        assert identify_loss(form) == identify_loss(form.bind(gamma=3.0)) == "focal"
    assert identify_loss(summed) not in (None, "mse")
    assert identify_loss(replace(summed, inverse_link="sigmoid")) != identify_loss(summed)
