"""``losslab losses``: the catalogue, pages, code and JSON."""

import dataclasses
import inspect
import io
import json
import subprocess
import sys

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from losslab.cli import losses as losses_command
from losslab.core.errors import OptionError, UnknownNameError
from losslab.losses.catalog import LOSSES
from losslab.losses.spec import Loss
from losslab.objectives.catalog import PAIRINGS, TASKS, losses_for
from losslab.report.formula import plain
from losslab.report.losses_page import catalogue, chosen, page

app = typer.Typer(rich_markup_mode=None, add_completion=False)
app.command("losses")(losses_command.command)


@app.command("other")
def other() -> None:
    """Make the app one of several commands, as the real one is."""


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["losses", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return lines_of(result.stdout)


def drawn(renderable, width: int = 80) -> str:
    file = io.StringIO()
    Console(file=file, width=width, highlight=False).print(renderable)
    return lines_of(file.getvalue())


def lines_of(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines())


MSE_PAGE = """\
mse
Squared error: the mean of the target, with large errors counting most.

  ℓ(p, y) = (p - y)²

prediction         value or probability, any real number; float (...)
target             value or probability, any real number; float (...)
parameters         none

task               head         width  target
binary             sigmoid      1      0.0 or 1.0 in one column
                   or softmax   2      one column per class, 1.0 in the true one
                   or identity  1      0.0 or 1.0 in one column
multiclass         softmax      K      one column per class, 1.0 in the true one
                   or identity  K      one column per class, 1.0 in the true one
regression, count  identity     1      the value, standardised on training rows

best constant      the mean of the target (elicits: mean)
probabilities      proper: the true class probabilities cost least
shape              convex, lowest value 0, slopes unbounded

use when           regression with noise of similar size everywhere; as the
                   Brier score, classification where probabilities matter and a
                   confident mistake should cost a bounded amount
avoid when         a few targets are far off (one error of 10 weighs as much as
                   a hundred of 1)
classic mistake    a prediction of shape (N, 1) against a target of shape (N,)
                   broadcasts to N x N in plain PyTorch, and every row then
                   learns the mean of all targets

see also           l1, bce_with_logits
PyTorch            torch.nn.MSELoss()
reference          Gauss (1823); on probabilities: Brier (1950)"""

REGRESSION_CATALOGUE = """\
loss  task        usual head  what it is

l1    regression  identity    Absolute error: the median of the target, however
                              far the outliers lie.
                              elicits median, not proper

mse   regression  identity    Squared error: the mean of the target, with large
                              errors counting most.
                              elicits mean, proper"""


def test_the_page_of_a_loss_in_80_columns():
    assert drawn(page(LOSSES["mse"])) == MSE_PAGE
    assert run("mse") == MSE_PAGE


def test_the_catalogue_of_a_task_in_80_columns():
    assert run("--task", "regression") == REGRESSION_CATALOGUE


@pytest.mark.parametrize("width", [80, 100, 140])
def test_the_whole_catalogue_fits_the_terminal(width):
    text = drawn(catalogue(chosen(())), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    for loss in LOSSES.values():
        assert f"\n{loss.name} " in text
        assert " ".join(loss.summary.split()[:3]) in text


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_a_page_leaves_nothing_out(loss):
    text = drawn(page(loss), width=400)
    for said in (loss.name, loss.summary, loss.use_when, loss.avoid_when, loss.classic_mistake):
        assert said in text
    for said in (loss.reference, loss.elicits, *loss.see_also, *loss.tasks):
        assert said in text
    assert plain(loss.formula) in text
    assert (loss.torch_class or "no class for it") in text
    assert ("not proper" in text) != loss.proper
    assert ("not convex" in text) != loss.convex
    assert all(pair.head in text for pair in PAIRINGS if pair.loss == loss.name)
    assert max(map(len, drawn(page(loss)).splitlines())) <= 80


def test_a_task_narrows_a_page():
    text = run("mse", "--task", "binary")
    assert "binary             sigmoid" in text
    assert "multiclass" not in text


def test_several_names_give_their_pages_one_after_another():
    text = run("mse", "hinge")
    assert text.startswith(MSE_PAGE)
    assert f"\n{'-' * 80}\nhinge\n" in text


def test_parameters_are_shown_with_their_ranges():
    from losslab.contracts.interval import POSITIVE

    huber = dataclasses.replace(
        LOSSES["mse"], params={"delta": 1.5}, param_ranges={"delta": POSITIVE}, slope_bound=1.5
    )
    text = drawn(page(huber))
    assert "parameters         delta=1.5 in (0, inf)" in text
    assert "slopes at most 1.5" in text


@pytest.mark.parametrize("name", LOSSES)
def test_the_source_is_the_code_of_the_row_kernel(name):
    assert run(name, "--source") == inspect.getsource(LOSSES[name].kernel).rstrip()


def test_source_without_a_name_says_what_to_do():
    with pytest.raises(OptionError, match="needs the name of a loss") as caught:
        run("--source")
    assert caught.value.fix == "losslab losses mse --source"


def test_json_holds_every_field_of_every_loss():
    told = json.loads(run("--json"))["losses"]
    assert [loss["name"] for loss in told] == list(LOSSES)
    for fields in told:
        loss = LOSSES[fields["name"]]
        assert set(fields) == {field.name for field in dataclasses.fields(Loss)} | {"pairings"}
        assert fields["fn"] == f"{loss.fn.__module__}.{loss.fn.__qualname__}"
        assert float(fields["slope_bound"]) == loss.slope_bound
        assert float(fields["prediction"]["within"]["low"]) == loss.prediction.within.low
        assert tuple(fields["tasks"]) == loss.tasks
        assert fields["target"]["kinds"] == [str(kind) for kind in loss.target.kinds]
        listed = [(pair["task"], pair["head"]) for pair in fields["pairings"]]
        assert sorted(listed) == sorted(
            (pair.task, pair.head) for pair in PAIRINGS if pair.loss == loss.name
        )


@pytest.mark.parametrize("task", TASKS)
def test_json_can_be_narrowed_to_a_task(task):
    told = json.loads(run("--json", "--task", task))["losses"]
    assert {loss["name"] for loss in told} == set(losses_for(task))
    assert all(pair["task"] == task for loss in told for pair in loss["pairings"])


def test_json_can_carry_the_source():
    (told,) = json.loads(run("l1", "--json", "--source"))["losses"]
    assert told["source"] == inspect.getsource(LOSSES["l1"].kernel).rstrip()
    widths = {(pair["task"], pair["head"]): pair["width"] for pair in told["pairings"]}
    assert widths["binary", "softmax"] == "2"
    assert widths["multiclass", "softmax"] == "K"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["mes"], UnknownNameError, "did you mean 'mse'"),
        (["mse", "hing"], UnknownNameError, "did you mean 'hinge'"),
        (["--task", "binry"], OptionError, "--task needs a task, but got 'binry'"),
        (["hinge", "--task", "regression"], OptionError, "for regression see mse, l1"),
    ],
)
def test_bad_names_are_refused_with_the_nearest(arguments, error, message):
    with pytest.raises(error, match=message):
        run(*arguments)


@pytest.mark.parametrize(
    ("latex", "unicode", "ascii_only"),
    [
        (
            r"\ell(z, y) = \log \sum_k e^{z_k} - z_y",
            "ℓ(z, y) = log Σ_k exp(z_k) - z_y",
            "loss(z, y) = log sum_k exp(z_k) - z_y",
        ),
        (r"\max(0,\; 1 - y z)", "max(0, 1 - y z)", "max(0, 1 - y z)"),
        (r"\frac{a + b}{2} (p - y)^2", "(a + b) / 2 (p - y)²", "(a + b) / 2 (p - y)^2"),
        (r"\delta^{1 - p}", "δ^(1 - p)", "delta^(1 - p)"),
    ],
)
def test_a_formula_is_written_in_the_characters_of_a_terminal(latex, unicode, ascii_only):
    assert plain(latex) == unicode
    assert plain(latex, ascii_only=True) == ascii_only


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_no_latex_is_left_in_a_formula(loss):
    assert not set("\\{}") & set(plain(loss.formula))
    assert drawn(page(loss, ascii_only=True)).isascii()


def test_importing_and_helping_need_no_heavy_library():
    code = (
        "import sys, typer\n"
        "from typer.testing import CliRunner\n"
        "from losslab.cli import losses\n"
        "app = typer.Typer(rich_markup_mode=None)\n"
        "app.command('losses')(losses.command)\n"
        "result = CliRunner().invoke(app, ['--help'])\n"
        "assert '--source' in result.output and result.exit_code == 0, result.output\n"
        "heavy = {'torch', 'numpy', 'numba', 'pandas', 'sklearn', 'matplotlib', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr
