"""What every figure of the catalogue keeps to, whatever it shows."""

import dataclasses
import filecmp
import json
import pkgutil
from functools import cache

import matplotlib
import numpy as np
import pytest

from drawing_samples import check_legible, draw_data, every_theme, is_plain
from figure_samples import SAMPLES
from losslab.plots import figures
from losslab.plots.catalog import COMPARISON_FIGURES, FIGURES
from losslab.plots.render import SLIM, WIDE, to_png, to_svg
from losslab.plots.theme import LIGHT

every_figure = pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
every_sample = pytest.mark.parametrize(
    ("name", "sample"),
    [
        pytest.param(name, sample, id=f"{name}-{number}")
        for name, samples in SAMPLES.items()
        for number, sample in enumerate(samples)
    ],
)


@cache
def first_data(name):
    """A figure's first sample; it is frozen."""
    return SAMPLES[name][0]()


@cache
def first_drawing(name):
    """How it looks in daylight."""
    return to_svg(FIGURES[name], first_data(name))


def test_the_index_lists_every_file_of_the_folder():
    files = [module.name for module in pkgutil.iter_modules(figures.__path__)]
    assert sorted(FIGURES) == sorted(files), "give each file in plots/figures a line in catalog.py"


def test_every_figure_has_samples_to_be_tested_with():
    assert set(SAMPLES) == set(FIGURES), "add samples to tests/figure_samples.py"


def test_figures_of_a_comparison_are_some_of_all_figures():
    assert list(FIGURES)[: len(COMPARISON_FIGURES)] == list(COMPARISON_FIGURES)
    assert all(FIGURES[name] is figure for name, figure in COMPARISON_FIGURES.items())


@every_figure
def test_a_figure_says_what_it_is(figure):
    assert figure.title
    assert figure.summary.endswith(".")


@every_sample
def test_prepared_data_is_frozen_and_plain(name, sample):
    data = sample()
    assert is_plain(data)
    json.dumps(dataclasses.asdict(data), default=np.ndarray.tolist)


@every_sample
@pytest.mark.parametrize("width", [WIDE, SLIM])
def test_nothing_is_clipped_and_no_two_texts_overlap(name, sample, width):
    canvas, _ = draw_data(name, sample(), width)
    check_legible(canvas)


@every_sample
def test_caption_and_alt_text_are_sentences_on_one_line(name, sample):
    data = sample()
    for told in (FIGURES[name].write_caption(data), FIGURES[name].write_alt(data)):
        assert told.endswith(".")
        assert "\n" not in told
        assert "nan" not in told.split()


@every_figure
@every_theme
def test_every_figure_wears_its_theme(figure, theme):
    drawing = (
        first_drawing(figure.name)
        if theme is LIGHT
        else to_svg(figure, first_data(figure.name), theme)
    )
    assert drawing.startswith("<?xml")
    assert theme.background in drawing
    assert LIGHT.foreground not in drawing or theme is LIGHT


@every_figure
def test_the_same_data_gives_the_same_bytes(figure, tmp_path):
    data = first_data(figure.name)
    assert to_svg(figure, data) == first_drawing(figure.name)
    for name in ("a.png", "b.png"):
        to_png(tmp_path / name, figure, data)
    assert filecmp.cmp(tmp_path / "a.png", tmp_path / "b.png", shallow=False)


@every_figure
def test_settings_of_the_user_change_nothing_and_stay(figure):
    data, plain = first_data(figure.name), first_drawing(figure.name)
    with matplotlib.rc_context({"axes.facecolor": "red", "font.size": 30, "svg.fonttype": "none"}):
        assert to_svg(figure, data) == plain
        assert matplotlib.rcParams["axes.facecolor"] == "red"
