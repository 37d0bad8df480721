"""The script that a comparison writes, held to what losslab itself computes, step by step."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook

from losslab.core.errors import OptionError
from losslab.data.catalog import DATASETS
from losslab.data.load import load
from losslab.data.options import TableOptions
from losslab.data.preprocess import Preprocessor
from losslab.metrics.evaluate import evaluate
from losslab.objectives.catalog import PAIRINGS
from losslab.report.script.script import ScriptSetup, write_script
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS, PENALTIES
from losslab.training.engines.fleet import train
from losslab.training.run import Run
from processes.interpreters import TESTS
from script_driver import (
    COUNTS,
    assert_same_training,
    cells,
    data_set_setup,
    execute,
    metrics_for,
    setup_for,
    setup_of_file,
    validation_score,
    with_gaps,
    write_csv,
)

ROOT = TESTS.parent
EMBEDDED = [name for name in DATASETS if name != "titanic"]
EVERY_PAIRING = pytest.mark.parametrize(
    "pairing", PAIRINGS, ids=lambda pair: f"{pair.task}-{pair.loss}-{pair.head}"
)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@EVERY_PAIRING
def test_every_pairing_trains_and_scores_as_in_losslab(pairing):
    for metric in metrics_for(pairing):
        assert_same_training(
            setup_for(pairing.task, metric, loss=pairing.loss, head=pairing.head),
            *frame_of_counts(pairing.task),
        )


def frame_of_counts(task: str) -> list[str]:
    """The option that names the table of counts, which is a data frame."""
    if task != "count":
        return []
    pd.DataFrame(COUNTS).to_parquet("counts.parquet")
    return ["--data", "counts.parquet"]


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("changed", [False, True])
def test_every_optimizer_has_losslabs_settings(name, changed):
    settings = dict(OPTIMIZERS[name].settings)
    if changed:
        settings = {key: 1.0 if key == "nesterov" else 0.5 for key in settings}
    run_settings = {"optimizer": name, "optimizer_params": settings if changed else {}, "lr": 3e-5}
    seen: list[torch.optim.Optimizer] = []
    hook = register_optimizer_step_post_hook(lambda optimizer, args, kwargs: seen.append(optimizer))
    try:
        execute(write_script(setup_for("binary", loss="bce_with_logits", **run_settings)))
    finally:
        hook.remove()
    expected = OPTIMIZERS[name].build([torch.zeros(1)], 3e-5, settings)
    assert type(seen[0]) is type(expected)
    assert seen[0].defaults == expected.defaults


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_stands_between_the_layers(activation):
    text = write_script(setup_for("multiclass", loss="cross_entropy", activation=activation))
    model = execute(text).model
    assert type(model[1]) is type(ACTIVATIONS[activation].module())
    assert [layer.out_features for layer in model if isinstance(layer, nn.Linear)] == [5, 3]


@pytest.mark.parametrize("penalty", sorted(set(PENALTIES) - {"none"}))
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_copied_penalty_and_a_copied_loss_run_in_one_script(penalty, optimizer):
    settings = {"penalty": penalty, "alpha": 0.01, "optimizer": optimizer}
    done = execute(write_script(setup_for("binary", loss="hinge", **settings)))
    assert {"hinge", "apply_proximal_step", "apply_penalty"} <= done.names.keys()


def test_no_hidden_layers_make_a_linear_model():
    model = execute(write_script(setup_for("regression", loss="l1", hidden=()))).model
    assert [type(layer) for layer in model] == [nn.Linear]


@pytest.mark.parametrize(
    ("metric", "message"), [("rmse", "needed a metric for the task"), ("brier", "probabilities")]
)
def test_a_metric_that_does_not_fit_is_refused(metric, message):
    with pytest.raises(OptionError, match=message):
        write_script(setup_for("binary", metric, loss="hinge"))


def test_the_same_seed_prints_the_same_and_another_does_not():
    text = write_script(setup_for("binary", loss="bce_with_logits", epochs=2, seed=5))
    assert execute(text).printed == execute(text, "--seed", "5").printed
    assert execute(text).printed != execute(text, "--seed", "6").printed


def test_the_best_epoch_is_kept():
    setup = setup_for("binary", loss="mse", lr=0.03, optimizer="rmsprop", epochs=12)
    done = execute(write_script(setup))
    scores = [float(line.split()[-1]) for line in done.printed[:-1]]
    kept = validation_score(setup, setup.run.objective, done)
    assert len(scores) == 12
    assert f"{kept:.4f}" == f"{min(scores):.4f}" != f"{scores[-1]:.4f}"


@pytest.mark.skipif(
    not Path(sys.executable).with_name("ruff").exists(), reason="ruff is not installed here"
)
def test_scripts_pass_the_projects_own_checks(tmp_path):
    setups = [
        setup_for(pair.task, metric, loss=pair.loss, head=pair.head)
        for pair in PAIRINGS
        for metric in metrics_for(pair)
    ]
    wide = cells().assign(**{f"a rather long name {at}": cells()["size"] for at in range(30)})
    path = write_csv(cells(), with_gaps())
    setups += [
        setup_for("regression", loss=nn.HuberLoss(delta=0.5), seed=2**31),
        setup_for(
            "binary",
            loss="hinge",
            hidden=(64,) * 5,
            optimizer="sgd",
            optimizer_params={"momentum": 0.9, "nesterov": 1.0, "weight_decay": 0.001},
        ),
        setup_for(
            "binary",
            loss="l1",
            optimizer="rmsprop",
            optimizer_params={"alpha": 0.95, "eps": 1e-6, "momentum": 0.9, "weight_decay": 0.00125},
        ),
        setup_of_file(path, TableOptions(target="sold", impute=True), "hinge"),
    ]
    setups += [
        setup_for("binary", loss="hinge", penalty=penalty, alpha=0.01, optimizer=optimizer)
        for penalty in set(PENALTIES) - {"none"}
        for optimizer in OPTIMIZERS
    ]
    wide.to_parquet("wide.parquet")
    setups.append(setup_of_file(Path("wide.parquet"), TableOptions(target="sold"), "l1"))
    setups += [data_set_setup(name) for name in EMBEDDED]
    for at, setup in enumerate(setups):
        (tmp_path / "scripts").mkdir(exist_ok=True)
        (tmp_path / "scripts" / f"train_{at}.py").write_text(write_script(setup), encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    config = ["--config", os.fspath(ROOT / "pyproject.toml"), "--no-cache"]
    for command in (["check", "--ignore", "T20"], ["format", "--diff"]):
        done = subprocess.run(
            [*ruff, *command, *config, "scripts"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


REAL = [
    ("breast_cancer", "bce_with_logits", 0.01),
    ("breast_cancer", "mse", 0.01),
    ("breast_cancer", "hinge", 0.01),
    ("moons", "cross_entropy", 0.01),
    ("iris", "cross_entropy", 0.01),
    ("iris", "mse", 0.01),
    ("diabetes", "l1", 0.003),
    ("diabetes", "mse", 0.003),
    ("table.csv", "bce_with_logits", 0.01),
]

# Runs scripts as programs, in one process and with losslab out of reach.
DRIVER = """
import contextlib, io, json, runpy, sys
sys.modules["losslab"] = None
lines = {}
for path in sys.argv[1:]:
    sys.argv = [path]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        runpy.run_path(path, run_name="__main__")
    lines[path] = printed.getvalue().splitlines()[-1]
print(json.dumps(lines))
"""


def real_setup(source: str, loss: str, lr: float) -> ScriptSetup:
    options = TableOptions()
    if source == "table.csv":
        options = TableOptions(target="sold", impute=True)
        write_csv(cells(), learnable())
    data = load(source, options)
    run = Run(
        loss=loss,
        task=data.task,
        n_classes=len(data.classes) or None,
        hidden=(16,),
        lr=lr,
        epochs=30,
        seed=1,
    )
    metric = "accuracy" if data.classes else "rmse"
    return ScriptSetup(source=source, data=data, run=run, metric=metric, options=options)


def learnable() -> str:
    """A table in which a number and a category, both with gaps, tell the label."""
    rng = np.random.default_rng(0)
    number, level = rng.normal(size=400), rng.integers(0, 3, 400)
    frame = pd.DataFrame({"number": number, "level": np.array(["a", "b", "c"])[level]})
    frame["sold"] = np.where(number + level > 1, "yes", "no")
    frame.loc[rng.integers(0, 400, 20), "number"] = np.nan
    frame.loc[rng.integers(0, 400, 20), "level"] = "?"
    return frame.to_csv(index=False)


def losslabs_score(setup: ScriptSetup) -> float:
    """The same rows and set-up, trained by losslab from its own weights and batches."""
    names: dict[str, Any] = {"__name__": "script"}
    exec(compile(write_script(setup), "train.py", "exec"), names)
    y = setup.data.y
    rows = names["split_rows"](y, setup.run.seed)
    split = SimpleNamespace(**dict(zip(("train", "validation", "test"), rows, strict=True)))
    features = Preprocessor(impute=setup.options.impute).fit(setup.data.X, split.train)
    (result,) = train([setup.run], features.transform(setup.data.X), y, [split])
    predicted = result.objective.predict(torch.from_numpy(result.test_output)).numpy()
    kind = "classes" if setup.data.classes else "values"
    metrics = evaluate(setup.data.task, y[split.test], **{kind: predicted})
    return metrics[setup.metric]


def test_scripts_alone_come_to_losslabs_results():
    setups = {f"train_{at}.py": real_setup(*case) for at, case in enumerate(REAL)}
    for name, setup in setups.items():
        Path(name).write_text(write_script(setup), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", DRIVER, *setups],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name, line in json.loads(done.stdout.splitlines()[-1]).items():
        found = re.fullmatch(r"test (accuracy|RMSE): (\d+\.\d{4})", line)
        assert found is not None, line
        expected = losslabs_score(setups[name])
        if found[1] == "accuracy":
            assert float(found[2]) > 0.8
            assert abs(float(found[2]) - expected) < 0.06, name
        else:
            assert abs(float(found[2]) / expected - 1) < 0.1, name


def test_a_script_runs_by_itself():
    Path("train.py").write_text(
        write_script(setup_for("multiclass", loss="mse", epochs=3)), encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-I", "train.py", "--seed", "3"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.fullmatch(r"test accuracy: 0\.\d{4}", done.stdout.splitlines()[-1])
    assert done.stderr == ""
