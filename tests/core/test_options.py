"""An option is declared once: its checks, its command line and the repeating command follow."""

import shlex
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from losslab.cli.options import make_command
from losslab.core.errors import OptionError
from losslab.core.options import (
    automatic,
    columns,
    flag,
    format_command,
    list_parameters,
    number,
    output,
    read_options,
    several,
    text,
    whole_number,
)
from losslab.report.compare.compare import compare
from losslab.report.landscape.landscape import landscape
from losslab.report.penalty.penalty_path import penalty_path


class Result:
    """What :func:`bake` returns."""

    def __init__(self, options):
        self.options, self.succeeded = options, options["loaves"] != 13

    def to_dict(self):
        return self.options

    def render(self, without):
        return str(self.options)


def bake(
    flour,
    *,
    loaves: Annotated[int, whole_number(1, 20)] = 2,
    minutes: Annotated[object, automatic(several(number("minutes above 0", lambda m: m > 0)))] = (
        "auto"
    ),
    salt: Annotated[object, number("grams", optional=True, example="5")] = None,
    leave_out: Annotated[object, columns()] = (),
    shape: Annotated[str | None, text("NAME")] = None,
    sourdough: Annotated[bool, flag()] = False,
    crust: Annotated[bool, flag()] = True,
    out: Annotated[str | None, output("bread.txt")] = None,
    monitor=None,
):
    """Bake bread.

    Args:
        loaves: how many; at least one and
            at most twenty.
        minutes: in the oven, or ``auto``.
        salt: grams of it.
        leave_out: what nobody likes.
        shape: of each loaf.
        sourdough: wait a day.
        crust: a firm one.
        out: the recipe to write.
    """
    return Result(read_options(bake, locals()))


def command_line(*words):
    app = typer.Typer(rich_markup_mode=None)
    app.command()(make_command(bake, "flour"))
    return CliRunner().invoke(app, ["rye", *words], terminal_width=200)


def test_a_description_is_taken_from_the_docstring_and_a_default_from_the_signature():
    parameters = list_parameters(bake)
    assert list(parameters) == [
        *("loaves", "minutes", "salt", "leave_out", "shape", "sourdough", "crust", "out")
    ]
    assert parameters["loaves"].description == "how many; at least one and at most twenty."
    assert parameters["leave_out"].flag == "--leave-out"
    shown = command_line("--help")
    page = " ".join(shown.output.split())
    assert "--loaves N How many; at least one and at most twenty. [default: 2]" in page
    assert "--minutes auto|A,B In the oven, or auto. [default: auto]" in page
    assert "--crust / --no-crust" in page
    assert "--no-sourdough" not in page
    assert "[default: bread.txt]" in page


def test_options_of_the_command_line_read_as_those_of_the_function():
    words = "--loaves 3 --minutes 40,50.5 --leave-out a,b --leave-out c --sourdough --no-crust"
    by_words = command_line(*words.split(), "--json")
    assert by_words.exit_code == 0, by_words.output
    called = bake(
        "rye",
        loaves=3,
        minutes=[40, 50.5],
        leave_out=["a,b", "c"],
        sourdough=True,
        crust=False,
        out="bread.txt",
    )
    assert called.options == {
        "loaves": 3,
        "minutes": (40.0, 50.5),
        "salt": None,
        "leave_out": ("a,b", "c"),
        "shape": None,
        "sourdough": True,
        "crust": False,
        "out": "bread.txt",
    }
    typed = by_words.output
    assert typed.count("40.0") == 1
    assert '"leave_out": [' in typed


def test_a_result_with_nothing_to_go_by_ends_with_exit_status_1():
    assert command_line("--loaves", "13").exit_code == 1
    assert command_line("--loaves", "12").exit_code == 0


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("loaves", 0, "a whole number of at least 1 and at most 20 for --loaves, but got 0"),
        ("loaves", 21, "at most 20"),
        ("loaves", "two", "for --loaves, but got 'two'.\n  fix: --loaves 2"),
        ("loaves", None, "for --loaves, but got None"),
        ("minutes", "", "at least one value for --minutes"),
        ("minutes", "30,-1", "minutes above 0 for --minutes, but got '-1'.\n  fix: --minutes auto"),
        ("salt", "much", "grams for --salt, but got 'much'.\n  fix: --salt 5"),
        ("salt", float("nan"), "grams for --salt, but got nan"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_one_that_does(option, value, message):
    with pytest.raises(OptionError) as caught:
        bake("rye", **{option: value})
    assert message in str(caught.value)


def test_the_command_that_repeats_a_call_has_what_differs_from_the_defaults():
    given = {"loaves": 3, "minutes": (40, 50), "leave_out": ["a,b", "c d"], "crust": False}
    assert format_command("oven bake", bake, "rye", {**given, "out": "x", "salt": None}) == (
        "oven bake rye --loaves 3 --minutes 40,50 --leave-out a,b --leave-out 'c d' --no-crust"
    )
    assert format_command("oven bake", bake, None, {"shape": object()}) == (
        "oven bake TABLE --shape object"
    )
    assert format_command("oven bake", bake, None, {"loaves": 2, "minutes": "auto"}) == (
        "oven bake TABLE"
    )


@pytest.mark.parametrize("function", [compare, penalty_path, landscape])
def test_every_option_of_a_public_function_is_described_and_has_a_default_that_is_allowed(function):
    assert all(parameter.description for parameter in list_parameters(function).values())
    read_options(function, {})


@pytest.mark.parametrize(
    ("function", "given"),
    [
        (compare, {"hidden": [(64,), ()], "loss": "huber(delta=2),mse", "store": "runs.sqlite"}),
        (compare, {"lr": [0.1, 0.01], "reference": False, "drop": ["a,b", "c"], "budget": "2m"}),
        (penalty_path, {"hidden": (), "alphas": [0.1, 1], "classes": [0, 1], "l1_ratio": 0.3}),
        (penalty_path, {"kind": "elastic_net(l1_ratio=0.3)", "optimizer": "sgd(momentum=0.9)"}),
        (landscape, {"optimizer": "sgd(momentum=0.5),adam", "resolution": 9, "plane": "random"}),
    ],
)
def test_a_command_that_repeats_a_call_reads_as_the_call_did(function, given):
    words = shlex.split(format_command("losslab x", function, "table.csv", given))[3:]
    typed, parameters = {}, {one.flag: one for one in list_parameters(function).values()}
    while words:
        word = words.pop(0)
        if word.startswith("--no-"):
            typed[word.removeprefix("--no-")] = False
        else:
            parameter = parameters[word]
            several_times = typed.setdefault(parameter.name, [])
            several_times.append(words.pop(0))
    typed = {
        name: value[0] if value and not parameters[f"--{name.replace('_', '-')}"].option.repeatable
        else value
        for name, value in typed.items()
    }  # fmt: skip
    assert read_options(function, typed) == read_options(function, given)
