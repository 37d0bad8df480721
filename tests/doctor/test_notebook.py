"""``losslab doctor notebook.ipynb``: cells in order, each under its own name."""

import json

import pytest

from doctor_support.command import doctor, without_places
from doctor_support.notebooks import notebook
from losslab.core.errors import DataError
from losslab.doctor.notebook import find_out_of_order, read_cells, translate_magics

MODEL = """
import torch
import torch.nn.functional as F
net = torch.nn.Linear(2, 1)
"""
LOSS = """
%%time

F.mse_loss(net(torch.ones(8, 2)), torch.ones(8)).backward()
"""


def saved(folder, *cells, counts=None):
    (folder / "notebook.ipynb").write_text(notebook(*cells, counts=counts), encoding="utf-8")
    return "notebook.ipynb"


def test_a_finding_names_the_cell_and_its_line(tmp_path):
    done = doctor(tmp_path, "--json", saved(tmp_path, "## Title", MODEL, LOSS), fresh=True)
    (finding,) = json.loads(done.stdout)
    assert (finding["rule"], finding["file"]) == ("LL101", "notebook.ipynb cell 3")
    assert finding["line"] == 3
    assert done.returncode == 1


def test_a_cell_that_raises_is_diagnosed_and_the_cells_after_it_run(tmp_path):
    wrong = "x = 1\nnet(torch.ones(8, 3))"
    done = doctor(tmp_path, saved(tmp_path, MODEL, wrong, LOSS, "1 / 0"))
    assert "notebook.ipynb cell 2:2: error LL001" in done.stdout
    assert "notebook.ipynb cell 3:3: error LL101" in done.stdout
    ended = "ran to its end; notebook.ipynb cell 2, notebook.ipynb cell 4 raised."
    assert ended in done.stdout
    assert 'File "notebook.ipynb cell 2", line 2' in done.stderr
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")
    assert "losslab" not in without_places(done.stderr, tmp_path)
    assert done.returncode == 1


def test_stop_ends_at_the_first_cell_that_raises(tmp_path):
    wrong = "net(torch.ones(8, 3))"
    done = doctor(tmp_path, "--stop", saved(tmp_path, MODEL, wrong, LOSS))
    assert "LL001" in done.stdout
    assert "LL101" not in done.stdout
    assert "The script raised RuntimeError" in done.stdout
    assert "the cells after notebook.ipynb cell 2 (--stop)" in done.stdout


def test_a_notebook_without_mistakes_exits_with_zero_and_tells_what_was_skipped(tmp_path):
    lines = "%matplotlib inline\n!pip install nothing\nfiles = !ls\nprint('here')\n7 * 6"
    done = doctor(tmp_path, saved(tmp_path, lines, "'muted';", "%%bash\nexit 1", "?print"))
    assert done.stdout.startswith("here\n42\n")
    assert "muted" not in done.stdout
    for magic in ("%matplotlib inline", "!pip install nothing", "files = !ls", "%%bash", "?print"):
        assert f"{magic!r} was skipped" in " ".join(done.stdout.split())
    assert done.returncode == 0


def test_saved_counts_out_of_order_are_a_finding_and_no_error(tmp_path):
    done = doctor(tmp_path, "--json", saved(tmp_path, "x = 1", "y = 2", "z = 3", counts=[7, 2, 9]))
    (finding,) = json.loads(done.stdout)
    place = ("LL601", "notebook.ipynb cell 2", "advice")
    assert (finding["rule"], finding["file"], finding["severity"]) == place
    assert done.returncode == 0
    rising = doctor(tmp_path, "--json", saved(tmp_path, "x = 1", "y = 2", counts=[3, 9]))
    assert json.loads(rising.stdout) == []


def test_cells_run_in_the_notebooks_folder_and_share_a_namespace(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "near.txt").write_text("near", encoding="utf-8")
    saved(tmp_path / "deep", "text = open('near.txt').read()", "print(text, __name__)")
    done = doctor(tmp_path, "deep/notebook.ipynb")
    assert done.stdout.startswith("near __main__\n"), done.stderr


def test_a_comment_in_a_cell_leaves_its_line_alone(tmp_path):
    quiet = LOSS.rstrip() + "  # losslab: ignore[LL101]"
    assert doctor(tmp_path, saved(tmp_path, MODEL, quiet)).returncode == 0


def test_functions_of_a_cell_show_their_source_and_steps_end_the_run(tmp_path):
    cells = (
        "import inspect, torch\ndef f():\n    return 1\nprint(inspect.getsource(f))",
        "p = torch.ones(1, requires_grad=True)\no = torch.optim.SGD([p], lr=1.)\n"
        "while True:\n    o.zero_grad(); p.sum().backward(); o.step()",
    )
    done = doctor(tmp_path, "--steps", "2", saved(tmp_path, *cells))
    assert done.stdout.startswith("def f():\n    return 1\n")
    assert "was ended after 2 optimizer steps" in done.stdout


def test_what_is_no_notebook_is_refused_in_one_message(tmp_path):
    (tmp_path / "broken.ipynb").write_text("{", encoding="utf-8")
    done = doctor(tmp_path, "broken.ipynb")
    assert done.returncode == 2
    assert done.stderr.startswith("error: needed a notebook of version 4")
    (tmp_path / "r.ipynb").write_text(
        json.dumps({"cells": [], "metadata": {"language_info": {"name": "R"}}}), encoding="utf-8"
    )
    with pytest.raises(DataError, match="needed a notebook in Python, but got R"):
        read_cells(tmp_path / "r.ipynb", "r.ipynb")


@pytest.mark.parametrize(
    "text",
    ["x = (7\n% 4)", 's = """\n!no\n%no\n"""', "x = 7 \\\n% 4", "a = b % c", "x != y", ""],
)
def test_python_that_looks_like_a_magic_is_left_as_it_is(text):
    assert translate_magics(text) == (text, [])


def test_a_magic_over_several_lines_leaves_as_many():
    kept, skipped = translate_magics("!pip install \\\n  torch\nx = 1")
    assert (kept, skipped) == ("\n\nx = 1", ["!pip install \\"])


def test_counts_that_are_missing_or_left_out_are_in_order():
    assert list(find_out_of_order([("a", None), ("b", 2), ("c", 9), ("d", None)])) == []
