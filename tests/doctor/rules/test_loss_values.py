"""Where the rules on a loss's own value begin to speak, and where they are silent."""

import operator
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from doctor_support.watched import findings_of

# loss_below_its_minimum

KL = partial(F.kl_div, reduction="sum")
BCE = F.binary_cross_entropy_with_logits
BELOW_ZERO = torch.tensor([5.0, -5.0]), torch.tensor([2.0, -1.0])  # about -5 twice


def take(loss, pairs):
    """Take a loss of pairs of tensors, all at one line."""
    for prediction, target in pairs:
        loss(prediction, target)


def repeat(row, times):
    """Give rows that are all the same."""
    return torch.tensor([row] * times, dtype=torch.double)


def height(value):
    """Give a row for kl_div, with a target that makes the loss as much below zero."""
    return repeat([value, -1.0], 1), repeat([1.0, 0.0], 1)


@pytest.mark.parametrize("value", [0.0015, 0.01])
def test_loss_below_its_minimum_speaks_of_kl_div_from_a_thousandth_below_zero_on(value):
    (found,) = findings_of("LL212", take, KL, [height(value)])
    assert found.severity == "error"
    message = "below its minimum 0: the input's rows are no log-probabilities"
    assert f"kl_div is -{value:.3g}, {message}" in found.message


@pytest.mark.parametrize("value", [0.0005, 0.001, 0.015])
def test_loss_below_its_minimum_leaves_rounding_and_input_above_zero_alone(value):
    assert not findings_of("LL212", take, KL, [height(value)])


def test_loss_below_its_minimum_asks_of_kl_div_that_the_target_holds_distributions():
    low = repeat([-0.1, -0.1], 2)
    logs = repeat([0.5, 0.5], 2).log()
    assert findings_of("LL212", take, partial(KL, log_target=True), [(low, logs)])
    for target in (repeat([0.5, 0.0], 2), torch.tensor([0.5, 0.5])):
        assert not findings_of("LL212", take, KL, [(low, target)])


def test_loss_below_its_minimum_warns_of_targets_outside_their_range():
    (found,) = findings_of("LL212", take, BCE, [BELOW_ZERO] * 5)
    assert (found.severity, found.count) == ("warning", 4)
    message = "below its minimum 0: the target holds values from -1 to 2"
    assert f"bce_with_logits is -4.99, {message}" in found.message


@pytest.mark.parametrize(("weight", "count"), [([0.5, 0.5], 1), ([0.0, 2.0], 1), ([-1.0, 3.0], 0)])
def test_loss_below_its_minimum_forgives_negative_weights_and_no_others(weight, count):
    loss = partial(BCE, weight=torch.tensor(weight))
    assert len(findings_of("LL212", take, loss, [BELOW_ZERO])) == count


@pytest.mark.parametrize(("weight", "count"), [(-1.0, 0), (0.5, 1)])
def test_loss_below_its_minimum_forgives_a_negative_weight_of_positives(weight, count):
    loss = partial(BCE, pos_weight=torch.tensor(weight))
    assert len(findings_of("LL212", take, loss, [BELOW_ZERO])) == count
    if weight < 0:
        assert not findings_of("LL212", take, loss, [(torch.tensor([-5.0] * 4), torch.ones(4))])


@pytest.mark.parametrize(
    ("loss", "pair"),
    [
        (partial(BCE, reduction="none"), BELOW_ZERO),
        (BCE, [one.bfloat16() for one in BELOW_ZERO]),
        (F.poisson_nll_loss, (torch.ones(2), torch.full((2,), 9.0))),
    ],
    ids=["no reduction", "half precision", "no minimum at zero"],
)
def test_loss_below_its_minimum_looks_at_reduced_losses_with_a_minimum_at_zero(loss, pair):
    assert not findings_of("LL212", take, loss, [pair])


def scored(*rows):
    """Score the first of three classes highest, against these targets."""
    return torch.tensor([[5.0, 0.0, 0.0]] * len(rows)), torch.tensor(rows)


def classes_first(scores, target):
    """Turn rows into those of one sequence, whose classes are on the axis before the last."""
    return scores.T[None], target.T[None]


SMOOTHED, REWARDS = scored([1.2, -0.2, 0.0], [1.2, 0.0, -0.2]), scored([-2.0, 0, 0], [-1.0, 0, 0])


@pytest.mark.parametrize("pair", [SMOOTHED, REWARDS], ids=["rows that sum to one", "rewards"])
def test_loss_below_its_minimum_takes_what_may_be_meant_in_cross_entropy(pair):
    assert not findings_of("LL212", take, F.cross_entropy, [pair, classes_first(*pair)])
    assert not findings_of("LL212", take, F.cross_entropy, [(pair[0][0], pair[1][0])])


@pytest.mark.parametrize("row", [[1.2015, -0.2, 0.0], [-2.0, -1.0, 0.0]])
def test_loss_below_its_minimum_warns_of_other_negative_entries(row):
    pair = scored(row, [1.2, -0.2, 0.0])
    assert findings_of("LL212", take, F.cross_entropy, [pair])
    assert findings_of("LL212", take, F.cross_entropy, [classes_first(*pair)])


# loss_constantly_zero


def itself(output):
    """Compare the output with itself."""
    return output, output


def copied(output):
    """Compare the output with a copy."""
    return output, output.detach().clone()


def different(output):
    """Compare the output with something else."""
    return output, output.detach() + 1


def train(steps, loss=F.mse_loss, later=()):
    """Take losses of pairs at one line, of later ones at another, and then make a step."""
    output = nn.Parameter(torch.ones(3))
    optimizer = torch.optim.SGD([output], lr=0.1)
    for pairs in steps:
        for pair in pairs:
            loss(*pair(output))
        for pair in later:
            loss(*pair(output))
        optimizer.step()


def test_loss_constantly_zero_speaks_from_four_calls_over_three_steps_on():
    (found,) = findings_of("LL211", train, [[copied]] * 4)
    assert (found.severity, found.count) == ("warning", 4)
    assert found.message == "mse is exactly 0 in all 4 calls looked at, over 3 steps"
    one = [copied]
    for steps in ([one, [], one, [], one], [one * 2, one, one], [[], one * 3, one]):
        assert not findings_of("LL211", train, steps)


def test_loss_constantly_zero_calls_it_an_error_if_the_output_is_compared_with_itself():
    (found,) = findings_of("LL211", train, [[itself]] * 8)
    assert (found.severity, found.count) == ("error", 5)
    assert "in all 5 calls looked at, over 7 steps; its prediction and its" in found.message
    (found,) = findings_of("LL211", train, [[itself], *[[copied]] * 3])
    assert found.severity == "warning"


def test_loss_constantly_zero_is_silent_of_losses_that_were_not_zero_once():
    for steps in ([[different], *[[copied]] * 7], [*[[copied]] * 7, [different]]):
        assert not findings_of("LL211", train, steps)
    assert len(findings_of("LL211", train, [[different]] * 4, F.mse_loss, [copied])) == 1


@pytest.mark.parametrize(
    ("pair", "loss"),
    [
        (lambda output: (output, torch.full((3,), -1.0)), F.hinge_embedding_loss),
        (lambda output: (output.detach(), output.detach()), F.mse_loss),
        (lambda output: (output[:0], output[:0]), partial(F.mse_loss, reduction="none")),
    ],
    ids=["margin kept", "no graph", "no rows"],
)
def test_loss_constantly_zero_takes_zeros_that_may_be_right(pair, loss):
    assert not findings_of("LL211", train, [[pair]] * 4, loss)


# modulation_after_reduction


def modulate(output, factor, join=operator.mul, reductions=("mean",)):
    """Join the first of some losses of an output with a factor, which may be made of it."""
    output = output.clone().requires_grad_()
    losses = [F.mse_loss(output, output.detach() + 1, reduction=one) for one in reductions]
    factor = factor(losses[0]) if callable(factor) else factor
    join(losses[0], factor)


def multiply_from_the_left(loss, factor):
    """Put the factor first."""
    return factor * loss


TWO = torch.ones(2)


@pytest.mark.parametrize("shape", [(2,), (2, 3)])
@pytest.mark.parametrize("join", [operator.mul, multiply_from_the_left])
def test_modulation_after_reduction_speaks_of_a_factor_with_something_for_each_row(shape, join):
    (found,) = findings_of("LL210", modulate, TWO, torch.ones(shape), join)
    assert (found.severity, found.count) == ("error", 1)
    assert "mse is already one number for 2 rows" in found.message
    assert f"multiplied with a tensor of shape {shape}" in found.message


def test_modulation_after_reduction_knows_a_mean_from_losses_per_row_of_the_same_line():
    assert findings_of("LL210", modulate, TWO, TWO, operator.mul, ("mean", "none"))


@pytest.mark.parametrize(
    ("output", "factor", "join"),
    [
        (TWO, torch.ones(3), operator.mul),
        (TWO, torch.tensor(0.5), operator.mul),
        (TWO, TWO, operator.add),
        (torch.ones(1), torch.ones(1, 5), operator.mul),
        (torch.tensor(1.0), TWO, operator.mul),
    ],
    ids=["other length", "constant", "added", "one row", "single number"],
)
def test_modulation_after_reduction_takes_factors_that_do_not_belong_to_rows(output, factor, join):
    assert not findings_of("LL210", modulate, output, factor, join)


def focus(loss, roots=0):
    """Make a focal factor, with more operations between it and the loss."""
    factor = torch.exp(-loss)
    for _ in range(roots):
        factor = factor.sqrt()
    return factor


def test_modulation_after_reduction_speaks_of_a_focal_factor_of_the_mean():
    (found,) = findings_of("LL210", modulate, TWO, lambda loss: (1 - torch.exp(-loss)) ** 2)
    assert found.severity == "error"
    assert "the focal factor is made of exp(-mse) of the mean over 2 rows" in found.message
    assert not findings_of("LL210", modulate, torch.ones(1), focus)


def test_modulation_after_reduction_looks_through_eight_operations():
    assert findings_of("LL210", modulate, TWO, partial(focus, roots=6))
    assert not findings_of("LL210", modulate, TWO, partial(focus, roots=7))


def test_modulation_after_reduction_takes_a_learned_weight_and_powers_of_the_loss():
    variance = nn.Parameter(torch.tensor(1.0))
    for factor in (lambda loss: torch.exp(-variance), lambda loss: loss.sqrt()):
        assert not findings_of("LL210", modulate, TWO, factor)
