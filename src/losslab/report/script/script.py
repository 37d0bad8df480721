"""The recommended configuration of a comparison as a standalone PyTorch script."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from losslab.core.errors import DataError
from losslab.data.catalog import DATASETS
from losslab.data.dataset import Dataset
from losslab.data.options import TableOptions
from losslab.data.split import SplitPlan
from losslab.metrics.catalog import METRICS
from losslab.report.script.criterion import Criterion, collect_names, write_criterion
from losslab.report.script.extraction import Extract, extract, shorten_docstring
from losslab.report.script.loaders import TableReader
from losslab.report.script.network import (
    explain_head,
    write_layers,
    write_optimizer,
    write_penalty,
)
from losslab.report.script.scoring import choose_epoch_score, write_score, write_target
from losslab.report.script.syntax import (
    NUMPY,
    Import,
    format_assignment,
    format_call,
    format_imports,
    format_keywords,
)
from losslab.report.script.table_reader import (
    choose_folds,
    list_features,
    parse_labels,
    write_reader,
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
    """The configuration that a script trains.

    Attributes:
        source: the name of a data set or the path of a file; None for a data frame, which the
            script expects as a Parquet file.
        data: the table as losslab has read it.
        run: the network to train, with its learning rate and seed; its split does not matter.
        metric: the name of the metric to print.
        options: how the table was read.
        plan: the shares of the rows for testing and validation.
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


def write_script(setup: ScriptSetup) -> str:
    """Write a configuration as a readable PyTorch script that does not import losslab.

    Names of columns, classes and files become literals, whatever they contain.

    Raises:
        OptionError: if the metric does not fit the task, or the user's own loss can be neither
            copied nor imported.

    Examples:
        >>> from losslab.data.catalog import load_dataset
        >>> run = Run(loss="mse", task="binary", lr=0.003)
        >>> moons = ScriptSetup(
        ...     source="moons", data=load_dataset("moons"), run=run, metric="accuracy"
        ... )
        >>> "nn.Sigmoid()" in write_script(moons)
        True
    """
    known = DATASETS.get(setup.data.name)
    if setup.source is None and known is not None and known.source == setup.data.source:
        setup = replace(setup, source=known.name)
    # A user's own code must not clash with the rest of the script, so that is written first.
    rest = _render(setup, Criterion(call="nn.MSELoss()({prediction}, {target})", label=""))
    return _render(setup, write_criterion(setup.run.objective.loss, collect_names(rest)))


def _render(setup: ScriptSetup, criterion: Criterion) -> str:
    data, run, options = setup.data, setup.run, setup.options
    numbers, categories = list_features(data)
    reader = write_reader(setup.source, data, options)
    folds = choose_folds(data, setup.plan)
    score_lines, score = write_score(run.objective, setup.metric)
    module = run.objective.head.defined  # None if PyTorch has it
    head = Extract() if module is None else extract(module)
    penalty = write_penalty(run) or Extract()
    imports = {
        *ALWAYS,
        *reader.imports,
        *criterion.imports,
        *head.imports,
        *penalty.imports,
        *score.imports,
        *_list_preprocessing_imports(bool(numbers), bool(categories), options.impute),
        Import("sklearn.model_selection", folds.splitter),
    }
    # A user's own loss may have any name, and the title goes into a docstring.
    loss_name = re.sub(r"[^\w(), =.-]", "_", run.objective.loss_label)[:24]
    data_name = f", data {setup.source}" if setup.source in DATASETS else ""
    return _load_template().render(
        title=f"loss {loss_name}, optimizer {run.optimizer}{data_name}",
        metric_label=METRICS[setup.metric].label,
        imports=format_imports(imports),
        constants="\n".join(_list_constants(setup, reader)),
        blocks=[*head.blocks, *criterion.blocks, *map(shorten_docstring, score.blocks)],
        table=reader,
        split=folds,
        grouped=options.groups is not None,
        numbers=bool(numbers),
        categories=bool(categories),
        classes=bool(data.classes),
        impute=options.impute,
        from_file=setup.source not in DATASETS,
        head_notes=explain_head(run.objective, criterion),
        layers=write_layers(run),
        criterion=criterion,
        penalty_blocks=penalty.blocks,
        optimizer=write_optimizer(run),
        batch_loss=criterion.call.format(prediction="model(x[rows])", target="target[rows]"),
        epoch_score=choose_epoch_score(run, criterion),
        # scikit-learn takes seeds of 32 bits.
        arguments=_list_arguments(reader, run.seed % 2**32),
        features=_select_features(setup),
        target_lines=write_target(run.objective.codec),
        score_lines=score_lines,
    )


@cache
def _load_template() -> Template:
    environment = Environment(
        loader=PackageLoader("losslab.report", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("train.py.j2")


def _list_constants(setup: ScriptSetup, reader: TableReader) -> list[str]:
    numbers, categories = list_features(setup.data)
    constants: dict[str, str | Sequence[object] | None] = {
        "TARGET": setup.data.target,
        "CLASSES": parse_labels(setup.data.classes),
        "NUMBERS": [] if _uses_all_columns(setup) else numbers,
        "CATEGORIES": categories,
        "GROUPS": setup.options.groups,
    }
    return [
        *([reader.default] if reader.default else []),
        *(
            format_assignment(name, value)
            for name, value in constants.items()
            if isinstance(value, str) or value
        ),
        f"EPOCHS = {setup.run.epochs}",
        f"BATCH_SIZE = {setup.run.batch_size}",
    ]


def _uses_all_columns(setup: ScriptSetup) -> bool:
    """Whether the features are all columns of a data set of numbers, which need no names."""
    spec = DATASETS.get(setup.source or "")
    _, categories = list_features(setup.data)
    return spec is not None and not categories and setup.data.X.shape[1] == spec.n_features


def _select_features(setup: ScriptSetup) -> str:
    numbers, categories = list_features(setup.data)
    if _uses_all_columns(setup):
        return "table.drop(columns=TARGET)"
    if not categories:
        return "table[NUMBERS]"
    return "table" if numbers else "table[CATEGORIES]"


def _list_arguments(reader: TableReader, seed: int) -> list[str]:
    """Write the calls that declare the script's options."""
    seed_keywords = format_keywords({"default": seed, "help": "of splits, weights and batches"})
    arguments = [['"--seed"', "type=int", *seed_keywords]]
    if reader.takes_path:
        default = "default=DATA" if reader.default else "required=True"
        arguments.insert(0, ['"--data"', default, *format_keywords({"help": reader.help})])
    return [format_call("parser.add_argument", words, indent=4) for words in arguments]


def _list_preprocessing_imports(numbers: bool, categories: bool, impute: bool) -> set[Import]:
    needed = {
        Import("sklearn.preprocessing", "StandardScaler"): numbers,
        Import("sklearn.preprocessing", "OneHotEncoder"): categories,
        Import("sklearn.compose", "make_column_transformer"): numbers and categories,
        Import("sklearn.impute", "SimpleImputer"): numbers and impute,
        Import("sklearn.pipeline", "make_pipeline"): numbers and impute,
    }
    return {statement for statement, is_needed in needed.items() if is_needed}
