"""``losslab losses``: the catalogue, pages, code and JSON."""

import dataclasses
import inspect
import json
import re
import subprocess
import sys

import pytest

from losses_runner import drawn, run
from losslab.core.errors import OptionError, UnknownNameError
from losslab.core.tasks import TASKS
from losslab.losses.catalog import LOSSES
from losslab.losses.spec import Loss
from losslab.objectives.catalog import PAIRINGS, list_losses
from losslab.report.losses.catalogue import render_catalogue, select_losses
from losslab.report.losses.formula import format_latex
from losslab.report.losses.page import render_overlay, render_page
from losslab.report.losses.wording import describe_elicited

HUBER_PAGE = """\
huber
Half the squared error up to delta, a straight line beyond: near the mean, yet
outliers pull no harder than delta.

  ℓ(p, y) = ½ (p - y)²         if |p - y| ≤ δ
            δ (|p - y| - ½ δ)  otherwise

                 value                                     gradient
 │⠑⢄                                ⢠⠊      1┤                     ⡔⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
2┤ ⠈⠢⡀                            ⢀⠔⠁        │                   ⢀⠎
 │   ⠈⢢                          ⡰⠁       0.5┤                  ⢠⠊
 │     ⠑⢄                      ⡠⠊            │                 ⡰⠁
 │       ⠣⡀                  ⢀⠔⠁            0┤┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⡔⠁┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈
1┤        ⠈⠢⡀               ⡔⠁               │              ⢀⠜
 │          ⠑⢄            ⡠⠊             -0.5┤             ⢠⠊
 │            ⠑⢄        ⡠⠊                   │            ⡠⠃
0┤              ⠑⠢⢄⣀⣀⡠⠔⠊                   -1┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⠔⠁
 └┴─────────────────┴────────────────┴       └┴───────────────┴───────────────┴
  -3                0                3        -3              0               3
     error: prediction minus target             error: prediction minus target

prediction         values, any real number; float (...)
target             values, any real number; float (...)
parameters         delta=1 in (0, inf)

task               head      width  target
regression         identity  1      the value, standardised on training rows

best constant      where the errors, each cut at plus and minus delta, average
                   to zero (elicits: Huber location)
shape              convex, lowest value 0, gradients at most 1 for delta=1
same as            smooth_l1 (regression), each with its default head

use when           regression where most targets are clean and a few are far off
avoid when         the far targets are the ones that matter, or delta can't be
                   set in the target's own scale: with every error below delta
                   it is half the squared error
classic mistake    delta left at 1 on raw targets: where errors are in thousands
                   it is the absolute error, where they are in thousandths the
                   squared one

see also           smooth_l1, log_cosh, mse, l1
PyTorch            torch.nn.HuberLoss()
reference          Huber, "Robust estimation of a location parameter" (1964)"""

REGRESSION_CATALOGUE = """\
l1         Absolute error: the median of the target, however far the outliers
           lie.
           head identity (regression); elicits median; not proper
mse        Squared error: the mean of the target, with large errors counting
           most.
           head identity (regression); elicits mean; proper
huber      Half the squared error up to delta, a straight line beyond: near the
           mean, yet outliers pull no harder than delta.
           head identity (regression); elicits Huber location
smooth_l1  Absolute error with a rounded tip: gradients never exceed 1 and fade
           near the target.
           head identity (regression); elicits Huber location
log_cosh   Half the squared error near zero, the absolute error less log 2 far
           away, and smooth in every derivative.
           head identity (regression); elicits tanh location

losslab losses huber shows one in full, losslab losses l1 mse huber draws
several together; --task binary lists what fits a task, --source prints the code
for one row."""

OVERLAY = """\
                  value                                   gradient
   │⢱                            mse ⡸     │                            mse ⣀⠔⠊
   │ ⢣                              ⢰⠁    5┤                             ⣀⠔⠊
7.5┤ ⠈⡆                            ⢀⠇      │                          ⢀⠤⠊
   │  ⠘⡄                          ⢀⠎       │                       ⢀⠤⠊⠁
   │   ⠸⡀                         ⡜        │                    ⢀⠤⠊⠁
  5┤    ⠱⡀                       ⡜         │l1               ⢸⠭⠋⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
   │     ⠱⡀                     ⡜         0┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣠⣒⡹┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈
   │⡀     ⠑⡄                  ⢀⠎     ⢀     │           ⢀⡠⠒⠁
2.5┤⠈⠑⠢⢄⡀  ⠘⢄                ⢠⠊  ⢀⡠⠔⠊⠁     │        ⢀⡠⠒⠁
   │    ⠈⠉⠒⠤⣈⠢⡀            ⢀⠔⣁⠤⠒⠉⠁  l1     │      ⡠⠒⠁
   │         ⠉⠚⠦⣀⡀      ⢀⣀⠴⠓⠉            -5┤   ⡠⠔⠉
  0┤            ⠈⠚⠵⢦⣄⣠⡴⠮⠓⠁                 │⡠⠔⠉
   └┴────────────────┴───────────────┴     └┴────────────────┴────────────────┴
    -3               0               3      -3               0                3
      error: prediction minus target           error: prediction minus target

mse
Squared error: the mean of the target, with large errors counting most.

  ℓ(p, y) = (p - y)²

best constant      the mean of the target (elicits: mean)
shape              convex, lowest value 0, gradients unbounded

l1
Absolute error: the median of the target, however far the outliers lie.

  ℓ(p, y) = |p - y|

best constant      the median of the target (elicits: median)
shape              convex, lowest value 0, gradients at most 1

losslab losses mse shows one in full"""


def test_the_page_of_a_loss_in_80_columns():
    assert drawn(render_page(LOSSES["huber"])) == HUBER_PAGE
    assert run("huber") == HUBER_PAGE


def test_the_catalogue_of_a_task_in_80_columns():
    assert run("--task", "regression") == REGRESSION_CATALOGUE


def test_several_names_share_a_picture_and_have_short_entries():
    assert run("mse", "l1") == OVERLAY


@pytest.mark.parametrize("width", [80, 100, 140])
def test_the_whole_catalogue_fits_the_terminal(width):
    text = drawn(render_catalogue(select_losses(())), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    for loss in LOSSES.values():
        assert f"\n{loss.name} " in text
        assert " ".join(loss.summary.split()[:3]) in text


def test_the_catalogue_names_the_usual_head_of_each_task():
    lines = drawn(render_catalogue(select_losses(())), 200).splitlines()
    (mse,) = (line for line in lines if "elicits mean;" in line and "softmax" in line)
    assert "head sigmoid (binary), softmax (multiclass), identity (regression, count)" in mse


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_a_page_leaves_nothing_out(loss):
    text = drawn(render_page(loss), width=400)
    for said in (loss.name, loss.summary, loss.use_when, loss.avoid_when, loss.classic_mistake):
        assert said in text
    for said in (loss.elicits or "no functional", *loss.see_also, *loss.tasks):
        assert said in text
    cited = text.rpartition("\nreference ")[2]
    assert all(word.rstrip(",;") in cited for word in loss.reference.split())
    assert re.search(r', "[^"]{10,}" \(\d{4}\)$', cited), "the title is missing"
    for form in (loss, loss.by_class):
        for line in format_latex(form.formula).splitlines() if form else ():
            assert line.strip() in text
        assert form is None or f"float {form.prediction.shape}" in text
    for alike in loss.same_as.values():
        assert f"same as            {', '.join(alike)} (" in text
    assert (loss.torch_class or "no class for it") in text
    meets_classes = bool({"binary", "multiclass"} & set(loss.tasks))
    assert ("\nprobabilities      " in text) == meets_classes
    assert ("not proper" not in text) or not loss.proper
    assert ("not convex" in text) != loss.convex
    assert all(pair.head in text for pair in PAIRINGS if pair.loss == loss.name)
    assert max(map(len, drawn(render_page(loss)).splitlines())) <= 80


def test_every_functional_of_the_catalogue_is_explained():
    for loss in LOSSES.values():
        said = describe_elicited(loss)
        assert loss.elicits is None or not said.startswith(f"{loss.elicits} (")
        assert "{" not in said
    assert "each cut at plus and minus beta" in describe_elicited(LOSSES["smooth_l1"])
    assert "up to a constant" in describe_elicited(LOSSES["cross_entropy"])
    assert "up to a constant" not in describe_elicited(LOSSES["nll"])


def test_a_task_narrows_a_page():
    text = run("mse", "--task", "binary")
    assert "binary             sigmoid" in text
    assert "multiclass" not in text


def test_a_task_chooses_the_form_of_a_loss_that_has_two():
    both, binary = run("focal"), run("focal", "--task", "binary")
    multiclass = run("focal", "--task", "multiclass")
    assert "with one score per class:" in both
    assert "or prediction      scores, any real number; float (..., K)" in both
    assert "or prediction" not in binary + multiclass
    assert "score, for y = 1" in binary
    assert "sigmoid of its scores" in binary
    assert "lead of the true class's score" in multiclass
    assert "softmax of its scores" in multiclass


def test_the_page_of_a_loss_of_pairs_says_what_the_label_is_and_draws_both():
    text = run("cosine_embedding")
    assert "and, for pairs     one label per row: signs, -1 or 1; float (...)" in text
    assert "y = 1" in text
    assert "y = -1" in text


def test_parameters_are_shown_with_their_values_and_ranges():
    text = drawn(render_page(LOSSES["huber"].bind(delta=1.5)))
    assert text.startswith("huber(delta=1.5)\n")
    assert "parameters         delta=1.5 in (0, inf)" in text
    assert "parameters         p=1 in {1, 2}, margin=1 in (0, inf)" in run("multi_margin")


def test_losses_with_different_axes_have_pictures_of_their_own():
    text = run("mse", "hinge", "squared_hinge")
    assert text.count("error: prediction minus target") == 2
    assert text.count("score, for y = 1") == 2


def test_a_loss_with_two_forms_joins_the_picture_of_its_neighbours():
    assert "score, for y = 1" not in run("focal", "cross_entropy")
    assert "score, for y = 1" in run("focal", "hinge")


def test_an_overlay_draws_a_loss_of_pairs_for_both_labels():
    text = run("cosine_embedding", "mse")
    assert "cosine_embedding (y = 1)" in text
    assert "cosine_embedding (y = -1)" in text


def test_losses_that_cost_the_same_are_one_curve_with_both_names():
    assert "nll, kl_div" in run("nll", "kl_div")


@pytest.mark.parametrize("name", LOSSES)
def test_the_source_is_the_code_of_the_row_kernels(name):
    forms = [form for form in (LOSSES[name], LOSSES[name].by_class) if form]
    wanted = "\n\n\n".join(inspect.getsource(form.kernel).rstrip() for form in forms)
    shown, said, function = run(name, "--source").partition("\n\n\n# The same for whole tensors")
    assert shown == wanted
    assert bool(said) == (LOSSES[name].pair_label is not None)
    assert not said or function.endswith(inspect.getsource(LOSSES[name].fn).rstrip())


def test_the_source_of_several_losses_is_printed_one_after_another():
    printed = run("mse", "l1", "--source")
    assert printed == f"{run('mse', '--source')}\n\n\n{run('l1', '--source')}"


def test_the_columns_of_the_environment_are_heeded_where_output_is_no_terminal(monkeypatch):
    for given, width in (("100", 100), ("60", 60), ("400", 100), ("7", 40), ("0", 40), ("x", 80)):
        monkeypatch.setenv("COLUMNS", given)
        longest = max(map(len, run("focal").splitlines()))
        assert width - 8 < longest <= width, given


def test_nothing_is_cut_in_forty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    for name, loss in LOSSES.items():
        text = run(name)
        assert "…" not in text
        for pair in (pair for pair in PAIRINGS if pair.loss == name):
            assert re.search(rf"\b{pair.head}, width", " ".join(text.split()))
        assert all(word in text for word in loss.classic_mistake.split() if len(word) < 18)


def test_source_without_a_name_says_what_to_do():
    with pytest.raises(OptionError, match="needed the name of a loss for --source") as caught:
        run("--source")
    assert caught.value.fix == "losslab losses mse --source"


def test_json_holds_every_field_of_every_loss():
    told = json.loads(run("--json"))["losses"]
    assert [loss["name"] for loss in told] == list(LOSSES)
    for fields in told:
        loss = LOSSES[fields["name"]]
        assert set(fields) == {field.name for field in dataclasses.fields(Loss)} | {"pairings"}
        assert fields["fn"] == f"{loss.fn.__module__}.{loss.fn.__qualname__}"
        assert float(fields["gradient_bound"]) == loss.gradient_bound
        assert fields["params"] == fields["usual"] == dict(loss.params)
        assert set(fields["param_ranges"]) == set(loss.params)
        assert (fields["pair_label"] is None) == (loss.pair_label is None)
        assert (fields["by_class"] or {}).get("formula") == (
            loss.by_class and loss.by_class.formula
        )
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
    assert {loss["name"] for loss in told} == set(list_losses(task))
    assert all(pair["task"] == task for loss in told for pair in loss["pairings"])


def test_json_of_named_losses_carries_their_curves():
    bce, cosine, focal = json.loads(run("bce", "cosine_embedding", "focal", "--json"))["losses"]
    assert [curve["axis"] for curve in focal["curves"]] == [
        "score, for y = 1",
        "lead of the true class's score",
    ]
    assert [curve["case"] for curve in cosine["curves"]] == ["y = 1", "y = -1"]
    (curve,) = bce["curves"]
    assert curve["span"] == [0.0, 1.0]
    assert len(curve["x"]) == len(curve["value"]) == len(curve["gradient"])
    assert all(isinstance(number, float) for number in curve["value"])


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
        (["--task", "binry"], OptionError, "needed a task for --task, but got 'binry'"),
        (["hinge", "--task", "regression"], OptionError, "for regression see mse, l1"),
    ],
)
def test_bad_names_are_refused_with_the_nearest(arguments, error, message):
    with pytest.raises(error, match=message):
        run(*arguments)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_everything_can_be_printed_in_ascii(loss):
    assert drawn(render_page(loss, ascii_only=True)).isascii()
    assert drawn(render_overlay([loss, LOSSES["mse"]], ascii_only=True)).isascii()
    assert drawn(render_catalogue([loss])).isascii()


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
