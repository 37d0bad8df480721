"""What a landscape's table, picture and page say."""

from collections.abc import Iterator

from losslab.experiment.amounts import amount, counted
from losslab.experiment.landscape.survey import Survey
from losslab.plots.figures import landscape

Cells = tuple[str, ...]


def heading(survey: Survey) -> str:
    """Say what the surface is of."""
    if not survey.n_rows:
        return f"{survey.name}: {survey.settings['steps']} steps from {survey.settings['start']}"
    hidden = survey.settings["hidden"]
    units = hidden.replace(", ", "-")
    network = "a linear model" if hidden == "none" else f"a network of {units} hidden units"
    return f"{survey.name}: {network} trained on {counted(survey.n_rows, 'row')}"


def caption(survey: Survey) -> str:
    """Say how to read the picture."""
    return landscape.caption(landscape.prepare(survey))


def path_cells(survey: Survey) -> Iterator[Cells]:
    """The table of paths: its titles, then a line for each."""
    network = bool(survey.n_rows)
    beside: Cells = ("gap to plane",) if network else ()
    first = "loss" if network else "steps"
    yield (first, "path", "start", "end", "lowest", *beside, "what happens")
    for surface in survey.surfaces:
        for path in surface.paths:
            gap = (amount(float(abs(path.on_plane - path.loss).max())),) if network else ()
            ends = (path.loss[0], path.loss[-1], path.loss.min())
            yield (
                surface.title,
                path.label,
                *(amount(float(value)) for value in ends),
                *gap,
                path.fate if path.fate == "descends" else path.told,
            )


def remarks(survey: Survey) -> Iterator[str]:
    """What else a reader should be told."""
    yield from survey.notes
    lost = [
        f"{path.label} on {surface.title}" if survey.n_rows else path.label
        for surface in survey.surfaces
        for path in surface.paths
        if path.fate == "diverges"
    ]
    if lost:
        yield f"Diverged, and drawn up to there: {'; '.join(lost)}. A smaller --lr would help."
