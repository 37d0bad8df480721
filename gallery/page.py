"""The gallery page in Markdown: every figure with the code of its example."""

import ast
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

from losslab.plots.spec import Figure

FOLDER = "images/gallery"
OPENING = """# Gallery

Every figure of losslab, drawn from data sets that ship with it. `make gallery` writes this page.

A figure is two functions in `losslab.plots.figures`: `prepare` returns plain data, as each example
does, and `draw(data, ax)` draws it on matplotlib axes. To write files, light or dark, no axes are
needed:

```python
from losslab.plots.catalog import FIGURES
from losslab.plots.figures import network
from losslab.plots.render import to_png
from losslab.plots.theme import DARK

data = network.prepare(4, (64, 64), 3, "relu", "softmax")
to_png("network.png", FIGURES["network"], data, DARK)
```
"""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A figure with its example: the text around the picture, and the picture's suffix."""

    figure: Figure
    about: str
    code: str
    alt: str
    caption: str
    suffix: str


def make_entry(figure: Figure, example: Callable[[], Any], data: Any, suffix: str) -> Entry:
    """Make the entry of an example that returned ``data``."""
    about, code = read_example(example)
    return Entry(
        figure=figure,
        about=about,
        code=code,
        alt=figure.write_alt(data),
        caption=figure.write_caption(data),
        suffix=suffix,
    )


def read_example(example: Callable[[], Any]) -> tuple[str, str]:
    """Return the docstring of an example's file, and the code below it."""
    module = inspect.getmodule(example)
    assert module is not None, "an example is a function of a module"
    source = inspect.getsource(module)
    tree = ast.parse(source)
    end = tree.body[0].end_lineno
    about = ast.get_docstring(tree)
    assert about is not None, "tested"
    return about, "\n".join(source.splitlines()[end:]).strip()


def render_page(entries: Iterable[Entry]) -> str:
    """Render the page in Markdown."""
    return "\n".join([OPENING, *map(_render_entry, entries)])


def _render_entry(one: Entry) -> str:
    name = one.figure.name
    light, dark = (f"{FOLDER}/{name}-{theme}{one.suffix}" for theme in ("light", "dark"))
    return f"""## {one.figure.title}

{one.figure.summary} Here: {one.about[0].lower() + one.about[1:]}

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="{dark}">
  <img src="{light}" alt="{escape(one.alt)}">
</picture>

{escape(one.caption, quote=False)}

<details><summary>The code: <code>{name}</code></summary>

```python
{one.code}
```

</details>
"""
