"""Where the rules on heads and targets that do not fit begin to speak, and where they do not."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from doctor_support.watched import findings_of


def take(loss, pairs, later=()):
    """Take a loss of pairs of tensors, or of what makes them; of later ones at another line."""
    for pair in pairs:
        loss(*[one() if callable(one) else one for one in pair])
    for pair in later:
        loss(*[one() if callable(one) else one for one in pair])


def repeat(row, times=32):
    """Give rows that are all the same."""
    return torch.tensor([row] * times, dtype=torch.double)


# head_cannot_reach_target

FAR, NEAR = [9.0] * 16, [0.5] * 16


def aim(head, targets):
    """Give a head's output and the targets it is to meet."""
    return partial(head, torch.zeros(len(targets))), torch.tensor(targets)


def far_of_twenty(number):
    """Give a sigmoid twenty targets, some of them far away."""
    return aim(torch.sigmoid, [9.0] * number + [0.5] * (20 - number))


@pytest.mark.parametrize(
    ("head", "low", "high", "said"),
    [
        (torch.sigmoid, -0.5, 1.5, "[0, 1]"),
        (F.hardsigmoid, -0.5, 1.5, "[0, 1]"),
        (partial(torch.softmax, dim=0), -0.5, 1.5, "[0, 1]"),
        (torch.tanh, -1.5, 1.5, "[-1, 1]"),
        (F.relu6, -0.5, 6.5, "[0, 6]"),
    ],
)
def test_head_cannot_reach_target_forgives_half_a_unit_at_both_ends(head, low, high, said):
    assert not findings_of("LL208", take, F.mse_loss, [aim(head, [low, high] * 8)])
    for beyond in (low - 0.01, high + 0.01):
        (found,) = findings_of("LL208", take, F.mse_loss, [aim(head, [beyond] * 16)])
        assert found.severity == "error"
        assert f"and lies in {said}; the targets reach from {beyond:.3g} to" in found.message


@pytest.mark.parametrize(
    ("head", "sign", "said"),
    [
        (torch.relu, 1, "[0, inf]"),
        (F.softplus, 1, "[0, inf]"),
        (torch.exp, 1, "[0, inf]"),
        (partial(torch.log_softmax, dim=0), -1, "[-inf, 0]"),
        (F.logsigmoid, -1, "[-inf, 0]"),
    ],
)
def test_head_cannot_reach_target_forgives_half_the_spread_where_one_end_is_open(head, sign, said):
    # The spread of -1 and 3 is 2, and half of it is 1.
    assert not findings_of("LL208", take, F.mse_loss, [aim(head, [-1.0 * sign, 3.0 * sign] * 8)])
    pairs = [aim(head, [-1.0 * sign, 2.9 * sign] * 8)]
    (found,) = findings_of("LL208", take, F.mse_loss, pairs)
    assert f"and lies in {said};" in found.message
    assert found.message.endswith("50% of them far outside")


def test_head_cannot_reach_target_takes_targets_that_are_0_but_for_rounding():
    assert not findings_of("LL208", take, F.mse_loss, [aim(torch.relu, [0.0, -1e-9] * 8)])
    assert not findings_of("LL208", take, F.mse_loss, [aim(torch.relu, [-0.0009] * 16)])
    assert findings_of("LL208", take, F.mse_loss, [aim(torch.relu, [-0.0011] * 16)])


def test_head_cannot_reach_target_speaks_from_a_tenth_of_the_targets_on():
    assert not findings_of("LL208", take, F.mse_loss, [far_of_twenty(1)])
    (found,) = findings_of("LL208", take, F.mse_loss, [far_of_twenty(2)])
    assert found.message.endswith("the targets reach from 0.5 to 9, 10% of them far outside")


def test_head_cannot_reach_target_speaks_from_sixteen_targets_on():
    assert not findings_of("LL208", take, F.mse_loss, [aim(torch.sigmoid, FAR[:15])])
    assert findings_of("LL208", take, F.mse_loss, [aim(torch.sigmoid, FAR)])


def test_head_cannot_reach_target_counts_the_calls_looked_at_and_joins_their_targets():
    pairs = [aim(torch.tanh, [value] * 16) for value in (7.0, -3.0, 5.0, 6.0, 99.0)]
    (found,) = findings_of("LL208", take, F.mse_loss, pairs)
    assert found.count == 4
    assert "from -3 to 7, 100% of them" in found.message


@pytest.mark.parametrize(
    "pairs",
    [
        [aim(torch.clone, FAR), aim(torch.sigmoid, FAR)],
        [aim(torch.sigmoid, FAR), aim(torch.clone, FAR)],
        [aim(torch.sigmoid, FAR), aim(torch.tanh, FAR)],
        [aim(torch.sigmoid, NEAR), aim(torch.sigmoid, FAR)],
    ],
    ids=["other before", "other after", "two heads", "fits once"],
)
def test_head_cannot_reach_target_is_silent_where_one_call_is_in_order(pairs):
    assert not findings_of("LL208", take, F.mse_loss, pairs)


@pytest.mark.parametrize(
    ("few", "calls", "share"), [(NEAR[:15], 2, "52%"), ([float("nan")] * 16, 1, "100%")]
)
def test_head_cannot_reach_target_makes_little_of_few_or_missing_targets(few, calls, share):
    pairs = [aim(torch.sigmoid, few), aim(torch.sigmoid, FAR)]
    (found,) = findings_of("LL208", take, F.mse_loss, pairs)
    assert found.count == calls
    assert f"{share} of them" in found.message


def test_head_cannot_reach_target_looks_at_reduced_losses_of_a_distance_only():
    pairs = [aim(torch.sigmoid, FAR)]
    for loss in (F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss):
        assert findings_of("LL208", take, loss, pairs)
    for loss in (F.soft_margin_loss, partial(F.mse_loss, reduction="none")):
        assert not findings_of("LL208", take, loss, pairs)


@pytest.mark.parametrize("first", [aim(torch.sigmoid, NEAR), far_of_twenty(1)])
def test_head_cannot_reach_target_speaks_of_a_line_behind_one_in_order(first):
    later = [aim(torch.sigmoid, FAR)]
    assert len(findings_of("LL208", take, F.mse_loss, [first], later)) == 1


# kl_div_input

KL = partial(F.kl_div, reduction="batchmean")
KL_OF_LOGS, KL_SUM = partial(KL, log_target=True), partial(F.kl_div, reduction="sum")
ZEROS = torch.zeros(32, dtype=torch.long)
SCORES, SHARES = torch.zeros(32, 3), repeat([0.25, 0.25, 0.5])
SHARES_3D = SHARES.reshape(4, 8, 3)
softmax, log_softmax = partial(torch.softmax, dim=1), partial(torch.log_softmax, dim=1)
LAYER = nn.Linear(3, 3)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (softmax, "probabilities (softmax)"),
        (partial(F.softmin, dim=1), "probabilities (softmin)"),
        (torch.sigmoid, "probabilities (sigmoid)"),
        (F.hardsigmoid, "probabilities (hardsigmoid)"),
        (torch.relu, "the output of ReLU"),
        (F.relu6, "the output of ReLU6"),
        (F.softplus, "the output of softplus"),
        (lambda scores: log_softmax(scores).exp(), "the output of exp"),
        (torch.tanh, "the output of tanh"),
        (LAYER, "the raw scores of a layer"),
    ],
)
def test_kl_div_input_speaks_of_what_takes_no_logarithm_at_every_call(make, said):
    (found,) = findings_of("LL205", take, KL, [(partial(make, SCORES), SHARES)] * 5)
    assert (found.severity, found.count) == ("error", 5)
    assert f"the input of kl_div is {said}, made at line" in found.message
    (found,) = findings_of("LL202", take, F.nll_loss, [(partial(make, SCORES), ZEROS)] * 5)
    assert f"the input of nll is {said}, made at line" in found.message


def test_kl_div_input_takes_log_probabilities_other_losses_and_single_numbers():
    assert not findings_of("LL205", take, KL, [(partial(log_softmax, SCORES), SHARES)])
    assert not findings_of("LL205", take, F.mse_loss, [(partial(softmax, SCORES), SHARES)])
    one = torch.tensor(0.5)
    assert not findings_of("LL205", take, KL_SUM, [(one.sigmoid, one)])


def test_kl_div_input_speaks_of_probabilities_of_unknown_origin_from_32_rows_on():
    assert not findings_of("LL205", take, KL, [(SHARES[:31], SHARES[:31])])
    (found,) = findings_of("LL205", take, KL, [(SHARES, SHARES)])
    assert (found.severity, found.count) == ("error", 1)
    assert "non-negative and sum to 1 in all 32 looked at: probabilities" in found.message
    assert findings_of("LL205", take, KL, [(SHARES_3D, SHARES_3D)])
    (found,) = findings_of("LL205", take, KL, [(SHARES, SHARES)] * 5)
    assert found.count == 4
    assert "in all 128 looked at" in found.message


@pytest.mark.parametrize("axis", [1, 2])
def test_kl_div_counts_distributions_along_the_axis_on_which_they_lie(axis):
    def probabilities(rows):
        p = torch.softmax(torch.randn(2, 16, rows // 2), 1)
        return [(p, p)] if axis == 1 else [(p.mT.contiguous(), p.mT.contiguous())]

    for rule, loss in (("LL205", KL), ("LL206", KL_OF_LOGS)):
        for few in (2, 30):
            assert not findings_of(rule, take, loss, probabilities(few))
        (found,) = findings_of(rule, take, loss, probabilities(32))
        assert "sum to 1 in all 32 looked at" in found.message


@pytest.mark.parametrize("rule", ["LL201", "LL205", "LL206"])
def test_rows_that_no_sample_holds_are_not_called_looked_at(rule):
    p = torch.full((5000, 8), 1 / 8)
    losses = {"LL201": F.cross_entropy, "LL205": KL, "LL206": KL_OF_LOGS}
    target = torch.zeros(5000, dtype=torch.long) if rule == "LL201" else p
    (found,) = findings_of(rule, take, losses[rule], [(p, target)])
    assert "in all 2048 looked at" in found.message


@pytest.mark.parametrize(
    "make",
    [lambda s: log_softmax(s).exp(), partial(F.softmin, dim=1), lambda s: log_softmax(s).exp() + 0],
)
def test_softmax_before_cross_entropy_knows_probabilities_by_their_values(make):
    (found,) = findings_of("LL201", take, F.cross_entropy, [(partial(make, SCORES), ZEROS)])
    assert "non-negative and sum to 1 in all 32 looked at" in found.message
    few = partial(make, SCORES[:31]), ZEROS[:31]
    assert not findings_of("LL201", take, F.cross_entropy, [few])


def test_logarithms_of_probabilities_divided_by_a_prior_may_lie_above_0():
    prior = torch.tensor([0.8, 0.1, 0.1])
    balanced = (lambda: (softmax(SCORES) / prior).log(), SHARES.float())
    assert not findings_of("LL205", take, KL, [balanced])
    assert not findings_of("LL202", take, F.nll_loss, [(balanced[0], ZEROS)])


def test_kl_div_input_warns_of_values_of_unknown_origin_above_a_hundredth():
    assert not findings_of("LL205", take, KL, [(repeat([0.01, -1.0, -1.0]), SHARES)])
    above = (repeat([0.015, -1.0, -1.0]), SHARES)
    (found,) = findings_of("LL205", take, KL, [above])
    assert (found.severity, found.count) == ("warning", 1)
    assert "has values above 0 in every call looked at" in found.message
    logs = (above[0], SHARES.log())
    assert findings_of("LL205", take, KL_OF_LOGS, [logs])
    assert not findings_of("LL205", take, KL, [logs])
    assert not findings_of("LL205", take, KL_OF_LOGS, [above])


@pytest.mark.parametrize(
    "pair",
    [
        (repeat([0.5, -1.0, -1.0]), 2 * SHARES),
        (repeat([0.5, -1.0, -1.0]), torch.tensor(1.0)),
        (SHARES.log(), SHARES),
    ],
    ids=["weighted target", "one number as target", "log-probabilities"],
)
def test_kl_div_input_takes_values_of_unknown_origin_that_may_be_right(pair):
    assert not findings_of("LL205", take, KL, [pair])


@pytest.mark.parametrize("wrong", [SHARES, repeat([0.5, -1.0, -1.0])])
def test_kl_div_input_is_silent_where_one_call_of_unknown_origin_is_in_order(wrong):
    pairs = [(wrong, SHARES), (SHARES.log(), SHARES)]
    assert not findings_of("LL205", take, KL, pairs)
    assert not findings_of("LL205", take, KL, pairs[::-1])


def test_kl_div_input_speaks_of_a_line_behind_one_with_few_rows():
    first, later = [(SHARES[:31], SHARES[:31])], [(SHARES, SHARES)]
    assert len(findings_of("LL205", take, KL, first, later)) == 1


# kl_div_target

COUNTS = repeat([1.0, 1.0, 0.0])
LOG_INPUT = partial(log_softmax, SCORES.double())


@pytest.mark.parametrize(
    ("make", "loss", "said"),
    [
        (log_softmax, KL, "log-probabilities (log_softmax), without log_target=True"),
        (F.logsigmoid, KL, "log-probabilities (log_sigmoid), without log_target=True"),
        (partial(F.softmin, dim=1), KL_OF_LOGS, "probabilities (softmin), with log_target=True"),
        (F.hardsigmoid, KL_OF_LOGS, "probabilities (hardsigmoid), with log_target=True"),
        (F.relu6, KL_OF_LOGS, "the output of ReLU6"),
        (F.softplus, KL_OF_LOGS, "the output of softplus"),
        (lambda s: log_softmax(s).exp(), KL_OF_LOGS, "the output of exp, with log_target=True"),
        (softmax, KL_OF_LOGS, "probabilities (softmax), with log_target=True"),
        (torch.sigmoid, KL_OF_LOGS, "probabilities (sigmoid), with log_target=True"),
        *[(LAYER, loss, "the raw scores of a layer") for loss in (KL, KL_OF_LOGS)],
        *[(torch.relu, loss, "the output of ReLU") for loss in (KL, KL_OF_LOGS)],
        *[(torch.tanh, loss, "the output of tanh") for loss in (KL, KL_OF_LOGS)],
    ],
)
def test_kl_div_target_speaks_of_what_makes_the_other_kind_at_every_call(make, loss, said):
    pairs = [(LOG_INPUT, partial(make, SCORES))] * 5
    (found,) = findings_of("LL206", take, loss, pairs)
    assert (found.severity, found.count) == ("error", 5)
    assert f"the target of kl_div is {said}, made at line" in found.message


def test_kl_div_target_takes_the_kind_asked_for_other_losses_and_single_numbers():
    assert not findings_of("LL206", take, KL, [(LOG_INPUT, partial(softmax, SCORES))])
    logs = [(LOG_INPUT, partial(log_softmax, SCORES))]
    assert not findings_of("LL206", take, KL_OF_LOGS, logs)
    assert not findings_of("LL206", take, F.mse_loss, logs)
    assert not findings_of("LL206", take, KL, [(LOG_INPUT, torch.tensor(0.5).tanh)])
    assert not findings_of("LL206", take, KL, [(LOG_INPUT, lambda: log_softmax(SCORES).exp())])
    assert not findings_of("LL206", take, KL_OF_LOGS, [(LOG_INPUT, lambda: softmax(SCORES).log())])


def test_kl_div_target_looks_at_values_of_whatever_origin():
    (found,) = findings_of("LL206", take, KL, [(LOG_INPUT, lambda: softmax(SCORES).log())])
    assert "has values down to -1.1, without log_target=True" in found.message


def test_kl_div_target_speaks_of_negative_values_of_unknown_origin_below_a_thousandth():
    assert not findings_of("LL206", take, KL, [(LOG_INPUT, repeat([-1e-3, 0.5, 0.5]))])
    pairs = [(LOG_INPUT, repeat([-0.0015, 0.5, 0.5]))] * 5
    (found,) = findings_of("LL206", take, KL, pairs)
    assert (found.severity, found.count) == ("error", 4)
    assert "has values down to -0.0015, without log_target=True" in found.message
    assert not findings_of("LL206", take, KL_OF_LOGS, pairs)
    # They may be masked afterwards.
    assert not findings_of("LL206", take, partial(F.kl_div, reduction="none"), pairs)


def test_kl_div_target_speaks_of_probabilities_for_logarithms_from_32_rows_on():
    assert not findings_of("LL206", take, KL_OF_LOGS, [(LOG_INPUT()[:31], SHARES[:31])])
    (found,) = findings_of("LL206", take, KL_OF_LOGS, [(LOG_INPUT, SHARES)])
    assert (found.severity, found.count) == ("error", 1)
    assert "sum to 1 in all 32 looked at, with log_target=True" in found.message
    assert findings_of("LL206", take, KL_OF_LOGS, [(SHARES_3D.log(), SHARES_3D)])
    (found,) = findings_of("LL206", take, KL_OF_LOGS, [(LOG_INPUT, SHARES)] * 5)
    assert found.count == 4
    assert "in all 128 looked at" in found.message


def test_kl_div_target_takes_probabilities_or_logarithms_of_unknown_origin_where_they_are_due():
    assert not findings_of("LL206", take, KL, [(LOG_INPUT, SHARES)])
    logs = [(LOG_INPUT, SHARES.log())]
    assert not findings_of("LL206", take, KL_OF_LOGS, logs)
    assert not findings_of("LL206", take, KL_OF_LOGS, [*logs, (LOG_INPUT, SHARES)])


def test_kl_div_target_warns_of_counts_from_32_rows_on():
    few = partial(log_softmax, SCORES[:31]), COUNTS[:31]
    assert not findings_of("LL206", take, KL, [few])
    (found,) = findings_of("LL206", take, KL, [(LOG_INPUT, COUNTS)])
    assert (found.severity, found.count) == ("warning", 1)
    (found,) = findings_of("LL206", take, KL, [few, *[(LOG_INPUT, COUNTS)] * 4])
    assert found.count == 4
    assert "rows do not sum to 1, in all 4 calls looked at" in found.message
    assert found.fix == "target / target.sum(1, keepdim=True)"


@pytest.mark.parametrize(
    "row",
    [[1.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.7, 1.1, 0.0]],
    ids=["one-hot", "one-hot times a weight", "fractions"],
)
def test_kl_div_target_takes_rows_that_are_no_counts(row):
    assert not findings_of("LL206", take, KL, [(LOG_INPUT, repeat(row))])
    assert not findings_of("LL206", take, KL, [(LOG_INPUT, COUNTS), (LOG_INPUT, repeat(row))])


def test_kl_div_target_sums_counts_along_the_axis_of_the_softmax():
    def classes_first(row):
        return partial(log_softmax, torch.zeros(16, 3, 8)), torch.tensor(row).expand(16, 8, 3).mT

    assert not findings_of("LL206", take, KL, [classes_first([1.0, 0.0, 0.0])])
    assert findings_of("LL206", take, KL, [classes_first([1.0, 1.0, 0.0])])


@pytest.mark.parametrize(
    "pair",
    [
        (SHARES.log(), COUNTS),
        (lambda: log_softmax(SCORES)[:, :2], COUNTS[:, :2]),
        (partial(torch.log_softmax, torch.zeros(2, 32, 3), dim=2), COUNTS),
    ],
    ids=["input of unknown origin", "only some classes", "one target for two inputs"],
)
def test_kl_div_target_takes_counts_where_rows_cannot_be_determined(pair):
    assert not findings_of("LL206", take, KL, [pair])


def test_kl_div_target_speaks_of_a_line_behind_one_with_few_rows():
    first, later = [(LOG_INPUT()[:31], SHARES[:31])], [(LOG_INPUT, SHARES)]
    assert len(findings_of("LL206", take, KL_OF_LOGS, first, later)) == 1
