"""The script that a comparison writes, held to what losslab itself computes, step by step."""

import ast
import functools
import io
import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from losslab.core.errors import DataError, OptionError
from losslab.data.catalog import DATASETS, load_dataset
from losslab.data.load import load
from losslab.data.options import TableOptions
from losslab.data.preprocess import Preprocessor
from losslab.data.spec import Dataset
from losslab.data.split import SplitPlan, make_splits
from losslab.losses.spec import Loss
from losslab.metrics.catalog import METRICS
from losslab.metrics.evaluate import evaluate
from losslab.objectives.catalog import PAIRINGS
from losslab.report.script import ScriptSetup, script
from losslab.report.standalone.loaders import LOADERS
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS
from losslab.training.fleet import train
from losslab.training.run import Run
from losslab.training.selection import finish, selection_rows

ROOT = Path(__file__).resolve().parent.parent
COUNTS = {"x": [0.5 * row for row in range(60)], "visits": [row % 17 for row in range(60)]}
EMBEDDED = [name for name in DATASETS if name != "titanic"]


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
    done = execute(script(setup), *arguments)
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
        values = selection_rows(setup.run.selection, objective, z, done.target[rows])
        return float(finish(setup.run.selection, values.double().mean(), torch.tensor(1.0)))


def last_line(setup: ScriptSetup, objective: Any, done: Execution) -> str:
    data = setup.data
    with torch.no_grad():
        z = raw_output(setup, done.model, done.x[done.test]).double()
        predicted = objective.predict(z).numpy()
        given: dict[str, Any] = {"values": predicted}
        if data.classes:
            score = objective.decision(z) if data.task == "binary" else objective.head(z)
            given = {"classes": predicted, "scores": score.numpy(), "n_classes": len(data.classes)}
            if objective.gives_probabilities:
                given["probabilities"] = objective.predict_proba(z).numpy()
    metrics = evaluate(data.task, data.y[done.test], **given)
    return f"test {METRICS[setup.metric].label}: {metrics[setup.metric]:.4f}"


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


EVERY_PAIRING = pytest.mark.parametrize(
    "pairing", PAIRINGS, ids=lambda pair: f"{pair.task}-{pair.loss}-{pair.head}"
)


@EVERY_PAIRING
def test_every_pairing_trains_and_scores_as_in_losslab(pairing):
    for metric in metrics_for(pairing):
        assert_same_training(
            setup_for(pairing.task, metric, loss=pairing.loss, head=pairing.head),
            *frame_of_counts(pairing.task),
        )


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


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
    hook = torch.optim.optimizer.register_optimizer_step_post_hook(
        lambda optimizer, args, kwargs: seen.append(optimizer)
    )
    try:
        execute(script(setup_for("binary", loss="bce_with_logits", **run_settings)))
    finally:
        hook.remove()
    expected = OPTIMIZERS[name].for_parameters([torch.zeros(1)], 3e-5, settings)
    assert type(seen[0]) is type(expected)
    assert seen[0].defaults == expected.defaults


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_stands_between_the_layers(activation):
    text = script(setup_for("multiclass", loss="cross_entropy", activation=activation))
    model = execute(text).model
    assert type(model[1]) is type(ACTIVATIONS[activation].module())
    assert [layer.out_features for layer in model if isinstance(layer, nn.Linear)] == [5, 3]


def test_no_hidden_layers_make_a_linear_model():
    model = execute(script(setup_for("regression", loss="l1", hidden=()))).model
    assert [type(layer) for layer in model] == [nn.Linear]


@pytest.mark.parametrize("name", EMBEDDED)
def test_every_data_set_is_read_as_losslab_reads_it(name):
    data = load_dataset(name)
    loss = "mse" if data.task == "regression" else "cross_entropy"
    run = Run(loss=loss, task=data.task, n_classes=len(data.classes) or None, hidden=(), epochs=1)
    metric = "accuracy" if data.classes else "mae"
    assert_same_training(ScriptSetup(source=name, data=data, run=run, metric=metric))


def test_every_data_set_has_its_loader():
    assert list(LOADERS) == list(DATASETS)


def test_titanic_is_read_as_losslab_reads_it(real_data, monkeypatch):
    monkeypatch.setenv("LOSSLAB_DATA", os.fspath(real_data("titanic.csv").parent.resolve()))
    data = load_dataset("titanic")
    run = Run(loss="hinge", task="binary", hidden=(4,))
    setup = ScriptSetup(source="titanic", data=data, run=run, metric="balanced_accuracy")
    assert_same_training(setup)
    path = real_data("titanic.csv").resolve()
    monkeypatch.delenv("LOSSLAB_DATA")
    assert_same_training(setup, "--data", os.fspath(path))


@pytest.mark.parametrize(
    "options",
    [
        TableOptions(drop=("sex", "age")),
        TableOptions(features=("bmi", "bp")),
        TableOptions(groups="sex"),
        TableOptions(target="bmi"),
    ],
)
def test_a_data_set_is_read_with_the_options_of_a_table(options):
    data = load("diabetes", options)
    run = Run(loss="l1", task=data.task, hidden=(3,))
    plan = SplitPlan(n_splits=2, repeats=1)
    assert_same_training(
        ScriptSetup(source="diabetes", data=data, run=run, metric="r2", options=options, plan=plan)
    )


def test_a_loaded_data_set_is_read_by_its_name():
    setup = replace(setup_for("multiclass", loss="cross_entropy"), source=None)
    assert "load_iris" in script(setup)


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
    path.write_text(frame.to_csv(index=False, **settings) if text is None else text)
    return path


def test_a_table_of_categories_and_text_labels_is_read_alike():
    path = write_csv(cells())
    assert_same_training(setup_of_file(path, TableOptions(target="sold"), "mse", head="softmax"))


@pytest.mark.parametrize("only", ["size", "grade"])
def test_a_table_of_one_kind_of_feature_is_read_alike(only):
    path = write_csv(cells())
    for impute in (False, True):
        options = TableOptions(target="price", features=(only,), impute=impute)
        assert_same_training(setup_of_file(path, options, "mse"))


def with_gaps() -> str:
    frame = cells(60).astype(object)
    frame.loc[[3, 50], "size"] = ["NA", ""]
    frame.loc[[4, 51], "size"] = [" ?", "inf"]
    frame.loc[[5, 52, 53], "size"] = ["1e39", "null", "nan"]
    frame.loc[[6, 54], "grade"] = ["", " ? "]
    return frame.to_csv(index=False)


def test_gaps_are_filled_in_as_losslab_does():
    path = write_csv(cells(), with_gaps())
    options = TableOptions(target="sold", impute=True)
    done = assert_same_training(setup_of_file(path, options, "bce_with_logits"))
    assert done.x.shape[1] > 10


def test_a_gap_that_was_not_there_before_stops_the_script():
    path = write_csv(cells())
    text = script(setup_of_file(path, TableOptions(target="sold"), "bce_with_logits"))
    path.write_text(path.read_text().replace("0.126", "nan"))
    with pytest.raises(SystemExit, match="missing or infinite"):
        execute(text)


@pytest.mark.parametrize("impute", [False, True])
@pytest.mark.parametrize("target", ["price", "stars"])
def test_decimal_commas_and_semicolons_are_read_alike(target, impute):
    frame = cells().drop(columns="sold").assign(stars=[0.5, 1.0] * 20)
    path = write_csv(frame, sep=";", decimal=",")
    options = TableOptions(target=target, decimal=",", impute=impute)
    loss = "mse" if target == "price" else "hinge"
    assert_same_training(setup_of_file(path, options, loss))


def test_names_that_losslab_trims_or_makes_up_are_found():
    header, _, rest = cells().to_csv().partition("\n")
    body = "\n".join(
        f"{at % 6}.5{line.lstrip('0123456789')}" for at, line in enumerate(rest.split())
    )
    path = write_csv(cells(), header.replace("size,", " size ,") + "\n" + body)
    assert_same_training(setup_of_file(path, TableOptions(target="price"), "l1"))


@pytest.mark.parametrize("labels", [[1, 2], ["1.0", "2"], ["b ", "a"], ["True", "False"]])
def test_class_labels_of_every_kind_are_found(labels):
    path = write_csv(cells().assign(sold=[labels[row % 2] for row in range(40)]))
    assert_same_training(setup_of_file(path, TableOptions(target="sold"), "cross_entropy"))


@pytest.mark.parametrize("target", ["sold", "price"])
def test_groups_stay_together(target):
    frame = cells(80).assign(owner=[f"owner {row // 4}" for row in range(80)])
    options = TableOptions(target=target, groups="owner")
    loss = "bce_with_logits" if target == "sold" else "mse"
    setup = setup_of_file(write_csv(frame), options, loss)
    done = assert_same_training(setup)
    owners = [set(frame["owner"].iloc[rows]) for rows in (done.train, done.validation, done.test)]
    assert not (owners[0] & owners[1] or owners[0] & owners[2] or owners[1] & owners[2])


@pytest.mark.parametrize("impute", [False, True])
@pytest.mark.parametrize("target", ["sold", "price"])
def test_a_parquet_file_is_read_alike(target, impute):
    frame = cells().assign(
        kept=[row % 3 == 0 for row in range(40)],
        written=[f"{row % 9}.25" for row in range(40)],
        small=pd.array([row % 5 for row in range(40)], dtype="Int64"),
        sold=pd.Categorical([row % 2 for row in range(40)]),
    )
    if impute:
        frame.loc[[2, 7], "small"] = pd.NA
        frame.loc[3, "grade"] = None
        frame.loc[4, "written"] = "NA"
    frame.to_parquet("table.parquet")
    options = TableOptions(target=target, impute=impute)
    setup = setup_of_file(Path("table.parquet"), options, "mse")
    assert_same_training(setup)
    assert_same_training(replace(setup, source=None), "--data", "table.parquet")


def test_splits_have_the_shares_of_losslabs_folds():
    setup = replace(setup_for("multiclass", loss="cross_entropy"), plan=SplitPlan(n_splits=3))
    done = execute(script(setup))
    (fold, *_) = make_splits(setup.data.y, "multiclass", SplitPlan(n_splits=3))
    sizes = [len(rows) for rows in (done.train, done.validation, done.test)]
    assert sizes == [len(fold.train), len(fold.validation), len(fold.test)]
    counts = np.bincount(setup.data.y[done.test])
    assert counts.max() - counts.min() <= 1


def test_rare_classes_can_still_be_split():
    frame = pd.DataFrame({"x": np.arange(20) / 3, "kind": [*"abcde"] * 4})
    options = TableOptions(target="kind")
    setup = setup_of_file(write_csv(frame), options, "cross_entropy")
    done = execute(script(replace(setup, plan=SplitPlan(n_splits=2))))
    assert set(setup.data.y[done.train]) == set(range(5))


HOSTILE = [
    '"); import os; os._exit(7)',
    "'''\"\"\"\nraise SystemExit(8)",
    "back\\slash\\",
    "{{ 7 * 7 }} {% raise %}",
    "{loss} %(seed)s",
    "\u202e\u2028 tab\t",
    'it\'s a "quoted" name ' + "that is far too long for one line " * 5,
]


def test_hostile_names_stay_text():
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=40) for name in HOSTILE}
    level = {"kind\n": [HOSTILE[row % 3] for row in range(40)]}
    target = {"y\\'\"": [HOSTILE[3 + row % 2] for row in range(40)]}
    frame = pd.DataFrame({**columns, **level, **target})
    Path('a"b\\').mkdir()
    path = Path('a"b\\', "'''; import os.csv")
    path.write_text(frame.to_csv(index=False))
    setup = setup_of_file(path, TableOptions(target="y\\'\""), "cross_entropy")
    text = script(setup)
    assert max(map(len, text.splitlines())) <= 100
    done = execute(text)
    assert done.names["TARGET"] == setup.data.target
    assert done.names["CLASSES"] == list(setup.data.classes)
    assert done.names["NUMBERS"] + done.names["CATEGORIES"] == list(setup.data.X.columns)
    assert done.names["DATA"] == os.fspath(path)


OWN = '''
from __future__ import annotations

import math
import torch
import torch.nn.functional as F
from torch import Tensor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nowhere import Unknown

SCALE = 1.5
WEIGHTS = (1.0, [2, "x"])


def softly(error: Tensor) -> Unknown:
    return SCALE * F.softplus(error) + math.log(2.0) * len(WEIGHTS)


def own(prediction: Tensor, target: Tensor) -> Tensor:
    """Say "how" it works.

    At length.
    """
    return softly(prediction - target) + torch.abs(prediction)


def loss(prediction, target):
    return own(prediction, target).mean()


def main(prediction, target):
    return (prediction - target) ** 4


def with_power(prediction, target, power=3.0):
    return own(prediction, target).abs() ** power


def made(power):
    def inner(prediction, target):
        return (prediction - target).abs() ** power

    return inner


nameless = lambda prediction, target: (prediction - target).abs()
inner = made(2.0)
'''


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A user's own module of losses."""
    Path("mylosses.py").write_text(OWN)
    monkeypatch.syspath_prepend(os.fspath(tmp_path))
    yield __import__("mylosses")
    del sys.modules["mylosses"]


@pytest.mark.parametrize(
    ("name", "imported"),
    [
        ("own", False),
        ("loss", False),
        ("main", True),
        ("nameless", True),
        ("with_power", False),
        ("inner", False),
    ],
)
def test_an_own_loss_is_copied_or_else_imported(own, name, imported):
    setup = setup_for("regression", loss=getattr(own, name))
    text = script(setup)
    assert ("from mylosses import" in text) is imported
    assert_same_training(setup)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_an_own_loss_trains_classes_too(own, task):
    assert_same_training(setup_for(task, loss="mylosses:own"))
    assert_same_training(setup_for(task, loss="mylosses:own", head="sigmoid"))


def test_an_own_loss_with_fixed_settings_keeps_them(own):
    partial = functools.partial(own.with_power, power=1.5)
    setup = setup_for("regression", loss=partial)
    assert "power=1.5" in script(setup)
    assert_same_training(setup)


@pytest.mark.parametrize(
    ("task", "criterion", "head"),
    [
        ("regression", nn.HuberLoss(delta=0.5), None),
        ("binary", nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0])), None),
        ("multiclass", nn.CrossEntropyLoss(label_smoothing=0.1), None),
        ("multiclass", nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5])), None),
        ("regression", nn.SmoothL1Loss(reduction="none"), None),
    ],
)
def test_a_torch_criterion_keeps_its_settings(task, criterion, head):
    assert_same_training(setup_for(task, loss=criterion, head=head))


def test_a_loss_that_sums_over_outputs_does_so(own):
    loss = replace(setup_for("multiclass", loss="mse").run.objective.loss)
    own_loss = Loss(
        name="own",
        tasks=loss.tasks,
        fn=own.own,
        prediction=loss.prediction,
        target=loss.target,
        over_outputs="sum",
    )
    assert_same_training(setup_for("multiclass", loss=own_loss))


def test_a_loss_that_can_be_neither_copied_nor_imported_is_refused():
    with pytest.raises(OptionError, match="fix: write it with def at the top level"):
        script(setup_for("regression", loss=lambda p, t: (p - t).abs()))


def test_a_pairing_wrong_on_purpose_is_called_so():
    setup = setup_for("multiclass", loss="cross_entropy", head="softmax", unchecked=True)
    text = " ".join(script(setup).replace("#", "").split())
    assert "Wrong on purpose: loss 'cross_entropy' needs raw scores" in text
    assert_same_training(setup)


@pytest.mark.parametrize(
    ("metric", "message"), [("rmse", "needed a metric for the task"), ("brier", "probabilities")]
)
def test_a_metric_that_does_not_fit_is_refused(metric, message):
    with pytest.raises(OptionError, match=message):
        script(setup_for("binary", metric, loss="hinge"))


def test_groups_without_a_name_are_refused():
    setup = setup_for("binary", loss="hinge")
    groups = np.arange(len(setup.data)) // 5
    with pytest.raises(DataError, match="column of groups"):
        replace(setup, data=replace(setup.data, groups=groups))


def test_the_same_seed_prints_the_same_and_another_does_not():
    text = script(setup_for("binary", loss="bce_with_logits", epochs=2, seed=5))
    assert execute(text).printed == execute(text, "--seed", "5").printed
    assert execute(text).printed != execute(text, "--seed", "6").printed


def test_the_best_epoch_is_kept():
    setup = setup_for("binary", loss="mse", lr=0.3, optimizer="rmsprop", epochs=12, hidden=(20,))
    done = execute(script(setup))
    scores = [float(line.split()[-1]) for line in done.printed[:-1]]
    kept = validation_score(setup, setup.run.objective, done)
    assert len(scores) == 12
    assert f"{kept:.4f}" == f"{min(scores):.4f}" != f"{scores[-1]:.4f}"


@pytest.mark.skipif(
    not Path(sys.executable).with_name("ruff").exists(), reason="ruff is not installed here"
)
def test_scripts_pass_the_projects_own_checks(tmp_path, own):
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
    wide.to_parquet("wide.parquet")
    setups.append(setup_of_file(Path("wide.parquet"), TableOptions(target="sold"), "l1"))
    setups += [data_set_setup(name) for name in EMBEDDED]
    for at, setup in enumerate(setups):
        (tmp_path / "scripts").mkdir(exist_ok=True)
        (tmp_path / "scripts" / f"train_{at}.py").write_text(script(setup))
    ruff = [sys.executable, "-m", "ruff"]
    config = ["--config", os.fspath(ROOT / "pyproject.toml"), "--no-cache"]
    for command in (["check", "--ignore", "T20"], ["format", "--diff"]):
        done = subprocess.run(
            [*ruff, *command, *config, "scripts"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def data_set_setup(name: str) -> ScriptSetup:
    data = load_dataset(name)
    loss = "mse" if data.task == "regression" else "cross_entropy"
    run = Run(loss=loss, task=data.task, n_classes=len(data.classes) or None)
    return ScriptSetup(
        source=name, data=data, run=run, metric="accuracy" if data.classes else "rmse"
    )


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
    exec(compile(script(setup), "train.py", "exec"), names)
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
        Path(name).write_text(script(setup))
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
    Path("train.py").write_text(script(setup_for("multiclass", loss="mse", epochs=3)))
    done = subprocess.run(
        [sys.executable, "-I", "train.py", "--seed", "3"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.fullmatch(r"test accuracy: 0\.\d{4}", done.stdout.splitlines()[-1])
    assert done.stderr == ""
