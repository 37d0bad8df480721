"""Figures as parts of a page: light and dark, wide and narrow, inside the page itself."""

import base64
import io
from dataclasses import dataclass
from xml.etree import ElementTree

from losslab.experiment.comparison.findings import Findings
from losslab.plots.render import SLIM, WIDE, draw_cached_svg, recolor_svg
from losslab.plots.spec import Figure
from losslab.plots.theme import DARK


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One drawing as a data address, with its size in points and when a browser should use it."""

    address: str
    media: str
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Illustration:
    """A figure of the report; the browser takes the first fitting of ``variants``, or ``main``."""

    name: str
    title: str
    alt: str
    caption: str
    main: Picture
    variants: tuple[Picture, ...]


def illustrate(figure: Figure, findings: Findings) -> Illustration:
    """Draw ``figure`` in every variant that the report carries."""
    data = figure.prepare(findings)
    narrow, dark = "(max-width: 640px)", "screen and (prefers-color-scheme: dark)"
    wide, slim = (draw_cached_svg(figure, data, width) for width in (WIDE, SLIM))
    return Illustration(
        name=figure.name,
        title=figure.title,
        alt=figure.write_alt(data),
        caption=figure.write_caption(data),
        main=_picture(wide, ""),
        variants=(
            _picture(recolor_svg(slim, DARK), f"{dark} and {narrow}"),
            _picture(recolor_svg(wide, DARK), dark),
            _picture(slim, f"screen and {narrow}"),
        ),
    )


def _picture(drawing: str, media: str) -> Picture:
    _, _, across, down = _view_box(drawing).split()
    code = base64.b64encode(drawing.encode()).decode("ascii")
    return Picture(
        address=f"data:image/svg+xml;base64,{code}",
        media=media,
        width=round(float(across)),
        height=round(float(down)),
    )


def _view_box(drawing: str) -> str:
    """The size in the outermost tag; what follows it is long and need not be read."""
    for _, outermost in ElementTree.iterparse(io.StringIO(drawing), ["start"]):
        return str(outermost.attrib["viewBox"])
    raise AssertionError("an SVG drawing has an outermost tag")
