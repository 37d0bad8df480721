"""The source of the user's code."""

import ast
import linecache
from functools import lru_cache

from losslab.doctor.location import Place


def read_source(file: str) -> str:
    """Read the text of a file, or of a notebook's cell that was run."""
    return "".join(linecache.getlines(file))


@lru_cache(maxsize=16)
def parse_source(file: str, source: str) -> ast.Module:
    """Parse a source, once."""
    return ast.parse(source, file)


def parse_line(place: Place) -> ast.stmt | None:
    """Parse the line of a place; None if it isn't a whole statement."""
    try:
        (statement,) = ast.parse(linecache.getline(place.file, place.line).strip()).body
    except (SyntaxError, ValueError):
        return None
    return statement
