"""The recommended set-up of a comparison as a PyTorch script that stands on its own."""

import re
from dataclasses import dataclass, field, replace
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from losslab.core.errors import DataError
from losslab.data.catalog import DATASETS
from losslab.data.dataset import Dataset
from losslab.data.options import TableOptions
from losslab.data.split import SplitPlan
from losslab.metrics.catalog import METRICS
from losslab.report.script.criterion import Criterion, collect_names, criterion
from losslab.report.script.network import (
    explain_head,
    extract_head,
    write_layers,
    write_optimizer,
    write_penalty,
)
from losslab.report.script.reading import (
    Reading,
    choose_folds,
    list_categories,
    list_numbers,
    parse_labels,
    reading,
)
from losslab.report.script.scoring import choose_epoch_score, write_score, write_target
from losslab.report.script.syntax import (
    NUMPY,
    Import,
    call,
    format_assignment,
    format_imports,
    keywords,
)
from losslab.training.run import Run

ALWAYS = {
    Import("argparse"),
    Import("copy"),
    Import("torch"),
    Import("torch", "nn"),
    NUMPY,
}


@dataclass(frozen=True, kw_only=True)
class ScriptSetup:
    """What a script is written from.

    Args:
        source: what was compared on: the name of a data set or the path of a file; None for a
            data frame, which the script expects as a Parquet file.
        data: the table as losslab has read it.
        run: the set-up to train, with its learning rate and seed; its split does not matter.
        metric: the name of the metric to print.
        options: how the table was read.
        plan: what share of the rows is for testing and validation.
    """

    source: str | None
    data: Dataset
    run: Run
    metric: str
    options: TableOptions = field(default_factory=TableOptions)
    plan: SplitPlan = field(default_factory=SplitPlan)

    def __post_init__(self) -> None:
        if self.data.groups is not None and self.options.groups is None:
            raise DataError(
                "needed the name of the column of groups for a script that keeps them together",
                got="groups without a name",
                fix="keep them as a column of the table, and name it with groups=",
            )


def script(setup: ScriptSetup) -> str:
    """Write a set-up as a readable PyTorch script that does not import losslab.

    Names of columns, classes and files become literals, whatever they contain.

    Raises:
        OptionError: if the metric does not fit, or the user's own loss can be neither copied nor
            imported.

    Example
        >>> from losslab.data.catalog import load_dataset
        >>> run = Run(loss="mse", task="binary", lr=0.003)
        >>> moons = ScriptSetup(
        ...     source="moons", data=load_dataset("moons"), run=run, metric="accuracy"
        ... )
        >>> "nn.Sigmoid()" in script(moons)
        True
    """
    setup = replace(setup, source=_source(setup))
    # A user's own code must not clash with the rest of the script, so that is written first.
    without_own = _rendered(setup, Criterion(call="nn.MSELoss()({prediction}, {target})", shown=""))
    return _rendered(setup, criterion(setup.run.objective.loss, collect_names(without_own)))


def _source(setup: ScriptSetup) -> str | None:
    """A loaded data set of the catalogue can be loaded by name again."""
    known = DATASETS.get(setup.data.name)
    if setup.source is None and known is not None and known.source == setup.data.source:
        return known.name
    return setup.source


def _rendered(setup: ScriptSetup, loss: Criterion) -> str:
    data, run, options = setup.data, setup.run, setup.options
    table = reading(setup.source, data, options)
    split = choose_folds(data, setup.plan)
    scores, score_imports = write_score(run.objective, setup.metric)
    head = extract_head(run.objective.head)
    imports = {
        *ALWAYS,
        *table.imports,
        *loss.imports,
        *head.imports,
        *score_imports,
        *_preprocessing_imports(data, impute=options.impute),
        Import("sklearn.model_selection", split.splitter),
    }
    return _template().render(
        title=_title(setup),
        metric_label=METRICS[setup.metric].label,
        imports=format_imports(imports),
        constants="\n".join(_constants(setup, table)),
        blocks=[*head.blocks, *loss.blocks],
        table=table,
        split=split,
        grouped=options.groups is not None,
        numbers=bool(list_numbers(data)),
        categories=bool(list_categories(data)),
        classes=bool(data.classes),
        impute=options.impute,
        from_file=setup.source not in DATASETS,
        head_notes=explain_head(run.objective, loss),
        layers=write_layers(run),
        criterion=loss,
        penalty=write_penalty(run),
        optimizer=write_optimizer(run),
        batch_loss=loss.call.format(prediction="model(x[rows])", target="target[rows]"),
        epoch_score=choose_epoch_score(run, loss),
        # scikit-learn takes seeds of 32 bits.
        arguments=_arguments(table, run.seed % 2**32),
        features=_features(setup),
        target_lines=write_target(run.objective.codec),
        score_lines=scores,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("losslab.report", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("train.py.j2")


def _title(setup: ScriptSetup) -> str:
    # A user's own loss may have any name, and this goes into a docstring.
    loss = re.sub(r"[^\w(), =.-]", "_", setup.run.objective.loss_label)[:24]
    data = f", data {setup.source}" if setup.source in DATASETS else ""
    return f"loss {loss}, optimizer {setup.run.optimizer}{data}"


def _constants(setup: ScriptSetup, table: Reading) -> list[str]:
    data, run = setup.data, setup.run
    lines = [table.default] if table.default else []
    lines.append(format_assignment("TARGET", data.target))
    if data.classes:
        lines.append(format_assignment("CLASSES", parse_labels(data.classes)))
    if list_numbers(data) and not _takes_all(setup):
        lines.append(format_assignment("NUMBERS", list_numbers(data)))
    if list_categories(data):
        lines.append(format_assignment("CATEGORIES", list_categories(data)))
    if setup.options.groups is not None:
        lines.append(format_assignment("GROUPS", setup.options.groups))
    return [*lines, f"EPOCHS = {run.epochs}", f"BATCH_SIZE = {run.batch_size}"]


def _takes_all(setup: ScriptSetup) -> bool:
    """Whether the features are all columns of a data set of numbers, which need no naming."""
    spec = DATASETS.get(setup.source or "")
    return (
        spec is not None
        and not list_categories(setup.data)
        and setup.data.X.shape[1] == spec.n_features
    )


def _features(setup: ScriptSetup) -> str:
    if _takes_all(setup):
        return "table.drop(columns=TARGET)"
    if not list_categories(setup.data):
        return "table[NUMBERS]"
    return "table" if list_numbers(setup.data) else "table[CATEGORIES]"


def _arguments(table: Reading, seed: int) -> list[str]:
    """Write the script's options."""
    start, lines = "parser.add_argument", []
    if table.takes_path:
        usual = "default=DATA" if table.default else "required=True"
        lines.append(call(start, ['"--data"', usual, *keywords({"help": table.help})], indent=4))
    described = keywords({"default": seed, "help": "of splits, weights and batches"})
    return [*lines, call(start, ['"--seed"', "type=int", *described], indent=4)]


def _preprocessing_imports(data: Dataset, *, impute: bool) -> set[Import]:
    numbers, categories = bool(list_numbers(data)), bool(list_categories(data))
    needed = {
        Import("sklearn.preprocessing", "StandardScaler"): numbers,
        Import("sklearn.preprocessing", "OneHotEncoder"): categories,
        Import("sklearn.compose", "make_column_transformer"): numbers and categories,
        Import("sklearn.impute", "SimpleImputer"): numbers and impute,
        Import("sklearn.pipeline", "make_pipeline"): numbers and impute,
    }
    return {statement for statement, wanted in needed.items() if wanted}
