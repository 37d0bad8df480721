"""What was measured on, and with what."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from losslab.training.engines.fleet import count_cores

PACKAGES = (
    "losslab", "numba", "numpy", "torch", "scikit-learn", "skorch", "lightning", "keras", "jax",
    "jaxlib", "optax",
)  # fmt: skip


def describe_machine() -> dict[str, str | int | float]:
    """Describe the processor, its cores and its load before the benchmark."""
    return {
        "processor": _find_processor(),
        "cores": count_cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else -1.0,
    }


def list_package_versions() -> dict[str, str]:
    """List the versions of all installed peers."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _find_processor() -> str:
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text().splitlines() if listing.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
