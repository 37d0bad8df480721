"""How options are read: each value checked, each refusal naming the option and the value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from example_studies import settings
from losslab.core.errors import LosslabError, OptionError, UnknownNameError
from losslab.core.options import list_parameters, split_values
from losslab.experiment.options import parse_named
from losslab.report.compare.compare import compare

OPTIMIZER = list_parameters(compare)["optimizer"]
WORDS = st.text("abcxyz_:.", min_size=1, max_size=8)
SETTINGS = st.dictionaries(st.text("abc", min_size=1), st.floats(-9, 9), max_size=3)


def written(name, inner):
    listed = ", ".join(f"{key}={value!r}" for key, value in inner.items())
    return f"{name}({listed})" if inner else name


@given(st.lists(st.tuples(WORDS, SETTINGS), max_size=4))
def test_a_list_in_one_text_is_cut_at_the_commas_outside_brackets(entries):
    texts = [written(name, inner) for name, inner in entries]
    assert split_values(" , ".join(texts)) == tuple(texts)
    assert split_values(texts) == tuple(texts)
    assert split_values(tuple(texts)) == tuple(texts)


@given(WORDS, SETTINGS)
def test_a_name_with_settings_is_read_back_as_written(name, inner):
    read = parse_named(OPTIMIZER, written(name, inner))
    assert (read.name, dict(read.settings)) == (name, inner)


def test_true_and_false_are_settings_of_one_and_zero():
    assert parse_named(OPTIMIZER, "sgd(momentum=0.9, nesterov=True)").settings["nesterov"] == 1.0
    assert parse_named(OPTIMIZER, "sgd(nesterov=false)").settings["nesterov"] == 0.0
    assert parse_named(OPTIMIZER, "sgd(momentum=0.90)").label == "sgd(momentum=0.9)"


@pytest.mark.parametrize(
    "text", ["sgd(momentum)", "sgd(momentum=much)", "sgd(", "a b", "", 3, None]
)
def test_what_is_no_name_with_settings_is_refused_with_its_text(text):
    with pytest.raises(OptionError, match="--optimizer as NAME") as caught:
        parse_named(OPTIMIZER, text)
    assert caught.value.got in {repr(text), "'momentum'", "'momentum=much'"}


def test_sequences_arrays_and_nothing_have_their_values():
    assert split_values([0.1, "a,b", (1, 2)]) == (0.1, "a", "b", 1, 2)
    assert split_values(np.array([0.1, 0.01])) == (0.1, 0.01)
    assert split_values(range(3)) == (0, 1, 2)
    assert split_values(None) == split_values("") == split_values([]) == ()


@pytest.mark.parametrize("value", ["x", "1.5", 1.5, float("inf"), float("nan"), None, [5], 10**400])
def test_what_is_no_whole_number_is_refused_by_option_and_value(value):
    with pytest.raises(OptionError, match="a whole number of at least 1 for --epochs") as caught:
        settings(epochs=value)
    assert caught.value.got == repr(value)


@pytest.mark.parametrize("value", ["32", 32, 32.0])
def test_a_whole_number_may_be_written_in_any_way(value):
    assert settings(batch_size=value).batch_size == (32,)
    assert settings(epochs=value).epochs == 32


def test_learning_rates_are_auto_or_positive_numbers():
    for value in ("auto", ["auto"], None):
        assert settings(lr=value).lr is None
    for value in ("0.1, 0.01", [0.1, 0.01], ["0.1,0.01"]):
        assert settings(lr=value).lr == (0.1, 0.01)


@pytest.mark.parametrize("value", ["0", "-1", "inf", "nan", "x", "", "auto,0.1"])
def test_other_learning_rates_are_refused(value):
    with pytest.raises(OptionError, match="--lr"):
        settings(lr=value)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("64,32", ((64, 32),)),
        ((64, 32), ((64, 32),)),
        ([64, 32], ((64, 32),)),
        (["64,32"], ((64, 32),)),
        (["64,32", "8"], ((64, 32), (8,))),
        ([(64, 32), (8,)], ((64, 32), (8,))),
        ([(64,), "none", ()], ((64,), (), ())),
        ("none", ((),)),
        ((), ((),)),
        (8, ((8,),)),
    ],
)
def test_hidden_given_once_is_one_network_and_repeated_several(value, found):
    assert settings(hidden=value).hidden == found


@pytest.mark.parametrize("value", ["64,0", "-1", "64.5", "wide", "none,64"])
def test_hidden_widths_are_whole_numbers_above_zero(value):
    with pytest.raises(OptionError, match="--hidden"):
        settings(hidden=value)


@pytest.mark.parametrize("empty", ["", [], ()])
@pytest.mark.parametrize("option", ["loss", "head", "optimizer", "lr", "activation", "batch_size"])
def test_an_axis_without_values_is_refused_by_name(option, empty):
    with pytest.raises(OptionError, match=f"--{option.replace('_', '-')}"):
        settings(**{option: empty})


BAD = [
    ("epochs", 0),
    ("epochs", [5, 10]),
    ("epochs", "many"),
    ("splits", 1),
    ("splits", [3, 5]),
    ("repeats", 0),
    ("seed", -1),
    ("seed", 0.5),
    ("batch_size", "32,0"),
    ("rope", -0.1),
    ("rope", "nan"),
    ("budget", "soon"),
    ("budget", "2 days"),
    ("budget", "0s"),
    ("budget", "inf"),
    ("metric", ["accuracy", "auc"]),
]


@pytest.mark.parametrize(("option", "value"), BAD)
def test_a_value_that_cannot_be_used_is_refused_naming_the_option_and_the_remedy(option, value):
    with pytest.raises(OptionError) as caught:
        settings(**{option: value})
    said = str(caught.value)
    assert f"--{option.replace('_', '-')}" in said
    assert caught.value.fix


@pytest.mark.parametrize(
    ("option", "value", "nearest"),
    [
        ("optimizer", "adan", "adam"),
        ("activation", "rellu", "relu"),
        ("metric", "acuracy", "accuracy"),
    ],
)
def test_an_unknown_name_gets_the_nearest_one(option, value, nearest):
    with pytest.raises(UnknownNameError, match=f"did you mean '{nearest}'"):
        settings(**{option: value})


@pytest.mark.parametrize("value", ["sgd(momentum=2)", "sgd(speed=1)", "sgd(nesterov=true)"])
def test_optimizer_settings_are_checked_before_anything_is_trained(value):
    with pytest.raises(LosslabError, match=r"optimizer 'sgd' (needs|has no setting)"):
        settings(optimizer=value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), (" 2m ", 120), ("1.5H", 5400), (30, 30), (0.5, 0.5)],
)
def test_a_budget_is_a_duration(text, seconds):
    assert settings(budget=text).budget == seconds
