"""Penalties in a comparison: as axes, with alpha chosen per split, in tables and in the script."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from losslab import compare
from losslab.core.errors import LosslabError
from losslab.core.options import read_options, select_options
from losslab.data.catalog import load_dataset
from losslab.experiment.comparison.settings import ComparisonSettings
from losslab.experiment.comparison.study import estimate_size
from losslab.report.compare.html import render_report
from losslab.report.script.network import write_penalty
from losslab.report.script.script import ScriptSetup, write_script
from losslab.report.script.syntax import format_imports
from losslab.training.catalog import OPTIMIZERS, PENALTIES
from losslab.training.run import Run
from losslab.training.trainer.optimization import PenaltyStep
from processes import interpreters

FEW = {"loss": "bce_with_logits", "lr": 0.01, "epochs": 8, "splits": 2, "repeats": 1}


@pytest.fixture(scope="module")
def compared():
    return compare(
        "breast_cancer", penalty="none,l1,l2", hidden=(8,), reference=False, seed=3, **FEW
    )


def test_every_penalty_is_a_candidate_with_its_name(compared):
    rows = {row.name: row for row in compared.findings.rows}
    assert set(rows) == {f"bce_with_logits / {own}" for own in ("no penalty", "l1", "l2")}
    assert {row.candidate.penalty for row in rows.values()} == {"none", "l1", "l2"}


def test_alpha_is_chosen_per_split_by_what_is_lowest_on_its_validation_rows(compared):
    row = next(row for row in compared.findings.rows if row.candidate.penalty == "l1")
    assert row.training.runs == 2 * len(PENALTIES["l1"].alphas)
    assert set(row.tuning.alphas) <= set(PENALTIES["l1"].alphas)
    records = compared.result.candidates[row.name].trials
    assert {trial.alpha for trial in records} == set(PENALTIES["l1"].alphas)
    assert len(row.tuning.rates) == 1
    np.testing.assert_array_equal(row.tuning.rates[0].scores, row.scores.values)


def test_zero_weights_are_counted_and_shown_where_there_are_any(compared):
    rows = {row.candidate.penalty: row for row in compared.findings.rows}
    assert rows["none"].training.weights == 30 * 8 + 8
    assert not any(rows["none"].training.zeros)
    strong = compare("breast_cancer", penalty="l1", alpha=0.03, hidden=(8,), reference=False, **FEW)
    (row,) = strong.findings.rows
    assert min(row.training.zeros) > 0
    share = f"{100 * sum(row.training.zeros) / (2 * row.training.weights):.0f} %"
    assert share in str(strong)
    assert share in render_report(strong.findings)
    assert "alpha 0.03" in strong.findings.verdict + str(strong)


def test_tables_without_penalties_are_as_they_were():
    plain = compare("breast_cancer", hidden=(8,), reference=False, **FEW)
    assert "alpha" not in str(plain)
    assert "alpha" not in render_report(plain.findings)


def test_alphas_asked_for_are_candidates_of_their_own():
    found = compare(
        "breast_cancer", penalty="l2", alpha="0.1,0.01", hidden=(8,), reference=False, **FEW
    )
    names = {row.name for row in found.findings.rows}
    assert names == {"bce_with_logits / l2 alpha 0.1", "bce_with_logits / l2 alpha 0.01"}


def test_the_size_counts_every_alpha():
    data = load_dataset("breast_cancer")
    options = {**FEW, "penalty": "none,l1,elastic_net(l1_ratio=0.2)"}
    assert estimate_size(settings(options), data).runs == 2 * (1 + 5 + 5)
    assert estimate_size(settings({**options, "alpha": "0.1,0.2"}), data).runs == 2 * (1 + 2 + 2)


def settings(options):
    return select_options(ComparisonSettings, read_options(compare, options))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"penalty": "ridge"}, "l2"),
        ({"penalty": "l1", "alpha": "-0.1"}, "a strength of at least 0 for --alpha"),
        ({"penalty": "l1", "alpha": "nan"}, "a strength of at least 0 for --alpha"),
        ({"penalty": "l1", "alpha": "strong"}, "a strength of at least 0 for --alpha"),
        ({"alpha": 0.1}, "needed a --penalty for --alpha"),
        ({"penalty": "elastic_net(l1_ratio=2)"}, "l1_ratio in"),
        ({"penalty": "l1(l1_ratio=0.5)"}, "has no setting"),
    ],
)
def test_penalties_that_cannot_be_used_are_refused(wrong, message):
    with pytest.raises(LosslabError, match=message):
        compare("breast_cancer", **FEW, **wrong)


# The script


def a_run(penalty, optimizer, **more):
    momentum = {"momentum": 0.5} if optimizer in ("sgd", "rmsprop") else {}
    return Run(
        loss="mse",
        task="regression",
        hidden=(5,),
        penalty=penalty,
        alpha=0.3,
        optimizer=optimizer,
        optimizer_params=momentum,
        lr=0.05,
        **more,
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("penalty", sorted(set(PENALTIES) - {"none"}))
def test_the_scripts_step_is_that_of_the_trainer(penalty, optimizer):
    run = a_run(penalty, optimizer)
    scope = {"nn": nn}
    code = write_penalty(run)
    exec("\n".join([format_imports(code.imports), "import torch", *code.blocks]), scope)
    torch.manual_seed(0)
    X, y = torch.randn(30, 4).double(), torch.randn(30, 1).double()
    models = [nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 1)) for _ in "ab"]
    models = [model.double() for model in models]
    models[1].load_state_dict(models[0].state_dict())
    for model, by_script in zip(models, (True, False), strict=True):
        spec = OPTIMIZERS[optimizer]
        own = spec.build(model.parameters(), run.lr, run.optimizer_params)
        penalty_step = PenaltyStep(model, own, run.penalty, run.alpha, {})
        for _ in range(10):
            own.zero_grad()
            nn.functional.mse_loss(model(X), y).backward()
            own.step()
            if by_script:
                scope["apply_penalty"](model, own)
            else:
                penalty_step.apply()
    for mine, theirs in zip(models[0].parameters(), models[1].parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-12)


def test_a_script_without_a_penalty_has_no_such_function():
    run = Run(loss="mse", task="binary")
    moons = load_dataset("moons")
    assert "apply_penalty" not in write_script(
        ScriptSetup(source="moons", data=moons, run=run, metric="accuracy")
    )
    assert write_penalty(run) is None


def test_a_script_with_a_penalty_runs(tmp_path):
    run = Run(loss="mse", task="binary", penalty="l1", alpha=0.003, epochs=3, hidden=(8,))
    setup = ScriptSetup(source="moons", data=load_dataset("moons"), run=run, metric="accuracy")
    path = tmp_path / "train.py"
    path.write_text(write_script(setup), encoding="utf-8")
    done = interpreters.run(path)
    assert re.search(r"test accuracy: 0\.\d+", done.stdout), done.stderr
