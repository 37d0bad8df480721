"""A finished look at a loss surface, with everything that can be made from it."""

import base64
import io
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any

from losslab.core.errors import OptionError
from losslab.core.files import write_text
from losslab.core.json_values import to_json_value
from losslab.experiment.landscape.result import LandscapeResult, Path, Surface
from losslab.report.landscape.table import caption, heading, path_cells, remarks
from losslab.report.terminal import print_plainly

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType


@dataclass(frozen=True, eq=False)
class Landscape:
    """What ``losslab.landscape`` returns.

    Args:
        result: surfaces and paths as plain values.
        written: the files that were written, by what they hold.
    """

    result: LandscapeResult
    written: Mapping[str, str] = field(default_factory=dict)

    def frame(self) -> "pd.DataFrame":
        """Return a data frame with one row per point of a path."""
        import pandas as pd

        return pd.concat(
            [
                _frame_of(surface, path)
                for surface in self.result.surfaces
                for path in surface.paths
            ],
            ignore_index=True,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values, as ``--json`` prints it; what is no number is null."""
        content: dict[str, Any] = to_json_value(self.result)
        return {**content, "seconds": round(self.result.seconds, 3), "files": dict(self.written)}

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write ``frame()`` as CSV, whole or not at all."""
        write_text(path, self.frame().to_csv(index=False, lineterminator="\n"))

    def plot(self, ax: Any = None, figure: str = "landscape") -> Any:
        """Draw a figure and return it.

        Args:
            ax: matplotlib axes to draw on; by default a figure of its own.
            figure: landscape, or trajectory: the true loss against steps.
        """
        from losslab.plots.catalog import LANDSCAPE_FIGURES
        from losslab.plots.render import to_figure

        if ax is not None and not hasattr(ax, "get_figure"):
            known = ax if isinstance(ax, str) and ax in LANDSCAPE_FIGURES else "trajectory"
            raise OptionError(
                "needed matplotlib axes to draw on", got=repr(ax), fix=f"plot(figure={known!r})"
            )
        chosen = LANDSCAPE_FIGURES[figure]
        data = chosen.prepare(self.result)
        if ax is None:
            return to_figure(chosen, data)
        chosen.draw(data, ax)
        return ax

    def picture(self, path: str | os.PathLike[str]) -> None:
        """Write the landscape, and the losses along the paths below it, as PNG or SVG."""
        from losslab.plots.catalog import LANDSCAPE_FIGURES
        from losslab.plots.render import write_panels

        panels = [
            (figure.title, figure, figure.prepare(self.result))
            for figure in LANDSCAPE_FIGURES.values()
        ]
        write_panels(path, heading(self.result), panels, caption(self.result))

    def gif(self, path: str | os.PathLike[str], frame_ms: float = 200) -> None:
        """Animate the descent, as GIF or WebP.

        Args:
            path: a file name ending in .gif or .webp; a description is written beside it.
            frame_ms: how long a frame stands; the last one stands for at least 1.5 seconds.
        """
        from losslab.plots.descent_animation import write_descent_animation
        from losslab.plots.figures.landscape import prepare

        write_descent_animation(path, prepare(self.result), frame_ms)

    @property
    def succeeded(self) -> bool:
        """Whether there is anything to see, which there always is."""
        return True

    def render(self, without: Collection[str] = ()) -> "RenderableType":
        """Return what a terminal shows, without notes that were shown before."""
        from losslab.report.landscape.table import LandscapeTable

        notes = tuple(note for note in self.result.notes if note not in without)
        return LandscapeTable(result=replace(self.result, notes=notes), written=self.written)

    def __str__(self) -> str:
        """Return the table of paths as text."""
        return print_plainly(self.render())

    def __repr__(self) -> str:
        count = sum(len(surface.paths) for surface in self.result.surfaces)
        return f"<Landscape of {self.result.name!r} with {count} paths>"

    def _repr_html_(self) -> str:
        from losslab.plots.figures import landscape

        data = landscape.prepare(self.result)
        picture = base64.b64encode(self._repr_png_()).decode("ascii")
        words = "".join(
            f"<p>{escape(text)}</p>" for text in (caption(self.result), *remarks(self.result))
        )
        return (
            f'<div class="losslab"><p><strong>{escape(heading(self.result))}</strong></p>'
            f'<img style="max-width:100%" src="data:image/png;base64,{picture}" '
            f'alt="{escape(landscape.write_alt(data))}">{"".join(_table(self.result))}{words}</div>'
        )

    def _repr_png_(self) -> bytes:
        from losslab.plots.render import use_plot_settings

        buffer = io.BytesIO()
        with use_plot_settings():
            self.plot().savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


def _frame_of(surface: Surface, path: Path) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(
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
            "fate": path.outcome,
        }
    )


def _table(result: LandscapeResult) -> Iterator[str]:
    titles, *rows = path_cells(result)
    yield f"<table><thead><tr>{''.join(f'<th>{escape(one)}</th>' for one in titles)}</tr></thead>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
    yield "</table>"
