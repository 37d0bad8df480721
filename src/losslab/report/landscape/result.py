"""The result of ``losslab.landscape``."""

import base64
import io
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from losslab.core.files import write_text
from losslab.core.json_values import to_json_value
from losslab.experiment.landscape.result import LandscapeResult
from losslab.report.landscape.table import (
    format_landscape,
    make_columns,
    write_caption,
    write_heading,
    write_notes,
)
from losslab.report.terminal import render_text

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType


@dataclass(frozen=True, eq=False)
class Landscape:
    """What ``losslab.landscape`` returns.

    Attributes:
        result: surfaces and paths as plain values.
        written: the files that were written, by what they hold.
    """

    result: LandscapeResult
    written: Mapping[str, str] = field(default_factory=dict)

    def frame(self) -> "pd.DataFrame":
        """Return a data frame with one row per point of a path."""
        import pandas as pd

        frames = [
            pd.DataFrame(
                {
                    "surface": surface.title,
                    "optimizer": path.optimizer,
                    "lr": path.lr,
                    "step": path.steps,
                    "epoch": path.epochs,
                    "x": path.places[:, 0],
                    "y": path.places[:, 1],
                    "loss": path.loss,
                    "loss_on_plane": path.on_plane,
                    "distance_from_plane": path.away,
                    "outcome": path.outcome,
                }
            )
            for surface in self.result.surfaces
            for path in surface.paths
        ]
        return pd.concat(frames, ignore_index=True)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values, as ``--json`` prints it; NaN and infinity are null."""
        content: dict[str, Any] = to_json_value(self.result)
        return {**content, "seconds": round(self.result.seconds, 3), "files": dict(self.written)}

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write ``frame()`` as CSV, whole or not at all."""
        write_text(path, self.frame().to_csv(index=False, lineterminator="\n"))

    def plot(self, ax: Any = None, figure: str = "landscape") -> Any:
        """Draw a figure and return it.

        Args:
            ax: matplotlib axes to draw on; by default, a new matplotlib figure.
            figure: landscape, or trajectory: the true loss against steps.
        """
        from losslab.plots.catalog import LANDSCAPE_FIGURES
        from losslab.report.pictures import plot_figure

        return plot_figure(LANDSCAPE_FIGURES, figure, self.result, ax, example="trajectory")

    def picture(self, path: str | os.PathLike[str]) -> None:
        """Write the landscape, and the losses along the paths below it, as PNG or SVG."""
        from losslab.plots.catalog import LANDSCAPE_FIGURES
        from losslab.plots.render import write_panels

        panels = [
            (figure.title, figure, figure.prepare(self.result))
            for figure in LANDSCAPE_FIGURES.values()
        ]
        write_panels(path, write_heading(self.result), panels, write_caption(self.result))

    def gif(self, path: str | os.PathLike[str], frame_ms: float = 200) -> None:
        """Animate the descent, as GIF or WebP.

        Args:
            path: a file name ending in .gif or .webp; a description is written beside it.
            frame_ms: milliseconds that each frame is shown; the last one at least 1500.
        """
        from losslab.plots.descent_animation import write_descent_animation
        from losslab.plots.figures.landscape import prepare

        write_descent_animation(path, prepare(self.result), frame_ms)

    @property
    def succeeded(self) -> bool:
        """Always true: a landscape that can't be computed is an error."""
        return True

    def render(self, without: Collection[str] = ()) -> "RenderableType":
        """Return what a terminal shows, without notes that were shown before."""
        notes = tuple(note for note in self.result.notes if note not in without)
        return format_landscape(replace(self.result, notes=notes), self.written)

    def __str__(self) -> str:
        """Return the table of paths as text."""
        return render_text(self.render())

    def __repr__(self) -> str:
        count = sum(len(surface.paths) for surface in self.result.surfaces)
        return f"<Landscape of {self.result.name!r} with {count} paths>"

    def _repr_html_(self) -> str:
        from losslab.plots.figures import landscape
        from losslab.report.html import render_notebook

        picture = base64.b64encode(self._repr_png_()).decode("ascii")
        return render_notebook(
            write_heading(self.result),
            make_columns(self.result),
            [write_caption(self.result), *write_notes(self.result)],
            picture=(picture, landscape.write_alt(landscape.prepare(self.result))),
        )

    def _repr_png_(self) -> bytes:
        from losslab.plots.render import use_plot_settings

        buffer = io.BytesIO()
        with use_plot_settings():
            self.plot().savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()
