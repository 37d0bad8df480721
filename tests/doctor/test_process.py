"""``losslab doctor SCRIPT``: the script runs as it would alone, and the report says what it is."""

import json

import pytest

from doctor_support.command import MISTAKE, doctor, without_places
from doctor_support.corpus import BAD, GOOD, expected
from losslab.core.errors import LosslabError
from losslab.doctor.finding import Finding
from losslab.doctor.render import render_sarif
from losslab.doctor.selection import read_selection
from losslab.doctor.supervise import Supervision, supervise
from processes.interpreters import run

CASES = [*BAD[::20], GOOD[0]]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_command_finds_what_the_corpus_expects(path, tmp_path):
    done = doctor(tmp_path, "--json", str(path))
    found = json.loads(done.stdout)
    assert [(one["rule"], one["line"]) for one in found] == expected(path), done.stderr
    assert done.returncode == int(any(one["severity"] == "error" for one in found))


def test_the_report_names_place_numbers_reason_and_fix(tmp_path):
    done = doctor(tmp_path, script=MISTAKE, fresh=True)
    assert done.returncode == 1
    assert done.stdout == (
        "train.py:7: error LL101 silent-broadcast\n"
        "    seen  prediction (8, 1), target (8,): the loss is over all 8 x 8 pairs\n"
        "    why   Every prediction is compared with every target, so the best the model can do is"
        " to predict\n"
        "          the mean. No exception is raised.\n"
        "    fix   prediction.squeeze(1), or target.unsqueeze(1): the same shape on both sides\n"
        "\n"
        "The script ran to its end.\n"
        "Found: 1 error.\n"
        "Watched: 1 loss call, 1 backward, 1 optimizer step, 1 optimizer, 0 comparisons,"
        " 0 reductions.\n"
    )


def test_json_has_the_promised_fields_and_the_scripts_output_goes_to_stderr(tmp_path):
    done = doctor(tmp_path, "--json", script=MISTAKE + "print('hello')\n")
    (finding,) = json.loads(done.stdout)
    fields = ["rule", "name", "severity", "file", "line", "message", "fix", "count"]
    assert list(finding) == fields
    assert done.stderr == "hello\n"


def test_sarif_names_rule_file_and_line(tmp_path):
    done = doctor(tmp_path, "--sarif", script=MISTAKE)
    log = json.loads(done.stdout)
    (result,) = log["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert log["version"] == "2.1.0"
    assert (result["ruleId"], result["level"]) == ("LL101", "error")
    assert place == {"artifactLocation": {"uri": "train.py"}, "region": {"startLine": 7}}
    assert "LL101" in [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]


def test_sarif_names_a_notebooks_cell_by_a_uri_without_blanks():
    one = Finding(
        rule="LL101", name="n", severity="error", file="my notes.ipynb cell 2", line=3,
        message="m", why="w", fix="f", count=1,
    )  # fmt: skip
    (result,) = json.loads(render_sarif([one], [], True, []))["runs"][0]["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "my%20notes.ipynb%20cell%202"}


def test_the_script_sees_what_it_would_see_alone(tmp_path):
    script = (
        "import sys, os, neighbour\n"
        "print(sys.argv, __name__, os.path.basename(__file__), neighbour.X, sys.stdin.read())\n"
        "print(sys.path[0] == os.path.dirname(__file__))\n"
        "print(sys.modules['__main__'].__dict__ is globals())\n"
    )
    (tmp_path / "neighbour.py").write_text("X = 7\n", encoding="utf-8")
    done = doctor(tmp_path, "train.py", "--json", "-x", "--", "1", script=script, stdin="typed")
    assert done.stdout.splitlines()[:3] == [
        "['train.py', '--json', '-x', '--', '1'] __main__ train.py 7 typed",
        "True",
        "True",
    ]


def test_the_scripts_own_traceback_stands_last_and_shows_no_frame_of_ours(tmp_path):
    script = "import torch\ntorch.nn.Linear(3, 1)(torch.ones(2, 4))\n"
    done = doctor(tmp_path, script=script)
    assert "LL001" in done.stdout
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert done.stderr.endswith("(2x4 and 3x1)\n")
    assert "losslab" not in without_places(done.stderr, tmp_path)


def test_the_traceback_is_what_python_alone_writes(tmp_path):
    script = "import torch\nloss = torch.nn.CrossEntropyLoss()\n"
    script += "def step():\n    return loss(torch.ones(2, 3), torch.ones(4).long())\nstep()\n"
    done = doctor(tmp_path, script=script)
    alone = run("train.py", folder=tmp_path, fresh=True)
    assert done.stderr == alone.stderr


def test_steps_end_the_run_and_say_what_was_not_seen(tmp_path):
    script = MISTAKE + "for _ in range(10**9): step()\n"
    done = doctor(tmp_path, "--steps", "3", script=script)
    assert "The script was ended after 3 optimizer steps.\n" in done.stdout
    assert "what comes after optimizer step 3" in done.stdout
    assert "3 loss calls, 3 backwards, 3 optimizer steps" in done.stdout


def test_bad_usage_is_one_clear_message(tmp_path):
    missing = doctor(tmp_path, "absent.py")
    assert missing.returncode == 2
    said = "error: needed a Python script or notebook, but got 'absent.py'"
    assert missing.stderr.startswith(said)
    assert "--help" not in missing.stderr
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    wrong = doctor(tmp_path, "--select", "LL777", script="")
    assert wrong.returncode == 2
    assert "needed the code or name of a rule" in wrong.stderr


@pytest.mark.parametrize(
    ("asked", "meant"), [("trian.py", "train.py"), ("analysis.py", "Analysis.ipynb")]
)
def test_a_misspelt_script_gets_the_nearest_of_its_folder(tmp_path, asked, meant):
    for name in ("train.py", "Analysis.ipynb", "trian.txt"):
        (tmp_path / name).write_text("", encoding="utf-8")
    with pytest.raises(LosslabError) as refused:
        supervise(str(tmp_path / asked), [], Supervision())
    assert f"did you mean {str(tmp_path / meant)!r}" in str(refused.value)


def test_rules_are_listed_and_explained(tmp_path):
    listed = doctor(tmp_path, "--list")
    assert listed.stdout.startswith("LL001  error")
    explained = doctor(tmp_path, "--explain", "ll201")
    assert explained.stdout.startswith("LL201 softmax-before-cross-entropy (error)\n")
    assert "Blind spots" in explained.stdout


def test_the_table_of_pyproject_is_read_from_the_folder_of_the_call(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.losslab.doctor]\nignore = ["LL1"]\n', encoding="utf-8"
    )
    assert doctor(tmp_path, script=MISTAKE).returncode == 0
    assert read_selection(tmp_path).ignore == ("LL1",)


def test_supervise_refuses_what_is_no_file(tmp_path):
    with pytest.raises(LosslabError, match="needed a Python script"):
        supervise(str(tmp_path), [], Supervision())
