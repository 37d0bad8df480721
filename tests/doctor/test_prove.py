"""``--prove``: errors are fixed where they happen, and the diff in the source does the same."""

import linecache
import os
import re
import subprocess
from pathlib import Path

import pytest
import torch

from doctor_support.command import doctor
from losslab.doctor.prove.fixing import Fixing
from losslab.doctor.report import Report
from losslab.doctor.watching import close_session, intercept, open_session
from processes.interpreters import TESTS

HOMEWORK = TESTS / "doctor_corpus" / "homework" / "titanic_homework.py"

pytestmark = pytest.mark.filterwarnings("ignore:Using a target size")

START = """
import torch
import torch.nn.functional as F
from torch import nn
torch.manual_seed(0)
x, labels = torch.randn(32, 4), torch.randint(0, 3, (32,))
binary = torch.randint(0, 2, (32,))
values = x @ torch.tensor([1.0, -2.0, 0.5, 3.0])
net = nn.Linear(4, 1)
wide = nn.Linear(4, 3)
p = torch.sigmoid(net(x))
"""

# code, the mistake's line, the diff's line, and the value of the fixed line
CASES = [
    (
        "LL101",
        "result = F.mse_loss(net(x), values)",
        "result = F.mse_loss(net(x), values.unsqueeze(1))",
        "F.mse_loss(net(x).squeeze(1), values)",
    ),
    (
        "LL101",
        "result = nn.L1Loss()(net(x), target=values - 1)",
        "result = nn.L1Loss()(net(x), target=(values - 1).unsqueeze(1))",
        "F.l1_loss(net(x).squeeze(1), values - 1)",
    ),
    (
        "LL101",
        "result = ((net(x) - values) ** 2).mean(); result.backward()",
        "result = ((net(x) - values.unsqueeze(1)) ** 2).mean(); result.backward()",
        "F.mse_loss(net(x).squeeze(1), values)",
    ),
    (
        "LL102",
        "result = F.mse_loss(p.squeeze(1), binary)",
        "result = F.mse_loss(p.squeeze(1), binary.float())",
        "F.mse_loss(p.squeeze(1), binary.float())",
    ),
    (
        "LL201",
        "result = nn.CrossEntropyLoss()(wide(x).softmax(1), labels)",
        "result = nn.CrossEntropyLoss()(wide(x).softmax(1).log(), labels)",
        "F.cross_entropy(wide(x), labels)",
    ),
    (
        "LL201",
        "result = F.cross_entropy(wide(x).softmax(1).softmax(1), labels)",
        None,
        "F.cross_entropy(wide(x), labels)",
    ),
    (
        "LL202",
        "result = F.nll_loss(F.relu(wide(x)), labels)",
        None,
        "F.cross_entropy(wide(x), labels)",
    ),
    (
        "LL202",
        "result = F.nll_loss(wide(x), labels)",
        "result = F.nll_loss(wide(x).log_softmax(1), labels)",
        "F.cross_entropy(wide(x), labels)",
    ),
    (
        "LL203",
        "result = F.binary_cross_entropy_with_logits(p.squeeze(1), binary.float())",
        "result = F.binary_cross_entropy_with_logits(p.squeeze(1).logit(), binary.float())",
        "F.binary_cross_entropy_with_logits(net(x).squeeze(1), binary.float())",
    ),
    (
        "LL401",
        "result = (p.argmax(dim=1) == binary).float().mean()",
        "result = ((p.squeeze(1) > 0.5).long() == binary).float().mean()",
        "((p.squeeze(1) > 0.5) == binary).float().mean()",
    ),
    (
        "LL401",
        "_, classes = torch.max(net(x), 1); result = (classes == binary).float().mean()",
        "classes = (net(x).squeeze(1) > 0).long(); result = (classes == binary).float().mean()",
        "((net(x).squeeze(1) > 0) == binary).float().mean()",
    ),
    (
        "LL403",
        "result = ((p > 0.5) == binary).float().mean()",
        "result = ((p > 0.5).squeeze(1) == binary).float().mean()",
        "((p.squeeze(1) > 0.5) == binary).float().mean()",
    ),
]


def execute(path, wanted=None, folder=None):
    """Run a script under watch, with some lines fixed; return its names and errors."""
    linecache.checkcache(str(path))
    session, report = open_session(keep_sources=wanted is not None), Report()
    fixing = None if wanted is None else Fixing(session, wanted)
    names = {}
    with intercept(session, fixing):
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
        close_session(session, report, None)
    assert not [one for one in report.unchecked if "fix of" in one]
    if fixing is not None:
        fixing.write(folder / "fixed.json")
    return names, [one for one in report.findings if one.severity == "error"]


@pytest.mark.parametrize(("code", "wrong", "line", "right"), CASES)
def test_a_fixed_call_gives_what_correct_code_gives_and_so_does_the_diff(
    code, wrong, line, right, tmp_path
):
    path = tmp_path / "train.py"
    path.write_text(START + wrong + "\n", encoding="utf-8")
    names, found = execute(path)
    assert [one.rule for one in found] == [code]
    wanted = [(one.rule, one.file, one.line) for one in found]
    fixed, left = execute(path, wanted, tmp_path)
    assert left == []
    expected = float(eval(right, names).detach())
    assert float(fixed["result"].detach()) == pytest.approx(expected, rel=1e-5)
    text = (tmp_path / "fixed.json").read_text(encoding="utf-8")
    added = re.findall(r"\\n\+(?!\+)(.*?)\\n", text)
    assert added == ([] if line is None else [line])
    if line is not None:
        path.write_text(START + line + "\n", encoding="utf-8")
        again, left = execute(path)
        assert [one.rule for one in left if one.rule == code] == []
        assert float(again["result"].detach()) == pytest.approx(expected, rel=1e-5)


def test_the_gradient_through_recorded_scores_is_that_of_correct_code(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(
        START + "F.cross_entropy(wide(x).softmax(1), labels).backward()\n", encoding="utf-8"
    )
    line = len(START.splitlines()) + 1
    names, _ = execute(path, [("LL201", str(path), line)], tmp_path)
    fixed = names["wide"].weight.grad.clone()
    names["wide"].zero_grad()
    torch.nn.functional.cross_entropy(names["wide"](names["x"]), names["labels"]).backward()
    assert torch.allclose(fixed, names["wide"].weight.grad)


def test_only_the_lines_of_findings_are_fixed(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(
        START + "a = F.mse_loss(net(x), values)\nb = F.mse_loss(net(x), values)\n", encoding="utf-8"
    )
    line = len(START.splitlines()) + 1
    _, left = execute(path, [("LL101", str(path), line)], tmp_path)
    assert [(one.rule, one.line) for one in left] == [("LL101", line + 1)]


STALE = """
import torch
net = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
net = torch.nn.Linear(2, 1)
x = torch.randn(64, 2)
for _ in range(200):
    optimizer.zero_grad()
    loss = ((net(x).squeeze(1) - x[:, 0]) ** 2).mean()
    loss.backward()
    optimizer.step()
print("start")
print(f"loss {loss.item():.3f}")
"""


def test_a_stale_optimizer_gets_the_live_model_and_the_loss_falls(tmp_path):
    (tmp_path / "train.py").write_text(STALE, encoding="utf-8")
    done = doctor(tmp_path, "train.py", "--prove")
    before, after = re.findall(r"^  (?:as it is|LL301 .*?) +loss ([\d.]+)$", done.stdout, re.M)
    assert float(after) == 0.0 < float(before)
    assert "+optimizer = torch.optim.SGD(net.parameters(), lr=0.1)\n" in done.stdout
    assert done.stdout.startswith("start\nloss ")
    assert done.returncode == 1


def test_a_run_that_raised_goes_through_when_it_is_fixed(tmp_path):
    text = START + "print(F.binary_cross_entropy(p.squeeze(1), binary).item() > 0)\n"
    (tmp_path / "train.py").write_text(text, encoding="utf-8")
    done = doctor(tmp_path, "--prove", "train.py", fresh=True)
    assert "as it is           (raised RuntimeError" in done.stdout
    assert "LL102 target cast  True\n" in done.stdout


def test_what_cannot_be_fixed_is_listed_and_without_fixable_errors_nothing_is_rerun(tmp_path):
    text = "import torch\nopen('runs', 'a').write('x')\ntorch.nn.Linear(3, 1)(torch.ones(2, 4))\n"
    (tmp_path / "train.py").write_text(text, encoding="utf-8")
    done = doctor(tmp_path, "--prove", "train.py")
    assert "Nothing to prove" in done.stdout
    assert "Not fixed by a rerun: error LL001 features-do-not-fit, train.py:3" in done.stdout
    assert (tmp_path / "runs").read_text(encoding="utf-8") == "x"


def test_a_script_that_differs_from_run_to_run_by_itself_is_reported(tmp_path):
    text = START + "import time\nF.mse_loss(net(x), values)\nprint(time.time_ns())\n"
    (tmp_path / "train.py").write_text(text, encoding="utf-8")
    done = doctor(tmp_path, "--prove", "train.py")
    assert "The script's output changes from run to run by itself" in done.stdout


def test_prove_goes_with_text_only(tmp_path):
    (tmp_path / "train.py").write_text("", encoding="utf-8")
    done = doctor(tmp_path, "--json", "--prove", "train.py")
    assert done.returncode == 2
    assert "needed --prove by itself" in done.stderr


@pytest.fixture(scope="module")
def homework(tmp_path_factory):
    if not Path(os.environ.get("LOSSLAB_DATA", ""), "titanic.csv").is_file():
        pytest.skip("LOSSLAB_DATA is not set or lacks titanic.csv")
    folder = tmp_path_factory.mktemp("homework")
    (folder / "titanic_homework.py").write_text(
        HOMEWORK.read_text(encoding="utf-8"), encoding="utf-8"
    )
    return folder, doctor(folder, "titanic_homework.py", "--prove")


def accuracies(text):
    return {
        title.strip(): float(accuracy)
        for title, accuracy in re.findall(r"^  (.+?) +Validation.*Accuracy: ([\d.]+)$", text, re.M)
    }


def test_the_classic_homework_gets_both_pieces_of_advice(homework):
    _, done = homework
    assert re.findall(r"advice (LL\d+)", done.stdout.split("Found:")[0]) == ["LL504", "LL406"]


def test_the_classic_homework_has_four_errors_and_fixing_them_lifts_its_accuracy(homework):
    _, done = homework
    trials = accuracies(done.stdout)
    assert [title.split()[0] for title in trials] == [
        "as",
        "LL101",
        "LL102",
        "LL301",
        "LL401",
        "all",
        "and",
    ]
    assert trials["as it is"] < 0.61 < trials["all 4 together"]
    assert trials["and the advice: LL504 inputs scaled"] > 0.75
    assert "changes from run to run" not in done.stdout
    assert "Still found" not in done.stdout
    assert "\nNo diff for LL504; in the source: x = (x - x.mean(0)) / x.std(0)" in done.stdout


def test_the_homeworks_diff_does_in_the_source_what_was_done_at_the_calls(homework):
    folder, done = homework
    patch = done.stdout[done.stdout.index("--- titanic_homework.py") :]
    patch = "".join(line for line in patch.splitlines(keepends=True) if line[0] in "-+@ \n")
    (folder / "fix.patch").write_text(patch, encoding="utf-8")
    subprocess.run(["git", "apply", "-p0", "fix.patch"], cwd=folder, check=True)
    fixed = doctor(folder, "--prove", "titanic_homework.py")
    last = done.stdout.split("all 4 together")[1].split("\n")[0].strip()
    assert fixed.stdout.startswith(last + "\n")
    assert "Nothing to prove" in fixed.stdout


def test_the_readme_shows_what_comes_out(homework):
    _, done = homework
    readme = (TESTS.parent / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```text\n\$ losslab doctor .*? --prove\n(.*?)```", readme, re.DOTALL)
    shown = [line for line in block.splitlines() if line != "..."]
    # Other versions and machines may round otherwise and end elsewhere.
    words = re.compile(r"[a-zA-Z_]+")
    written = [words.findall(line) for line in done.stdout.splitlines()]
    assert [line for line in shown if words.findall(line) not in written] == []
