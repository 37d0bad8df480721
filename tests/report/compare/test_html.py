"""The HTML report: complete, self-contained, accessible, and inert for any names in the data."""

import base64
import dataclasses
import re
from functools import cache
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from example_findings import EXAMPLES, FORMULA, HOSTILE, binary, hostile, wrong_on_purpose
from example_rows import change_row
from losslab.core.errors import LosslabError
from losslab.plots.catalog import COMPARISON_FIGURES
from losslab.report.compare.html import (
    render_ranking,
    render_report,
    tabulate_metrics,
    write_report,
)

VOID = {"meta", "img", "source"}
SEPARATE = {"dt", "dd", "th", "td"}
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)


@cache
def report(name):
    return render_report(EXAMPLES[name]())


class Page(HTMLParser):
    """Collects the elements of a page, and its text; fails on tags that do not match."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text, self.headings = [], [], "", []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in VOID
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag in SEPARATE:
            self.text += " "

    def handle_data(self, data):
        if self.open and re.fullmatch("h[1-6]", self.open[-1]):
            self.headings.append(data)
        if "style" not in self.open:
            self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def words(self):
        return " ".join(self.text.split())


@pytest.fixture(scope="module")
def page():
    return Page(report("binary"))


@pytest.mark.parametrize("name", ["binary", "hostile", "all_diverged", "one_split", "many"])
def test_every_report_is_well_formed_and_self_contained(name):
    text = report(name)
    ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>\n"))
    page = Page(text)
    assert not page.all("script")
    assert not page.all("link")
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "srcset", "href"):
            address = attributes.get(name, "#")
            assert address.startswith(("#", "data:image/svg+xml;base64,"))


def test_the_style_loads_nothing():
    style = (
        resources.files("losslab.report")
        .joinpath("templates/report.css")
        .read_text(encoding="utf-8")
    )
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_forbids_everything_but_own_styles_and_pictures(page):
    policies = [meta for meta in page.all("meta") if "http-equiv" in meta]
    assert policies == [{"http-equiv": "Content-Security-Policy", "content": POLICY}]


def test_names_from_the_data_add_no_elements_or_attributes():
    def structure(findings):
        return [
            (tag, sorted(attributes)) for tag, attributes in Page(render_report(findings)).elements
        ]

    assert structure(hostile()) == structure(hostile("harmless", "name"))


def test_names_from_the_data_are_shown_as_they_are():
    page = Page(report("hostile"))
    assert page.words.count(HOSTILE) > 10
    assert f"Predicting {FORMULA}" in page.words
    assert f"losslab compare '{HOSTILE}' && echo $HOME" in page.words
    assert all("onerror" not in attributes for attributes in page.all("img"))
    assert any(HOSTILE in image["alt"] for image in page.all("img"))


def test_characters_that_html_cannot_hold_are_replaced():
    text = report("hostile")
    text.encode()
    assert "価格" in text
    assert not {"\x1b", "\u202e", "\ud800"} & set(text)


def test_the_fragment_for_notebooks_is_inert():
    page = Page(render_ranking(hostile()))
    assert HOSTILE in page.words
    assert not {"img", "script", "style"} & {tag for tag, _ in page.elements}


def test_the_verdict_comes_first_and_the_explanations_last(page):
    assert page.headings == [
        "breast_cancer",
        "Verdict",
        "Recommended: cross_entropy",
        "Mean scores and intervals",
        "The ranking",
        "Learning curves",
        "Learning rates",
        "Every metric",
        "How it was done",
        "Notes",
        "To repeat it",
        "How to read these numbers",
    ]
    assert page.words.index(binary().verdict) < page.words.index("Recommended")


@pytest.mark.parametrize(
    "part",
    [
        "Reason: the best log loss among the losses not shown worse than the best.",
        "95 % interval (corrected resampled t), N = 10 splits",
        "0.975 [0.963, 0.986]",
        "practically equal",
        "= bce, nll",
        "the largest class holds 62.7 % of the rows, at most 70 %",
        "10 splits (5 folds × 2); the first has 364 rows to train, 91 to validate and 114 to test",
        "hidden 64, 64",
        "benign, malignant",
        "Ranking by accuracy gives no loss a home advantage.",
        "200 runs trained, 50 reused, 100 duplicates counted once; 41 s with the stacked engine",
        "losslab-runs.sqlite",
        "losslab compare breast_cancer",
        "torch 2.13.0",
        "Nadeau and Bengio (2003)",
        "Tukey (1953)",
        "Benavoli, Corani, Demšar and Zaffalon (2017)",
        "9 degrees of freedom",
        "reference on the same splits, not ranked",
    ],
)
def test_the_report_contains(page, part):
    assert part in page.words


def test_every_row_of_the_ranking_is_in_the_table(page):
    for row in binary().rows:
        assert f"{row.name} " in page.words
        assert row.verdict in page.words
    assert page.words.count("< .001") == 1


def test_a_report_without_recommendation_says_so():
    assert "There is no recommendation." in Page(report("all_diverged")).words


def test_wrong_pairings_and_cuts_are_reported():
    findings = dataclasses.replace(wrong_on_purpose(), cuts=("Splits: 5 instead of 10.",))
    words = Page(render_report(findings)).words
    assert (
        "best, wrong on purpose" in words
        or "equal, wrong on purpose" in words
        or ("worse, wrong on purpose" in words)
    )
    assert "Wrong on purpose: cross_entropy, softmax. softmax before cross_entropy" in words
    assert "Cut to fit the budget Splits: 5 instead of 10." in words


def test_diverged_runs_are_counted_in_the_ranking():
    assert "20 of 50" in Page(render_report(EXAMPLES["partly_diverged"]())).words
    assert "runs diverged" not in Page(report("binary")).words


def test_a_long_list_of_classes_is_shortened():
    found = binary()
    data = dataclasses.replace(found.data, classes=tuple(f"class {n}" for n in range(25)))
    findings = dataclasses.replace(found, data=data)
    words = Page(render_report(findings)).words
    assert "class 19 and 5 more" in words
    assert "class 20" not in words


def test_every_picture_is_described_and_comes_in_light_dark_wide_and_narrow(page):
    images, sources = page.all("img"), page.all("source")
    assert len(images) == len(COMPARISON_FIGURES) == len(page.all("figcaption"))
    assert len(sources) == 3 * len(COMPARISON_FIGURES)
    assert len({source["media"] for source in sources}) == 3
    assert len({one["srcset"] for one in sources} | {one["src"] for one in images}) == 12
    for image, figure in zip(images, COMPARISON_FIGURES.values(), strict=True):
        assert image["alt"] == figure.write_alt(figure.prepare(binary()))


def test_pictures_state_their_size_so_that_the_page_does_not_jump(page):
    for part in (*page.all("img"), *page.all("source")):
        drawing = ElementTree.fromstring(decode(part.get("src") or part["srcset"]))
        _, _, width, height = map(float, drawing.attrib["viewBox"].split())
        assert abs(int(part["width"]) - width) <= 0.5
        assert abs(int(part["height"]) - height) <= 0.5


def test_pictures_are_inert():
    page = Page(report("hostile"))
    for part in (*page.all("img"), *page.all("source")):
        drawing = ElementTree.fromstring(decode(part.get("src") or part["srcset"]))
        names = {element.tag.rpartition("}")[2] for element in drawing.iter()}
        assert not names & {"script", "foreignObject", "image", "a"}


def decode(address):
    return base64.b64decode(address.removeprefix("data:image/svg+xml;base64,"))


def test_tables_have_captions_and_headed_rows_and_columns(page):
    tables = page.all("table")
    assert len(tables) == len(page.all("caption")) == 2
    scopes = [head.get("scope") for head in page.all("th")]
    assert set(scopes) == {"col", "row"}
    assert scopes.count("row") == 2 * 7


def test_headings_descend_one_level_at_a_time(page):
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_links_inside_the_page_lead_somewhere(page):
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names))
    for link in page.all("a"):
        assert link["href"].removeprefix("#") in names
    for section in page.all("section"):
        assert section["aria-labelledby"] in names


def test_every_metric_is_in_the_table_in_its_own_format():
    table = tabulate_metrics(binary())
    assert table["titles"][:2] == [
        ("accuracy", "higher is better"),
        ("log loss", "lower is better"),
    ]
    by_name = dict(table["rows"])
    assert by_name["mse"] == ["0.970", "0.0812", "0.0213", "0.995"]
    assert by_name["hinge"] == ["0.970", *["\N{EN DASH}"] * 3]
    assert by_name["linear"][:2] == ["0.972", "0.1100"]


def test_a_metric_that_losslab_does_not_know_keeps_its_name():
    row = change_row(binary().rows[0], metrics={"profit": 3.0})
    findings = dataclasses.replace(binary(), rows=(row,), references=())
    assert tabulate_metrics(findings)["titles"] == [("profit", "")]


def test_the_same_findings_give_the_same_report():
    assert report("binary") == render_report(binary())


def test_the_report_replaces_an_old_one_atomically(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")
    write_report(binary(), path)
    assert path.read_text(encoding="utf-8") == report("binary")
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_that_cannot_be_written_is_an_error_that_names_the_path(tmp_path):
    with pytest.raises(LosslabError, match="nowhere"):
        write_report(binary(), tmp_path / "nowhere" / "report.html")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_of_the_page_have_enough_contrast(theme):
    style = (
        resources.files("losslab.report")
        .joinpath("templates/report.css")
        .read_text(encoding="utf-8")
    )
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", blocks[theme == "dark"]))
    for paper in ("paper", "raised"):
        for ink in ("ink", "soft", "accent"):
            assert contrast(colours[ink], colours[paper]) >= 4.5
    assert contrast(colours["warning"], colours["warning-paper"]) >= 4.5


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
