"""Pictures of an example: SVG if small, else PNG."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from losslab.core.files import write_bytes
from losslab.plots.render import to_png, to_svg
from losslab.plots.spec import Figure
from losslab.plots.theme import DARK, LIGHT, Theme

LARGEST_SVG = 150_000  # bytes


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A figure in both themes, with the same suffix."""

    light: bytes
    dark: bytes
    suffix: str

    def list_files(self, name: str) -> dict[str, bytes]:
        """Return both pictures by file name."""
        return {f"{name}-light{self.suffix}": self.light, f"{name}-dark{self.suffix}": self.dark}


def draw_picture(figure: Figure, data: Any) -> Picture:
    """Draw prepared data in both themes."""
    light, dark = (to_svg(figure, data, theme).encode() for theme in (LIGHT, DARK))
    if max(len(light), len(dark)) <= LARGEST_SVG:
        return Picture(light=light, dark=dark, suffix=".svg")
    light, dark = (_draw_png(figure, data, theme) for theme in (LIGHT, DARK))
    return Picture(light=light, dark=dark, suffix=".png")


def _draw_png(figure: Figure, data: Any, theme: Theme) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder, "picture.png")
        to_png(path, figure, data, theme)
        return path.read_bytes()


def write_pictures(folder: Path, files: dict[str, bytes]) -> None:
    """Make ``folder`` hold these files and no other pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_bytes(folder / name, content)
    for old in sorted(folder.iterdir()):
        if old.suffix in (".svg", ".png") and old.name not in files:
            old.unlink()
