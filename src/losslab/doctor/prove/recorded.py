"""Scores as they were before an activation, kept while the session records the inputs."""

from torch import Tensor

from losslab.doctor.case import Case


def recorded(case: Case, values: Tensor, *names: str) -> Tensor | None:
    """Give what went into the activations that made these values, if it has the same shape.

    Args:
        case: of a session that keeps sources.
        values: what a loss was given.
        names: the activations to undo, also several of them in a row.
    """
    found: Tensor | None = None
    origin = case.came_from(values, *names)
    while origin is not None and isinstance(origin.source, Tensor):
        if origin.source.shape != values.shape:
            break
        found = origin.source
        origin = case.came_from(found, *names)
    return found
