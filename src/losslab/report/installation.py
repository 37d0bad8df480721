"""What losslab runs on, and whether its compiled code is ready."""

import importlib.metadata
import platform
from typing import Any

from rich.table import Table

import losslab
from losslab.report.terminal import facts
from losslab.training.engines.fleet import available_cores

PACKAGES = ("torch", "numpy", "scipy", "scikit-learn", "pandas", "numba", "matplotlib")


def installation() -> dict[str, Any]:
    """Versions, processor and the state of the compiled code, as plain data.

    Examples:
        >>> sorted(installation())
        ['compiled', 'cores', 'losslab', 'machine', 'packages', 'python']
    """
    from losslab.training.engines.compiled.cache import cache_folder, is_cached, kept

    found = kept()
    return {
        "losslab": losslab.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": available_cores(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "compiled": {
            "folder": str(cache_folder()),
            "functions": len(found),
            "damaged": [name for name in found if not is_cached(name)],
            "training_loop_ready": is_cached("train-float32"),
        },
    }


def installation_table(found: dict[str, Any]) -> Table:
    """The same for a terminal."""
    code = found["compiled"]
    ready = "ready" if code["training_loop_ready"] else "not compiled yet: about 10 s, once"
    damaged = f"; damaged, compiled again when needed: {', '.join(code['damaged'])}"
    return facts(
        ("losslab", found["losslab"]),
        ("python", f"{found['python']} on {found['machine']}, cores: {found['cores']}"),
        ("packages", ", ".join(f"{name} {text}" for name, text in found["packages"].items())),
        ("training loop", ready),
        ("compiled code", f"{code['functions']} functions in {code['folder']}"),
        ("", damaged.removeprefix("; ") if code["damaged"] else ""),
    )
