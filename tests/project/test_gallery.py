"""The gallery shows every figure, with the code that made it, and no picture that is not there."""

import re
from pathlib import Path

import pytest

import gallery.pictures
from gallery.__main__ import DOCS
from gallery.catalog import EXAMPLES
from gallery.page import FOLDER, make_entry, read_example, render_page
from gallery.pictures import draw_picture, write_pictures
from losslab.plots.catalog import FIGURES
from losslab.plots.figures import network
from losslab.plots.theme import DARK, LIGHT

PAGE = (DOCS / "gallery.md").read_text(encoding="utf-8")
# What takes no training, so that the page can be compared with what the code gives now.
DRAWN_AT_ONCE = ("loss_curve", "activations", "network")


def named():
    return re.findall(rf'"({FOLDER}/[^"]+)"', PAGE)


def test_every_figure_has_an_example_in_the_order_of_the_figures():
    assert list(EXAMPLES) == list(FIGURES), "give each figure a line in gallery/catalog.py"


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_on_the_page_with_the_code_of_its_example(name):
    figure = FIGURES[name]
    about, code = read_example(EXAMPLES[name])
    assert about.endswith(".")
    assert "\n" not in about
    for part in (f"## {figure.title}", figure.summary, about[1:], code):
        assert part in PAGE, "run make gallery"
    pictures = [path for path in named() if Path(path).stem.startswith(f"{name}-")]
    assert [Path(path).stem for path in pictures] == [f"{name}-dark", f"{name}-light"]


def test_the_page_names_every_picture_and_no_missing_one():
    there = {f"{FOLDER}/{path.name}" for path in (DOCS / FOLDER).iterdir()}
    assert set(named()) == there, "run make gallery"


def test_every_picture_on_the_page_is_described():
    described = re.findall(r'<img src="[^"]+" alt="([^"]+)">', PAGE)
    assert len(described) == len(FIGURES)
    assert all(text.endswith(".") for text in described)


def test_the_code_at_the_head_of_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    block = re.search(r"```python\n(.+?)```", PAGE, re.DOTALL)
    exec(compile(block[1], "gallery.md", "exec"), {})
    assert (tmp_path / "network.png").read_bytes().startswith(b"\x89PNG")


def test_pictures_are_small():
    assert max(path.stat().st_size for path in (DOCS / FOLDER).iterdir()) < 250_000


@pytest.mark.parametrize("name", DRAWN_AT_ONCE)
def test_the_page_says_what_the_examples_give_now(name):
    data = EXAMPLES[name]()
    written = render_page([make_entry(FIGURES[name], EXAMPLES[name], data, ".svg")])
    _, _, part = written.partition("## ")
    assert part in PAGE, "run make gallery"


@pytest.mark.parametrize("name", DRAWN_AT_ONCE)
def test_an_example_gives_the_same_bytes_again(name):
    once, again = (draw_picture(FIGURES[name], EXAMPLES[name]()) for _ in range(2))
    assert once == again
    assert once.light != once.dark


def test_the_light_and_the_dark_picture_wear_their_themes():
    drawn = draw_picture(FIGURES["network"], network.prepare(2, (), 1))
    assert drawn.suffix == ".svg"
    assert LIGHT.foreground.encode() in drawn.light
    assert DARK.foreground.encode() in drawn.dark
    assert set(drawn.list_files("network")) == {"network-light.svg", "network-dark.svg"}


def test_a_large_drawing_becomes_a_png(monkeypatch):
    monkeypatch.setattr(gallery.pictures, "LARGEST_SVG", 1000)
    drawn = draw_picture(FIGURES["network"], network.prepare(2, (), 1))
    assert drawn.suffix == ".png"
    assert all(content.startswith(b"\x89PNG") for content in (drawn.light, drawn.dark))
    assert drawn.light != drawn.dark


def test_pictures_that_are_no_longer_drawn_are_removed_and_other_files_stay(tmp_path):
    for name in ("gone-light.svg", "gone-dark.png", "notes.txt"):
        (tmp_path / name).write_text("old", encoding="utf-8")
    write_pictures(tmp_path, {"new-light.svg": b"1", "new-dark.svg": b"2"})
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["new-dark.svg", "new-light.svg", "notes.txt"]


def test_what_html_would_take_for_a_tag_is_escaped():
    data = network.prepare(2, (), 1, features=["<b>", '"'])
    one = make_entry(FIGURES["network"], EXAMPLES["network"], data, ".svg")
    odd = type(one)(
        figure=one.figure, about=one.about, code=one.code, alt='<img> & "', caption="a < b",
        suffix=".svg",
    )  # fmt: skip
    written = render_page([odd])
    assert 'alt="&lt;img&gt; &amp; &quot;"' in written
    assert "a &lt; b" in written
