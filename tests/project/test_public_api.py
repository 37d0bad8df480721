"""The root package: small, sorted, lazy."""

import subprocess
import sys

import pytest

import losslab

HEAVY = ("torch", "numpy", "pandas", "sklearn", "matplotlib", "numba", "scipy")


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_public_names_are_sorted_and_few():
    assert losslab.__all__ == sorted(losslab.__all__)
    assert len(losslab.__all__) <= 20
    assert set(losslab.__all__) == set(losslab._HOMES)
    assert set(losslab.__all__) <= set(dir(losslab))


@pytest.mark.parametrize("name", losslab.__all__)
def test_a_public_name_is_importable(name):
    assert getattr(losslab, name).__name__ == name if name != "LOSSES" else losslab.LOSSES


def test_a_name_that_does_not_exist_is_no_attribute():
    with pytest.raises(AttributeError, match="module 'losslab' has no attribute 'lossless'"):
        _ = losslab.lossless


def test_root_names_survive_the_import_of_every_subpackage():
    # Importing losslab.x binds the attribute x, which would shadow a root name x.
    out = run(
        "import importlib, pkgutil, losslab\n"
        "first = {name: getattr(losslab, name) for name in losslab.__all__}\n"
        "folders = [m.name for m in pkgutil.iter_modules(losslab.__path__)]\n"
        "for folder in folders: importlib.import_module(f'losslab.{folder}')\n"
        "again = {name: getattr(losslab, name) for name in losslab.__all__}\n"
        "print(all(first[name] is again[name] for name in first))\n"
        "print(sorted(set(folders) & set(losslab.__all__) - {'doctor'}))\n"
    )
    assert out.splitlines() == ["True", "[]"]


def test_the_root_package_starts_without_heavy_libraries():
    out = run(f"import sys, losslab; dir(losslab); print(set({HEAVY}) & set(sys.modules))")
    assert out == "set()"
