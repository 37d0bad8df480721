"""Every entry file is in its catalogue, under its own name."""

import importlib
import pkgutil

import pytest

import losslab.losses
import losslab.objectives.codecs
import losslab.objectives.heads
import losslab.training.optimizers
from losslab.losses.catalog import LOSSES
from losslab.objectives.catalog import CODECS, HEADS, PAIRINGS
from losslab.training.catalog import OPTIMIZERS

CATALOGS = {
    "losses/catalog.py": (losslab.losses, LOSSES),
    "objectives/catalog.py, HEADS": (losslab.objectives.heads, HEADS),
    "objectives/catalog.py, CODECS": (losslab.objectives.codecs, CODECS),
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
    "catalog", [HEADS, CODECS, OPTIMIZERS], ids=["heads", "codecs", "optimizers"]
)
def test_every_entry_says_what_it_is_for(catalog):
    assert all(len(spec.summary.split()) >= 3 for spec in catalog.values())


def test_every_loss_has_a_pairing_for_each_of_its_tasks():
    listed = {(pair.loss, task) for pair in PAIRINGS for task in [pair.task]}
    claimed = {(loss.name, task) for loss in LOSSES.values() for task in loss.tasks}
    assert claimed == listed, "add the missing line to objectives/catalog.py, PAIRINGS"
