"""Errors name kinds of numbers in the plural, with their range where their name leaves it open."""

import pytest

from losslab import objective
from losslab.contracts.domain import Kind
from losslab.contracts.interval import NON_NEGATIVE, REALS, UNIT, Interval
from losslab.losses.catalog import LOSSES
from losslab.objectives.catalog import HEADS
from losslab.objectives.spec import describe_interval, describe_numbers, format_kinds


@pytest.mark.parametrize(
    ("within", "words"),
    [
        (REALS, "of any size"),
        (NON_NEGATIVE, "of 0 and more"),
        (Interval(0.0, open_low=True), "above 0"),
        (Interval(high=0.0), "of 0 and less"),
        (Interval(high=0.0, open_high=True), "below 0"),
        (Interval(-1.0, 1.0), "between -1 and 1"),
        (Interval(0.0, 0.5), "between 0 and 0.5"),
    ],
)
def test_an_interval_is_described_in_words(within, words):
    assert describe_interval(within) == words


def test_every_kind_has_a_plural_of_its_own():
    plurals = [format_kinds((kind,)) for kind in Kind]
    assert len(set(plurals)) == len(Kind)
    assert not any("_" in plural for plural in plurals)


def test_several_kinds_are_listed():
    assert format_kinds((Kind.VALUE, Kind.PROBABILITY)) == "values or probabilities"


def test_an_interval_is_described_only_if_the_kind_does_not_imply_it():
    said = {name: describe_numbers(head.emits, head.reaches) for name, head in HEADS.items()}
    assert said == {
        "identity": "scores, values or log-rates",
        "sigmoid": "probabilities",
        "softmax": "probabilities",
        "log_softmax": "log-probabilities",
        "relu": "values of 0 and more",
        "softplus": "values of 0 and more",
        "tanh": "values between -1 and 1",
        "exp": "values of 0 and more",
        "normalize": "unit vectors",
    }
    assert (
        describe_numbers((Kind.PROBABILITY,), Interval(-1.0, 1.0))
        == "probabilities between -1 and 1"
    )
    assert describe_numbers((Kind.PROBABILITY,), UNIT) == "probabilities"


def test_parts_of_an_objective_have_a_one_line_repr():
    built = objective("bce_with_logits", "binary")
    assert (
        repr(built) == "Objective(binary: bce_with_logits on identity, width 1, targets zero_one)"
    )
    wrong = objective("nll", "multiclass", "relu", n_classes=3, unchecked=True)
    assert repr(wrong) == (
        "Objective(multiclass: nll on relu, width 3, targets class_index, unchecked, "
        "wrong on purpose)"
    )
    smooth = objective("kl_div", "binary", smoothing=0.1)
    assert repr(smooth.codec) == (
        "Codec(one_hot: probabilities, values or unit vectors, smoothing=0.1)"
    )
    assert repr(HEADS["relu"]) == "Head(relu: values of 0 and more)"
    assert repr(LOSSES["huber"].bind(delta=2.0)) == "Loss(huber(delta=2): regression)"
