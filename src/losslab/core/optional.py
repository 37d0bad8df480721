"""Imports of optional packages."""

from importlib import import_module
from types import ModuleType

from losslab.core.errors import MissingExtraError


def require(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import ``module``, or raise an error that names the extra of losslab to install.

    Examples:
        >>> require("json", extra="parquet", purpose="read JSON").__name__
        'json'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"needed the package {module!r} to {purpose}",
            got="an installation without it",
            fix=f"pip install 'losslab[{extra}]'",
        ) from error
