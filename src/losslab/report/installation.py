"""The installation: versions, processor and the state of the compiled code."""

import importlib.metadata
import platform
from typing import Any

from rich.table import Table

import losslab
from losslab.report.terminal import make_fact_table
from losslab.training.engines.fleet import count_cores

PACKAGES = ("torch", "numpy", "scipy", "scikit-learn", "pandas", "numba", "matplotlib")


def describe_installation() -> dict[str, Any]:
    """Describe versions, processor and the state of the compiled code, as plain data.

    Examples:
        >>> sorted(describe_installation())
        ['compiled', 'cores', 'losslab', 'machine', 'packages', 'python']
    """
    from losslab.training.engines.compiled.cache import cache_folder, is_cached, list_cached

    functions = list_cached()
    return {
        "losslab": losslab.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": count_cores(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "compiled": {
            "folder": str(cache_folder()),
            "functions": len(functions),
            "damaged": [name for name in functions if not is_cached(name)],
            "training_loop_ready": is_cached("train-float32"),
        },
    }


def tabulate_installation(installation: dict[str, Any]) -> Table:
    """Tabulate the installation for a terminal."""
    code = installation["compiled"]
    packages = [f"{name} {version}" for name, version in installation["packages"].items()]
    cores = f"{installation['machine']}, cores: {installation['cores']}"
    damaged = ", ".join(code["damaged"])
    return make_fact_table(
        ("losslab", installation["losslab"]),
        ("python", f"{installation['python']} on {cores}"),
        ("packages", ", ".join(packages)),
        (
            "training loop",
            "ready" if code["training_loop_ready"] else "not compiled yet: about 10 s, once",
        ),
        ("compiled code", f"{code['functions']} functions in {code['folder']}"),
        ("", f"damaged, compiled again when needed: {damaged}" if damaged else ""),
    )
