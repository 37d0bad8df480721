"""Every promise of every loss in the catalogue, and losses with faults that must be caught."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import loss_battery as battery
from loss_samples import edge_batches, one_target_a_row, widths
from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import REALS, Interval
from losslab.core.errors import OptionError, UnknownNameError
from losslab.core.tasks import TASKS
from losslab.losses import rowmath
from losslab.losses.catalog import LOSSES
from losslab.losses.reduction import average_rows, reduce_outputs
from losslab.losses.spec import Loss
from losslab.objectives.build import objective
from losslab.objectives.catalog import list_losses

HUBER = LOSSES["huber"]
# Every loss, and after it the form that reads class indices if it has one.
FORMS = {
    name + suffix: form
    for name, loss in LOSSES.items()
    for suffix, form in (("", loss), ("-by-class", loss.by_class))
    if form is not None
}
EVERY_LOSS = pytest.mark.parametrize("loss", FORMS.values(), ids=list(FORMS))
BEYOND_DOUBT = 1e100  # squares of larger numbers leave float64


@EVERY_LOSS
@pytest.mark.parametrize("check", battery.CHECKS.values(), ids=list(battery.CHECKS))
def test_a_loss_meets_its_specification(loss, check):
    check(loss)


@EVERY_LOSS
def test_value_and_gradient_stay_in_their_bounds_at_the_edges(loss):
    for prediction, target in edge_batches(loss):
        battery.check_edges(loss, prediction, target)


@EVERY_LOSS
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_value_and_gradient_stay_in_their_bounds_anywhere(loss, data):
    prediction, target = data.draw(rows(loss))
    battery.check_edges(loss, prediction, target)
    values, gradients = battery.values_and_gradients(loss, prediction, target)
    by_kernel, filled = battery.by_row_kernel(loss, prediction, target)
    torch.testing.assert_close(by_kernel, values, rtol=1e-9, atol=1e-12)
    # Where gradients have no bound, terms of any size may cancel.
    slack = 1e-9 if math.isinf(loss.gradient_bound) else 1e-12
    torch.testing.assert_close(filled, gradients, rtol=1e-9, atol=slack)


def rows(loss: Loss) -> st.SearchStrategy:
    """Draw one row: a prediction on ``finite_on`` and a valid target."""
    return st.sampled_from(widths(loss)).flatmap(
        lambda width: st.tuples(
            one_row(loss.prediction, loss.finite_on, width), targets(loss, width)
        )
    )


def one_row(domain: Domain, within: Interval, width: int) -> st.SearchStrategy:
    drawn = numbers(REALS if domain.sums_to_one else within)
    row = st.lists(drawn, min_size=width, max_size=width).map(
        lambda values: torch.tensor([values], dtype=torch.float64)
    )
    if not domain.sums_to_one:
        return row
    logarithmic = Kind.LOG_PROBABILITY in domain.kinds
    return row.map(lambda z: z.log_softmax(-1) if logarithmic else z.softmax(-1))


def targets(loss: Loss, width: int) -> st.SearchStrategy:
    if one_target_a_row(loss):
        return st.integers(0, width - 1).map(lambda index: torch.tensor([index]))
    if not loss.target.points:
        return one_row(loss.target, loss.target.within, width)
    one = st.sampled_from(loss.target.points)
    return st.lists(one, min_size=width, max_size=width).map(
        lambda row: torch.tensor([row], dtype=torch.float64)
    )


def numbers(interval: Interval) -> st.SearchStrategy:
    return st.floats(
        max(interval.low, -BEYOND_DOUBT),
        min(interval.high, BEYOND_DOUBT),
        exclude_min=interval.open_low and math.isfinite(interval.low),
        exclude_max=interval.open_high and math.isfinite(interval.high),
    )


def test_a_misspelt_name_is_corrected():
    with pytest.raises(UnknownNameError, match="did you mean 'hinge'"):
        LOSSES["hing"]


def test_parameters_are_bound_and_shown():
    bound = HUBER.bind(delta=2.0)
    assert (bound.label, HUBER.label) == ("huber(delta=2)", "huber")
    assert bound.params == {"delta": 2.0}
    assert bound(torch.tensor([5.0]), torch.tensor([0.0])).item() == 8.0


@pytest.mark.parametrize(
    ("loss", "params", "needed", "fix"),
    [
        (
            HUBER,
            {"dleta": 2.0},
            "loss 'huber' has no parameter 'dleta'",
            "'delta'",
        ),
        (HUBER, {"delta": -1.0}, r"needs delta in \(0, inf\), but got -1.0", "delta=1"),
        (
            HUBER,
            {"delta": "wide"},
            r"needs delta in \(0, inf\), but got 'wide'",
            "delta=1",
        ),
        (LOSSES["mse"], {"delta": 1.0}, "loss 'mse' has no parameter 'delta'", "leave it out"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(loss, params, needed, fix):
    with pytest.raises(OptionError, match=needed) as caught:
        loss.bind(**params)
    assert fix in caught.value.fix


@pytest.mark.parametrize(("over_outputs", "expected"), [("mean", [2.0, 5.0]), ("sum", [4.0, 10.0])])
def test_a_rows_outputs_reduce_to_one_value(over_outputs, expected):
    values = torch.tensor([[1.0, 3.0], [4.0, 6.0]])
    assert reduce_outputs(values, over_outputs).tolist() == expected
    assert reduce_outputs(values, "joint") is values


def test_rows_of_weight_zero_are_absent_even_if_infinite():
    rows = torch.tensor([[1.0, 3.0, math.inf], [math.nan, 2.0, 4.0]], requires_grad=True)
    weight = torch.tensor([[1.0, 3.0, 0.0], [0.0, 1.0, 1.0]])
    mean = average_rows(rows, weight)
    assert mean.tolist() == [2.5, 3.0]
    mean.sum().backward()
    assert rows.grad.tolist() == [[0.25, 0.75, 0.0], [0.0, 0.5, 0.5]]


def test_the_mean_of_no_rows_is_zero():
    rows = torch.tensor([5.0, 7.0], requires_grad=True)
    mean = average_rows(rows, torch.zeros(2))
    mean.backward()
    assert (mean.item(), rows.grad.tolist()) == (0.0, [0.0, 0.0])


@pytest.mark.parametrize(
    ("scalar", "reference"),
    [
        (rowmath.exp, torch.exp),
        (rowmath.log, torch.log),
        (rowmath.softplus, lambda x: torch.logaddexp(x, torch.zeros_like(x))),
        (rowmath.sigmoid, torch.sigmoid),
    ],
)
@given(x=st.floats(-1e6, 1e6) | st.sampled_from([0.0, 709.78, 710.0, -746.0, math.nan]))
@settings(max_examples=80, deadline=None)
def test_scalar_functions_agree_with_torch(scalar, reference, x):
    expected = reference(torch.tensor(x, dtype=torch.float64)).item()
    assert scalar(x) == pytest.approx(expected, rel=1e-12, abs=1e-300, nan_ok=True)


@EVERY_LOSS
def test_what_is_not_a_number_stays_so_in_torch_and_kernel(loss):
    for edges, targets_at_edges in edge_batches(loss):
        prediction, target = torch.full_like(edges[:1], math.nan), targets_at_edges[:1]
        values, _ = battery.values_and_gradients(loss, prediction, target)
        by_kernel, _ = battery.by_row_kernel(loss, prediction, target)
        assert values.isnan().all()
        assert by_kernel.isnan().all()


@pytest.mark.parametrize("task", TASKS)
def test_losses_have_equal_gradients_exactly_if_they_say_so(task):
    """Under the usual heads, ``same_as`` misses no pair and claims none too many."""
    usual = [objective(name, task, n_classes=3) for name in list_losses(task)]
    gradients = [battery.gradient_in_z(built) for built in usual]
    for one, its in zip(usual, gradients, strict=True):
        for other, theirs in zip(usual, gradients, strict=True):
            alike = its.shape == theirs.shape and torch.allclose(its, theirs, rtol=1e-9)
            said = one is other or other.loss.name in one.loss.same_as.get(task, ())
            assert alike == said, f"{one.label}, {other.label}"
