"""Every entry is in its catalogue, under its own name."""

import importlib
import pkgutil

import pytest

import losslab.experiment.landscape.functions
import losslab.experiment.landscape.planes
import losslab.losses
import losslab.metrics.classification
import losslab.metrics.regression
import losslab.objectives.codecs
import losslab.objectives.heads
import losslab.training.optimizers
from losslab.core.errors import UnknownNameError
from losslab.core.registry import Registry
from losslab.experiment.landscape.functions import FUNCTIONS
from losslab.experiment.landscape.planes import PLANES
from losslab.losses.catalog import LOSSES
from losslab.metrics.catalog import METRICS
from losslab.objectives.catalog import CODECS, HEADS, PAIRINGS
from losslab.training.catalog import OPTIMIZERS

CATALOGS = {
    "losses/catalog.py": (losslab.losses, LOSSES),
    "objectives/catalog.py, HEADS": (losslab.objectives.heads, HEADS),
    "training/catalog.py": (losslab.training.optimizers, OPTIMIZERS),
}


def entries(package):
    """The ``SPEC`` of every file below a package, by the file's name."""
    found = list(pkgutil.walk_packages(package.__path__, package.__name__ + "."))
    modules = {m.name.split(".")[-1]: importlib.import_module(m.name) for m in found if not m.ispkg}
    return {file: module.SPEC for file, module in modules.items() if hasattr(module, "SPEC")}


@pytest.mark.parametrize(
    ("place", "package", "catalog"),
    [(place, *both) for place, both in CATALOGS.items()],
    ids=list(CATALOGS),
)
def test_files_and_catalogue_agree(place, package, catalog):
    files = entries(package)
    missing = set(files) - set(catalog)
    assert not missing, f"add the missing line to {place}: {', '.join(sorted(missing))}"
    assert {file: spec.name for file, spec in files.items()} == {file: file for file in files}
    assert all(catalog[file] is spec for file, spec in files.items())
    assert set(catalog) == set(files), f"{place} lists entries without a file"


@pytest.mark.parametrize(
    ("modules", "catalog"),
    [
        ([losslab.objectives.codecs], CODECS),
        ([losslab.metrics.classification, losslab.metrics.regression], METRICS),
        ([losslab.experiment.landscape.functions], FUNCTIONS),
        ([losslab.experiment.landscape.planes], PLANES),
    ],
    ids=["codecs", "metrics", "functions", "planes"],
)
def test_entries_of_a_module_and_catalogue_agree(modules, catalog):
    kind = type(next(iter(catalog.values())))
    specs = [one for module in modules for one in vars(module).values() if isinstance(one, kind)]
    assert {id(one) for one in specs} == {id(one) for one in catalog.values()}
    assert all(name == spec.name for name, spec in catalog.items())


@pytest.mark.parametrize(
    "catalog", [HEADS, CODECS, OPTIMIZERS], ids=["heads", "codecs", "optimizers"]
)
def test_every_entry_says_what_it_is_for(catalog):
    assert all(len(spec.summary.split()) >= 3 for spec in catalog.values())


def test_every_loss_has_a_pairing_for_each_of_its_tasks():
    listed = {(pair.loss, task) for pair in PAIRINGS for task in [pair.task]}
    claimed = {(loss.name, task) for loss in LOSSES.values() for task in loss.tasks}
    assert claimed == listed, "add the missing line to objectives/catalog.py, PAIRINGS"


WITH_A_CLASS = [loss for loss in LOSSES.values() if loss.torch_class]


@pytest.mark.parametrize("loss", WITH_A_CLASS, ids=[loss.name for loss in WITH_A_CLASS])
def test_the_name_of_the_pytorch_class_of_a_loss_leads_to_the_loss(loss):
    short = loss.torch_class.rpartition(".")[2]
    for name in (loss.torch_class, short, f"nn.{short}()", short.lower(), f"F.{loss.name}_loss"):
        assert hint(LOSSES, name) == f"did you mean {loss.name!r}?", name


@pytest.mark.parametrize(
    ("catalog", "name", "meant"),
    [
        (LOSSES, "mae", "l1"),
        (LOSSES, "MAE", "l1"),
        (LOSSES, "RMSE", "mse"),
        (LOSSES, "mean squared error", "mse"),
        (LOSSES, "bce logits", "bce_with_logits"),
        (LOSSES, "BinaryCrossentropy", "bce"),
        (LOSSES, "F.binary_cross_entropy_with_logits", "bce_with_logits"),
        (LOSSES, "logistic", "bce_with_logits"),
        (LOSSES, "log_loss", "cross_entropy"),
        (LOSSES, "softmax", "cross_entropy"),
        (LOSSES, "kl", "kl_div"),
        (LOSSES, "svm", "hinge"),
        (LOSSES, "poisson", "poisson_nll"),
        (LOSSES, "smoothl1", "smooth_l1"),
        (LOSSES, "cosine", "cosine_embedding"),
        (LOSSES, "MSE", "mse"),
        (LOSSES, "mes", "mse"),
        (HEADS, "logsoftmax", "log_softmax"),
        (HEADS, "nn.LogSoftmax(dim=-1)", "log_softmax"),
        (HEADS, "none", "identity"),
        (HEADS, "None", "identity"),
        (HEADS, "linear", "identity"),
        (HEADS, "Softplus", "softplus"),
        (OPTIMIZERS, "AdamW", "adamw"),
        (OPTIMIZERS, "torch.optim.SGD", "sgd"),
    ],
)
def test_a_name_of_another_library_suggests_the_entry(catalog, name, meant):
    assert hint(catalog, name) == f"did you mean {meant!r}?"


@pytest.mark.parametrize("name", ["", "loss", "zebra", "_", 3, None, [1]])
def test_an_unknown_name_lists_all_entries(name):
    assert hint(LOSSES, name).startswith("choose one of l1, mse, huber")


def test_a_hint_to_no_entry_is_a_mistake_of_the_catalogue():
    with pytest.raises(ValueError, match="no loss entry is named 'l3'"):
        Registry("loss", LOSSES.values(), other_names={"cubic": "l3"})


def hint(catalog, name):
    with pytest.raises(UnknownNameError) as caught:
        catalog[name]
    return caught.value.fix
