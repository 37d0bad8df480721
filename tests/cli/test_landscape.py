"""``losslab landscape`` from the outside: what it prints, writes and refuses."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import losslab
from command_line import run
from landscape_samples import moons, plain

QUICK = ["--hidden", "8", "--epochs", "2", "--resolution", "7"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def look(folder, capfd, monkeypatch):
    def command_line(*words):
        return run(capfd, monkeypatch, "landscape", *words)

    return command_line


def test_one_command_leaves_picture_animation_and_paths_and_a_table(look, folder):
    ended = look(
        "moons", "--loss", "mse,bce_with_logits", "--optimizer", "sgd,adam", *QUICK,
        "--gif", "way.gif", "--csv", "way.csv",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    assert "4 runs of 32 steps each, and the loss of 98 networks on 500 rows" in ended.err
    text = " ".join(ended.out.split())
    assert text.startswith("moons: a network of 8 hidden units trained on 500 rows")
    assert "not the loss along the path" in text
    assert "picture: losslab-landscape.png; animation: way.gif; paths: way.csv" in text
    with Image.open(folder / "losslab-landscape.png") as picture:
        assert picture.width > 1000
    with Image.open(folder / "way.gif") as moving:
        assert moving.n_frames == 7  # the start, 1, 2, 4, 8 and 16 steps, and the second epoch
        assert moving.info["duration"] == 200
    table = pd.read_csv(folder / "way.csv")
    assert len(table) == 4 * 7
    assert set(table.optimizer) == {"sgd", "adam"}
    assert {path.suffix for path in folder.iterdir()} == {".png", ".gif", ".txt", ".csv"}


def test_json_has_the_grid_and_the_paths_and_nothing_else_goes_to_stdout(look, folder):
    ended = look("moons", *QUICK, "--json", "--out", "way.svg")
    found = json.loads(ended.out)
    (surface,) = found["surfaces"]
    assert np.shape(surface["values"]) == (7, 7)
    assert len(surface["explained"]) == 2
    assert [path["optimizer"] for path in surface["paths"]] == ["sgd", "adam"]
    assert found["n_rows"] == 500
    assert (folder / "way.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_a_plain_function_needs_nothing_but_its_name(look, folder):
    ended = look("valley", "--optimizer", "sgd", "--lr", "0.002,0.07,0.083", "--out", "valley.png")
    assert ended.code == 0, ended.err
    text = " ".join(ended.out.split())
    for outcome in ("crawls", "arrives", "diverges"):
        assert outcome in text
    assert (folder / "valley.png").stat().st_size > 10_000


def test_the_same_command_again_writes_over_its_own_files_with_the_same_bytes(look, folder):
    words = ["moons", *QUICK, "--out", "way.png", "--csv", "way.csv", "--gif", "way.gif"]
    look(*words)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = look(*words)
    assert again.code == 0, again.err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["rosenbrok"], "did you mean 'rosenbrock'?"),
        (["moons", "--plane", "pac"], "did you mean 'pca'?"),
        (["moons", "--out", "way.jpg"], "ending in .png or .svg for --out"),
        (["moons", "--gif", "way.mp4"], "ending in .gif or .webp"),
        (["moons", "--gif", "way.gif", "--frame-ms", "1"], "frame_ms from 20"),
        (["moons", "--out", "none/way.png"], "create the folder"),
        (["moons", "--out", "way.png", "--csv", "way.png"], "a file of its own for --csv"),
        (["moons", "--csv", "own.csv"], "a new file, or one that losslab wrote, for --csv"),
        (["own.csv", "--target", "b", "--csv", "own.csv"], "a file of its own for --csv"),
        (["saddle", "--hidden", "8"], "needed no --hidden for 'saddle'"),
        (["moons", "--resolution", "302"], "at most 301"),
    ],
)
def test_bad_input_is_one_clear_error_and_leaves_nothing_behind(look, folder, words, told):
    own = folder / "own.csv"
    own.write_text("a,b\n1,2\n", encoding="utf-8")
    ended = look(*words)
    assert ended.code == 2
    assert ended.out == ""
    assert told in ended.err
    assert "Traceback" not in ended.err
    assert [path.name for path in folder.iterdir()] == ["own.csv"]
    assert own.read_text(encoding="utf-8") == "a,b\n1,2\n"


@pytest.mark.parametrize("make", [moons, plain], ids=["network", "function"])
def test_a_landscape_shows_itself_in_a_notebook_and_as_text(make):
    found = make()
    page = found._repr_html_()
    assert page.count("<img") == 1
    assert "data:image/png;base64," in page
    assert page.count("<tr>") == 1 + sum(len(one.paths) for one in found.result.surfaces)
    assert found._repr_png_().startswith(b"\x89PNG")
    assert found.result.name in str(found)
    assert repr(found).startswith(f"<Landscape of {found.result.name!r} with ")


def test_the_frame_has_a_row_for_each_point_with_its_true_loss_and_its_place():
    found = moons()
    table = found.frame()
    rows = table[(table.surface == "mse on sigmoid") & (table.optimizer == "adam")]
    path = found.result.surfaces[0].paths[1]
    np.testing.assert_array_equal(rows.loss, path.loss)
    np.testing.assert_array_equal(rows[["x", "y"]], path.places)
    np.testing.assert_array_equal(rows.step, path.steps)
    np.testing.assert_array_equal(rows.loss_on_plane, path.on_plane)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["name"] == "moons"


def test_names_in_markup_are_shown_as_they_are(tmp_path):
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=40), "b": random.normal(size=40)})
    frame["<b>[red]"] = np.where(frame.a > 0, "yes", "no")
    place = tmp_path / "<i>[bold].csv"
    frame.to_csv(place, index=False)
    found = losslab.landscape(place, target="<b>[red]", hidden="4", epochs=1, resolution=3)
    assert "<i>" not in found._repr_html_()
    assert "[bold]" in str(found)
