"""What the tests of written scripts share: set-ups, tables, and losslab itself as the oracle."""

import ast
import io
import os
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

from losslab.data.catalog import load_dataset
from losslab.data.dataset import Dataset
from losslab.data.load import load
from losslab.data.options import TableOptions
from losslab.data.preprocess import Preprocessor
from losslab.metrics.catalog import METRICS
from losslab.metrics.evaluate import evaluate
from losslab.report.script.script import ScriptSetup, write_script
from losslab.training.run import Run, finish_score, score_rows

COUNTS = {"x": [0.5 * row for row in range(60)], "visits": [row % 17 for row in range(60)]}


def table_for(task: str) -> tuple[str | None, Dataset, TableOptions]:
    """A small table of each task."""
    if task == "count":
        options = TableOptions(target="visits", task="count")
        return None, load(pd.DataFrame(COUNTS), options), options
    name = {"binary": "moons", "multiclass": "iris", "regression": "diabetes"}[task]
    return name, load_dataset(name), TableOptions()


def setup_for(task: str, metric: str | None = None, **settings: Any) -> ScriptSetup:
    source, data, options = table_for(task)
    n_classes = len(data.classes) or None
    run = Run(**{"task": task, "n_classes": n_classes, "hidden": (5,), "epochs": 1, **settings})
    return ScriptSetup(
        source=source,
        data=data,
        run=run,
        metric=metric or ("accuracy" if data.classes else "rmse"),
        options=options,
    )


def setup_of_file(path: Path, options: TableOptions, loss: str, **settings: Any) -> ScriptSetup:
    data = load(path, options)
    n_classes = len(data.classes) or None
    return ScriptSetup(
        source=os.fspath(path),
        data=data,
        run=Run(
            **{"loss": loss, "task": data.task, "n_classes": n_classes, "epochs": 1, **settings}
        ),
        metric="accuracy" if data.classes else "rmse",
        options=options,
    )


def data_set_setup(name: str) -> ScriptSetup:
    data = load_dataset(name)
    loss = "mse" if data.task == "regression" else "cross_entropy"
    run = Run(loss=loss, task=data.task, n_classes=len(data.classes) or None)
    return ScriptSetup(
        source=name, data=data, run=run, metric="accuracy" if data.classes else "rmse"
    )


@dataclass
class Execution:
    """What a script did: what it handed to ``fit``, and what it printed."""

    names: dict[str, Any]
    printed: list[str] = field(default_factory=list)
    before: nn.Module | None = None
    model: Any = None
    x: Any = None
    target: Any = None
    train: Any = None
    validation: Any = None

    @property
    def test(self) -> np.ndarray:
        everything = np.arange(len(self.x))
        return np.setdiff1d(everything, np.concatenate([self.train, self.validation]))


def execute(text: str, *arguments: str) -> Execution:
    """Run a script here, noting on the way what ``fit`` is given."""
    assert_standalone(text)
    names: dict[str, Any] = {"__name__": "script"}
    exec(compile(text, "train.py", "exec"), names)
    done = Execution(names)
    fit = names["fit"]

    def noting(
        model: nn.Module, x: torch.Tensor, target: torch.Tensor, train: Any, validation: Any
    ) -> None:
        done.before = names["copy"].deepcopy(model)
        done.model, done.x, done.target = model, x, target
        done.train, done.validation = train, validation
        fit(model, x, target, train, validation)

    names["fit"] = noting
    printed, given = io.StringIO(), sys.argv
    sys.argv = ["train.py", *arguments]
    try:
        with redirect_stdout(printed):
            names["main"]()
    finally:
        sys.argv = given
    done.printed = printed.getvalue().splitlines()
    return done


def assert_standalone(text: str) -> None:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [getattr(node, "module", None), *(name.name for name in node.names)]
            assert not any(str(module).split(".")[0] == "losslab" for module in modules)


def raw_output(setup: ScriptSetup, model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """What comes before the head, whether or not the script's model ends in one."""
    layers = list(model.children())
    ends_in_head = setup.run.objective.head.name != "identity"
    return nn.Sequential(*layers[: len(layers) - ends_in_head])(x)


def assert_same_training(setup: ScriptSetup, *arguments: str) -> Execution:
    """One full-batch step of plain SGD, and what is printed of it, are losslab's own."""
    setup = replace(
        setup,
        run=replace(
            setup.run, optimizer="sgd", optimizer_params={}, lr=0.25, batch_size=10**6, epochs=1
        ),
    )
    done = execute(write_script(setup), *arguments)
    y, rows = setup.data.y, torch.from_numpy(done.train)
    objective = setup.run.objective.fit(y[done.train])
    features = Preprocessor(impute=setup.options.impute).fit(setup.data.X, done.train)
    torch.testing.assert_close(
        done.x, torch.tensor(features.transform(setup.data.X), dtype=torch.float32)
    )
    torch.testing.assert_close(done.target, objective.codec.encode(y))
    assert done.before is not None
    objective(raw_output(setup, done.before, done.x[rows]), done.target[rows]).backward()
    for new, old in zip(done.model.parameters(), done.before.parameters(), strict=True):
        torch.testing.assert_close(new, old - 0.25 * old.grad)
    assert done.printed[0].endswith(f"{validation_score(setup, objective, done):.4f}")
    assert done.printed[-1] == last_line(setup, objective, done)
    return done


def validation_score(setup: ScriptSetup, objective: Any, done: Execution) -> float:
    rows = torch.from_numpy(done.validation)
    with torch.no_grad():
        z = raw_output(setup, done.model, done.x[rows])
        if setup.run.selection == "loss":
            return float(objective(z, done.target[rows]))
        values = score_rows(setup.run.selection, objective, z, done.target[rows])
        return float(finish_score(setup.run.selection, values.double().mean(), torch.tensor(1.0)))


def last_line(setup: ScriptSetup, objective: Any, done: Execution) -> str:
    data = setup.data
    with torch.no_grad():
        z = raw_output(setup, done.model, done.x[done.test]).double()
        predicted = objective.predict(z).numpy()
        given: dict[str, Any] = {"values": predicted}
        if data.classes:
            score = objective.decision_function(z) if data.task == "binary" else objective.head(z)
            given = {"classes": predicted, "scores": score.numpy(), "n_classes": len(data.classes)}
            if objective.gives_probabilities:
                given["probabilities"] = objective.predict_proba(z).numpy()
    metrics = evaluate(data.task, data.y[done.test], **given)
    return f"test {METRICS[setup.metric].label}: {metrics[setup.metric]:.4f}"


def cells(rows: int = 40) -> pd.DataFrame:
    """Columns of every awkward kind, without a gap."""
    number = np.random.default_rng(0).normal(size=rows).round(3)
    return pd.DataFrame(
        {
            "size": number,
            "grade": ["NA", "low", "high", "None"] * (rows // 4),
            "code": [f"{row % 7:02d}x" for row in range(rows)],
            "kept": [str(row % 3 == 0) for row in range(rows)],
            "sold": ["no", "yes", "yes", "no", "yes"] * (rows // 5),
            "price": (10 + 3 * number).round(2),
        }
    )


def write_csv(frame: pd.DataFrame, text: str | None = None, **settings: Any) -> Path:
    path = Path("table.csv")
    path.write_text(
        frame.to_csv(index=False, **settings) if text is None else text, encoding="utf-8"
    )
    return path


def with_gaps() -> str:
    frame = cells(60).astype(object)
    frame.loc[[3, 50], "size"] = ["NA", ""]
    frame.loc[[4, 51], "size"] = [" ?", "inf"]
    frame.loc[[5, 52, 53], "size"] = ["1e39", "null", "nan"]
    frame.loc[[6, 54], "grade"] = ["", " ? "]
    return frame.to_csv(index=False)


def metrics_for(pairing: Any) -> list[str]:
    """The metrics that a pairing allows."""
    objective = setup_for(pairing.task, loss=pairing.loss, head=pairing.head).run.objective
    return [
        metric.name
        for metric in METRICS.values()
        if pairing.task in metric.tasks
        and (
            metric.needs != "probabilities"
            or metric.accepts_scores
            or objective.gives_probabilities
        )
    ]
