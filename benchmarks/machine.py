"""What was measured on, and with what."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from losslab.training.engines.fleet import available_cores

PACKAGES = (
    "losslab", "numba", "numpy", "torch", "scikit-learn", "skorch", "lightning", "keras", "jax",
    "jaxlib", "optax",
)  # fmt: skip


def describe_machine() -> dict[str, str | int | float]:
    """The processor, its cores, and how busy it was before."""
    return {
        "processor": _processor(),
        "cores": available_cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else -1.0,
    }


def package_versions() -> dict[str, str]:
    """The versions of all peers that are installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text().splitlines() if listing.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
