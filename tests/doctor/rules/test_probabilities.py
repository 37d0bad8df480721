"""Where the rules on probabilities that a loss is given begin to speak, and where they do not."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import losslab
from doctor_support.watched import findings_of

softmax, log_softmax = nn.Softmax(-1), nn.LogSoftmax(-1)


def even(*shape):
    """Spread scores evenly from -1 to 1."""
    return torch.linspace(-1, 1, math.prod(shape)).reshape(shape)


def layer():
    """Make a layer that leaves its three inputs as they are."""
    made = nn.Linear(3, 3, bias=False)
    with torch.no_grad():
        made.weight.copy_(torch.eye(3))
    return made


def first_class(scores):
    """Make class 0 the right one everywhere."""
    shape = (*scores.shape[:1], *scores.shape[2:]) if scores.ndim > 1 else ()
    return torch.zeros(shape, dtype=torch.long)


def train(loss, head, batches, target=first_class):
    """Take a loss of what a head makes of batches, all at one line."""
    for batch in batches:
        loss(head(batch), target(batch))


# log_of_softmax_by_hand


def take_log(scores, squash, times=1, gradient=True):
    given = torch.tensor(scores, requires_grad=gradient)
    for _ in range(times):
        probabilities = squash(given)
        probabilities.log()


@pytest.mark.parametrize(
    ("squash", "name", "fix"),
    [(softmax, "softmax", ".log_softmax(dim)"), (torch.sigmoid, "sigmoid", "F.logsigmoid(")],
)
def test_log_of_softmax_by_hand_advises_where_no_value_is_zero(squash, name, fix):
    (found,) = findings_of("LL209", take_log, [0.0, 1.0], squash, 3)
    assert (found.severity, found.count) == ("advice", 3)
    assert found.message == f"log of the output of {name}, made at line {found.line - 1}"
    assert fix in found.fix


@pytest.mark.parametrize(
    ("scores", "squash", "seen"),
    [
        ([0.0, 200.0, 200.0], softmax, "softmax: of 3 values looked at 1 are 0"),
        ([0.0, -200.0], torch.sigmoid, "sigmoid: of 2 values looked at 1 are 0"),
        ([-1.0, 0.0, 0.0, 2.0], torch.relu, "relu: of 4 values looked at 3 are 0"),
    ],
)
def test_log_of_softmax_by_hand_warns_of_zeros(scores, squash, seen):
    (found,) = findings_of("LL209", take_log, scores, squash)
    assert (found.severity, found.count) == ("warning", 1)
    assert f"log of the output of {seen}, so the result is -inf" in found.message


def test_log_of_softmax_by_hand_counts_all_calls_and_looks_at_the_first_four():
    (found,) = findings_of("LL209", take_log, [-1.0, -1.0, 1.0], torch.relu, 5)
    assert found.count == 5
    assert "of 12 values looked at 8 are 0" in found.message
    assert "softplus" in found.fix


@pytest.mark.parametrize("squash", [torch.relu, torch.exp, F.softplus])
def test_log_of_softmax_by_hand_leaves_other_positive_values_and_constants_alone(squash):
    assert not findings_of("LL209", take_log, [1e-10, 1.0], squash)
    assert not findings_of("LL209", take_log, [0.0, 200.0], softmax, 1, False)


@pytest.mark.parametrize(
    "use", [torch.exp, torch.sqrt, lambda p: torch.distributions.Bernoulli(probs=p).logits]
)
def test_log_of_softmax_by_hand_leaves_all_but_the_users_own_logarithms_alone(use):
    scores = torch.zeros(3, requires_grad=True)
    assert not findings_of("LL209", lambda: use(scores.sigmoid()))


# nll_without_log_probabilities


def nll(*batches, dtype=torch.float32):
    train(F.nll_loss, torch.clone, [torch.as_tensor(one, dtype=dtype) for one in batches])


@pytest.mark.parametrize(
    ("squash", "seen"),
    [
        (softmax, "probabilities (softmax)"),
        (torch.sigmoid, "probabilities (sigmoid)"),
        (torch.relu, "the output of ReLU"),
        (torch.tanh, "the output of tanh"),
        (layer(), "the raw scores of a layer"),
    ],
)
def test_nll_without_log_probabilities_says_what_the_input_is(squash, seen):
    (found,) = findings_of("LL202", train, F.nll_loss, squash, [even(4, 3)] * 6)
    assert (found.severity, found.count) == ("error", 6)
    assert f"input of nll is {seen}, made at line {found.line}, and not" in found.message


@pytest.mark.parametrize(
    ("loss", "head"),
    [
        (F.nll_loss, log_softmax),
        (F.nll_loss, lambda x: x.exp().log()),  # densities may be above 1
        (F.cross_entropy, torch.relu),
    ],
)
def test_nll_without_log_probabilities_leaves_logarithms_and_other_losses_alone(loss, head):
    assert not findings_of("LL202", train, loss, head, [even(4, 3)])


def test_nll_without_log_probabilities_warns_of_unknown_values_above_a_hundredth():
    def exactly(top):
        nll([[-1.0, top], [-2.0, -3.0]], dtype=torch.float64)

    assert not findings_of("LL202", exactly, 0.01)
    (found,) = findings_of("LL202", exactly, 0.011)
    assert (found.severity, found.count) == ("warning", 1)
    assert "the input of nll has values up to 0.011;" in found.message


@pytest.mark.parametrize(
    "batch",
    [
        [[0.2, 0.5, 0.3], [0.1, 0.8, 0.1]],
        [[0.4, -0.3, -0.2], [-0.3, -0.2, 0.4]],
        [[[2.0, -2.0], [-1.0, 1.0]]],
        [2.0, -1.0],
    ],
)
def test_nll_without_log_probabilities_warns_of_probabilities_and_of_both_signs_in_a_row(batch):
    assert findings_of("LL202", nll, batch)


@pytest.mark.parametrize(
    "batch",
    [
        [[-1.0, -2.0], [2.0, 1.0]],
        [[2.0, 3.0, 1.0], [1.0, 0.5, 2.0]],
        [[0.0, -2.0], [0.5, 2.0], [0.0, 3.0]],
        [[[-1.0, -2.0], [-1.0, -2.0]], [[2.0, 2.0], [0.0, 1.0]]],
        [[-1.0, -2.0]],
        [[math.inf, -1.0]],
        torch.empty(0, 3),
    ],
)
def test_nll_without_log_probabilities_leaves_rewarded_negative_infinite_and_no_values_alone(batch):
    assert not findings_of("LL202", nll, batch)


def test_nll_without_log_probabilities_looks_at_unknown_values_ever_more_rarely():
    right, wrong = [[-1.0, -2.0]], [[2.0, -1.0]]
    assert not findings_of("LL202", nll, *[right] * 4, *[wrong] * 3)
    (found,) = findings_of("LL202", nll, *[right] * 4, *[wrong] * 4)
    assert found.count == 1


# sigmoid_before_bce_with_logits


@pytest.mark.parametrize(("squash", "name"), [(torch.sigmoid, "sigmoid"), (softmax, "softmax")])
def test_sigmoid_before_bce_with_logits_says_what_it_costs_in_every_call(squash, name):
    loss = F.binary_cross_entropy_with_logits
    (found,) = findings_of("LL203", train, loss, squash, [even(4)] * 6, torch.ones_like)
    assert (found.severity, found.count) == ("error", 6)
    assert f"went through {name} at line {found.line}: rows of class 0" in found.message
    assert "cost at least 0.693, of class 1 0.313" in found.message


@pytest.mark.parametrize(
    ("loss", "head"),
    [
        (F.binary_cross_entropy_with_logits, torch.clone),
        (F.binary_cross_entropy_with_logits, torch.tanh),
        (F.binary_cross_entropy, torch.sigmoid),
    ],
)
def test_sigmoid_before_bce_with_logits_leaves_scores_and_other_losses_alone(loss, head):
    assert not findings_of("LL203", train, loss, head, [even(4)], torch.ones_like)


# raw_scores_into_bce


def bce(head, loss=F.binary_cross_entropy):
    train(loss, head, [even(2, 3).abs()], torch.ones_like)


def findings_of_refused(run):
    """Give what LL204 says of code that raises."""
    raised = (RuntimeError, ValueError, IndexError, AttributeError)
    with pytest.raises(raised), losslab.doctor.watch() as report:
        run()
    assert not [sentence for sentence in report.unchecked if "LL204" in sentence]
    return [one for one in report.findings if one.rule == "LL204"]


def refused(values, targets=3, head=torch.clone):
    given, target = torch.tensor(values), torch.ones(targets)
    return findings_of_refused(lambda: F.binary_cross_entropy(head(given), target))


@pytest.mark.parametrize(
    ("head", "severity", "seen"),
    [
        (layer(), "warning", "the raw scores of a layer"),
        (nn.Sequential(layer(), nn.ReLU()), "error", "the output of ReLU"),
        (nn.Sequential(layer(), nn.Tanh()), "error", "the output of tanh"),
    ],
)
def test_raw_scores_into_bce_sees_scores_that_happen_to_lie_in_0_to_1(head, severity, seen):
    (found,) = findings_of("LL204", bce, head)
    assert (found.severity, found.count) == (severity, 1)
    assert f"the input of bce is {seen}, made at line {found.line}; it" in found.message


@pytest.mark.parametrize(
    ("head", "loss"),
    [
        (torch.clone, F.binary_cross_entropy),
        (torch.relu, F.binary_cross_entropy),
        (nn.Sequential(layer(), nn.Sigmoid()), F.binary_cross_entropy),
        (nn.Sequential(layer(), nn.Softplus(), nn.Tanh()), F.binary_cross_entropy),
        (nn.Sequential(layer(), nn.Sigmoid(), layer()), F.binary_cross_entropy),
        (nn.Sequential(layer(), nn.Softmax(1), layer()), F.binary_cross_entropy),
        (layer(), F.binary_cross_entropy_with_logits),
    ],
)
def test_raw_scores_into_bce_leaves_probabilities_and_other_losses_alone(head, loss):
    assert not findings_of("LL204", bce, head, loss)


@pytest.mark.parametrize(
    ("values", "head", "seen"),
    [
        ([0.5, 1.01, 0.5], torch.clone, "from 0.5 to 1.01"),
        ([1.0, 0.0, -0.01], torch.clone, "from -0.01 to 1"),
        ([0.0, 0.0, 1.0], torch.exp, "from 1 to 2.72"),
        ([0.5, 1.01, 0.5], layer(), "from 0.5 to 1.01: it is the raw scores of a layer"),
        ([0.5, 1.01, 0.5], torch.relu, "from 0.5 to 1.01: it is the output of ReLU"),
    ],
)
def test_raw_scores_into_bce_says_how_far_refused_values_reach(values, head, seen):
    (found,) = refused(values, head=head)
    assert found.severity == "error"
    assert found.message == f"the input of bce has values {seen}; probabilities lie in [0, 1]"


@pytest.mark.parametrize(
    ("values", "targets"), [([0.0, 1.0], 3), ([], 3), ([math.nan, 2.0], 2), ([math.inf, 0.5], 2)]
)
def test_raw_scores_into_bce_leaves_other_reasons_to_refuse_alone(values, targets):
    assert not refused(values, targets)


@pytest.mark.parametrize(
    "run",
    [
        lambda: F.binary_cross_entropy(None, torch.ones(3)),
        lambda: F.cross_entropy(9 * even(2, 3), torch.tensor([0, 3])),
    ],
)
def test_raw_scores_into_bce_leaves_calls_without_input_and_other_losses_alone(run):
    assert not findings_of_refused(run)


# single_column_softmax


def test_single_column_softmax_counts_the_calls_and_scores_of_cross_entropy():
    batches = [even(2, 1), even(1, 1), even(2, 1, 3)]
    (found,) = findings_of("LL207", train, F.cross_entropy, torch.clone, batches)
    assert (found.severity, found.count) == ("error", 3)
    assert "cross_entropy works along an axis of length 1: of all 9 scores" in found.message


@pytest.mark.parametrize("squash", [softmax, log_softmax])
def test_single_column_softmax_names_the_line_of_a_softmax_before_any_loss(squash):
    (found,) = findings_of("LL207", train, F.mse_loss, squash, [even(2, 1)], torch.ones_like)
    assert f"softmax at line {found.line} works along" in found.message


@pytest.mark.parametrize("shapes", [[(2, 2)], [(2, 1), (2, 2)], [(2, 2), (2, 1)], [(1, 1)] * 3])
def test_single_column_softmax_leaves_more_columns_at_times_and_one_row_alone(shapes):
    batches = [even(*shape) for shape in shapes]
    assert not findings_of("LL207", train, F.cross_entropy, torch.clone, batches)


def test_single_column_softmax_speaks_after_lines_that_it_leaves_alone():
    def lose():
        F.mse_loss(even(2, 1), torch.ones(2, 1))
        F.cross_entropy(even(3), torch.tensor(0))
        F.cross_entropy(even(2, 2), torch.tensor([0, 0]))
        return F.cross_entropy(even(2, 1), torch.tensor([0, 0]))

    (found,) = findings_of("LL207", lose)
    assert "of all 2 scores" in found.message


# softmax_before_cross_entropy


@pytest.mark.parametrize(
    ("axis", "shape", "floor"),
    [
        (0, (3,), "over 3 classes the loss stays above 0.551"),
        (1, (4, 2), "over 2 classes the loss stays above 0.313"),
        (1, (4, 3, 5), "over 3 classes the loss stays above 0.551"),
        (1, (2, 3, 4, 5), "over 3 classes the loss stays above 0.551"),
    ],
)
def test_softmax_before_cross_entropy_sees_it_along_the_classes(axis, shape, floor):
    batches = [even(*shape)] * 6
    (found,) = findings_of("LL201", train, F.cross_entropy, nn.Softmax(axis), batches)
    assert (found.severity, found.count) == ("error", 6)
    seen = f"input of cross_entropy went through softmax (line {found.line}) before the loss's own"
    assert f"{seen}; {floor}" in found.message


def test_softmax_before_cross_entropy_says_if_it_was_in_another_file():
    head = eval(compile("lambda scores: scores.softmax(1)", "model.py", "eval"))
    (found,) = findings_of("LL201", train, F.cross_entropy, head, [even(4, 3)])
    assert "went through softmax (elsewhere)" in found.message


@pytest.mark.parametrize(
    ("axis", "shape"), [(0, (8, 3)), (2, (4, 3, 5)), (0, (4, 3, 5)), (1, (4, 1))]
)
def test_softmax_before_cross_entropy_leaves_other_axes_and_single_classes_alone(axis, shape):
    batches = [even(*shape)] * 6
    assert not findings_of("LL201", train, F.cross_entropy, nn.Softmax(axis), batches)


@pytest.mark.parametrize(
    ("loss", "head"),
    [
        (F.cross_entropy, layer()),
        (F.cross_entropy, nn.Sequential(layer(), log_softmax)),
        (F.nll_loss, log_softmax),
        (F.nll_loss, nn.Sequential(layer(), log_softmax)),
        (F.nll_loss, nn.Sequential(nn.Softmax(0), log_softmax)),
    ],
)
def test_softmax_before_cross_entropy_leaves_scores_and_a_log_softmax_alone(loss, head):
    assert not findings_of("LL201", train, loss, head, [even(32, 3)])


@pytest.mark.parametrize("loss", [F.cross_entropy, F.nll_loss])
def test_softmax_before_cross_entropy_sees_it_behind_a_log_softmax(loss):
    head = nn.Sequential(nn.Softmax(1), nn.LogSoftmax(1))
    (found,) = findings_of("LL201", train, loss, head, [even(4, 3, 5)])
    name = loss.__name__.removesuffix("_loss")
    assert f"the input of {name} went through softmax (line {found.line})" in found.message


@pytest.mark.parametrize(
    ("shapes", "rows", "calls"),
    [([(32, 2)], 32, 1), ([(4, 2, 8)], 32, 1), ([(20, 2)] * 2, 40, 2), ([(16, 2)] * 5, 64, 4)],
)
def test_softmax_before_cross_entropy_sees_32_unknown_rows_that_sum_to_1(shapes, rows, calls):
    batches = [even(*shape).softmax(1) for shape in shapes]
    (found,) = findings_of("LL201", train, F.cross_entropy, torch.clone, batches)
    assert (found.severity, found.count) == ("error", calls)
    assert f"sum to 1 in all {rows} looked at; over 2 classes" in found.message


@pytest.mark.parametrize(
    ("loss", "batches", "target"),
    [
        (F.cross_entropy, [even(31, 3).softmax(1)], first_class),
        (F.cross_entropy, [torch.ones(32, 1)], first_class),
        (F.cross_entropy, [even(32, 3), even(32, 3).softmax(1)], first_class),
        (F.cross_entropy, [even(32, 3).softmax(1), even(32, 3)], first_class),
        (F.cross_entropy, [torch.ones(32, 0)], torch.ones_like),
        (F.nll_loss, [even(32, 3).softmax(1)], first_class),
        (F.mse_loss, [even(32, 3).softmax(1)], torch.ones_like),
    ],
)
def test_softmax_before_cross_entropy_leaves_other_unknown_input_alone(loss, batches, target):
    assert not findings_of("LL201", train, loss, torch.clone, batches, target)
