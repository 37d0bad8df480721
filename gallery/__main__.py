"""``python -m gallery``: draw an example of every figure, and write the page with them."""

import sys
from pathlib import Path

from gallery.catalog import EXAMPLES
from gallery.page import FOLDER, Entry, make_entry, render_page
from gallery.pictures import draw_picture, write_pictures
from losslab.core.files import write_text
from losslab.plots.catalog import FIGURES
from losslab.training.threads import use_one_thread

DOCS = Path(__file__).resolve().parent.parent / "docs"


def write_gallery(docs: Path = DOCS) -> None:
    """Write ``gallery.md`` and its pictures into ``docs``, all or nothing."""
    entries: list[Entry] = []
    files: dict[str, bytes] = {}
    for name, example in EXAMPLES.items():
        sys.stderr.write(f"{name}\n")
        with use_one_thread():  # small networks: two threads would wait for each other
            data = example()
        picture = draw_picture(FIGURES[name], data)
        entries.append(make_entry(FIGURES[name], example, data, picture.suffix))
        files |= picture.list_files(name)
    write_pictures(docs / FOLDER, files)
    write_text(docs / "gallery.md", render_page(entries))


if __name__ == "__main__":
    write_gallery()
