"""The classic mistakes are found with their line: module, functional, in a class, in a notebook."""

import json
import runpy

import pytest

import losslab
from doctor_support.notebooks import examine_cells
from losslab.doctor.notebook import read_cells

START = """
import torch
import torch.nn.functional as F
from torch import nn
torch.manual_seed(0)
x, ones = torch.randn(64, 4), torch.zeros(64, dtype=torch.long)
labels, values = torch.randint(0, 3, (64,)), torch.randint(0, 5, (64, 1))
shares = torch.softmax(torch.randn(64, 3), 1)
"""
RELU = "nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.ReLU())"
ONE = "nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))"
# rule, network, module, function, target
MISTAKES = {
    "relu into nll": ("LL202", RELU, "nn.NLLLoss()", "F.nll_loss", "labels"),
    "relu into kl_div": (
        *("LL205", RELU, "nn.KLDivLoss(reduction='batchmean')"),
        *("lambda p, t: F.kl_div(p, t, reduction='batchmean')", "shares"),
    ),
    "mse against long": ("LL102", ONE, "nn.MSELoss()", "F.mse_loss", "values"),
    "one column under cross_entropy": (
        *("LL207", ONE, "nn.CrossEntropyLoss()", "F.cross_entropy", "ones"),
    ),
}
LOOP = """
for _ in range(10):
    optimizer.zero_grad()
    loss = criterion(net(x), {target})  # here
    loss.backward()
    optimizer.step()
"""
CLASS = """
class Trainer:
    def __init__(self):
        self.net, self.optimizer, self.criterion = net, optimizer, criterion
    def train(self):
        for _ in range(10):
            self.optimizer.zero_grad()
            loss = self.criterion(self.net(x), {target})  # here
            loss.backward()
            self.optimizer.step()
Trainer().train()
"""


def errors(findings):
    return [(one.rule, one.line) for one in findings if one.severity == "error"]


def line_of(text):
    """The line of the mistake, or of the lambda that holds it."""
    lines = text.splitlines()
    marks = ["lambda", "# here"] if "lambda" in text else ["# here"]
    return next(at for mark in marks for at, line in enumerate(lines, 1) if mark in line)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", ["module", "functional", "class", "notebook"])
@pytest.mark.parametrize("name", MISTAKES)
def test_a_classic_mistake_is_found_at_its_line_in_every_form(name, form, tmp_path):
    rule, net, module, function, target = MISTAKES[name]
    criterion = function if form == "functional" else module
    made = f"net = {net}\noptimizer = torch.optim.SGD(net.parameters(), lr=0.01)\n"
    made += f"criterion = {criterion}\n"
    body = (CLASS if form == "class" else LOOP).format(target=target)
    if form == "notebook":
        kinds = {"cell_type": "code", "metadata": {}, "outputs": []}
        cells = [
            {**kinds, "execution_count": number, "source": text.splitlines(keepends=True)}
            for number, text in enumerate((START, made, body), 1)
        ]
        path = tmp_path / "work.ipynb"
        path.write_text(
            json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": cells}), encoding="utf-8"
        )
        report = examine_cells(read_cells(str(path), str(path)), {"__name__": "__main__"})
        assert errors(report.findings) == [(rule, line_of(body))]
        assert all(one.file.endswith("cell 3") for one in report.findings)
        return
    path = tmp_path / "work.py"
    path.write_text(START + made + body, encoding="utf-8")
    with losslab.doctor.watch() as report:
        runpy.run_path(str(path), run_name="__main__")
    assert errors(report.findings) == [(rule, line_of(path.read_text(encoding="utf-8")))]
