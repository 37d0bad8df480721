"""A loss's value and gradient along its axis."""

import math

import numpy as np
import pytest
import torch

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import POSITIVE, REALS
from losslab.core.errors import ContractError
from losslab.losses.catalog import LOSSES
from losslab.losses.curve import compute_curves
from losslab.losses.custom import wrap_custom_loss
from losslab.losses.spec import Loss

ALL = [(name, curve) for name, loss in LOSSES.items() for curve in compute_curves(loss)]
IDS = [f"{name} {curve.axis} {curve.case}" for name, curve in ALL]

# What each loss costs at one point of its axis, worked out by hand.
BY_HAND = {
    "l1": (-2.0, 2.0),
    "mse": (-2.0, 4.0),
    "huber": (-2.0, 1.5),
    "smooth_l1": (2.0, 1.5),
    "log_cosh": (2.0, math.log(math.cosh(2.0))),
    "bce": (0.5, math.log(2)),
    "bce_with_logits": (-1.0, math.log(1 + math.e)),
    "hinge": (-1.0, 2.0),
    "squared_hinge": (-1.0, 4.0),
    "focal": (0.0, 0.25 * math.log(2)),
    "cross_entropy": (-1.0, math.log(1 + math.e)),
    "nll": (-1.505, 1.505),
    "kl_div": (-1.505, 1.505),
    "cosine_embedding": (0.0, 1.0),
    "multi_margin": (-1.0, 1.0),
    "poisson_nll": (1.0, math.e - 3.0),
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_value_at_one_point_is_what_the_formula_gives(name):
    curve = compute_curves(LOSSES[name])[0]
    x, value = BY_HAND[name]
    assert np.interp(x, curve.x, curve.value) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(("name", "curve"), ALL, ids=IDS)
def test_the_gradient_is_how_fast_the_value_changes(name, curve):
    assert np.isfinite(curve.value).all()
    assert np.isfinite(curve.gradient).all()
    # Between two points the value changes by the mean of their gradients, but for a kink or a pole.
    changes = np.diff(curve.value) / np.diff(curve.x)
    off = np.abs(changes - (curve.gradient[1:] + curve.gradient[:-1]) / 2)
    assert np.quantile(off, 0.9) < 0.02
    assert np.median(off) < 5e-3


@pytest.mark.parametrize(("name", "curve"), ALL, ids=IDS)
def test_a_curve_runs_from_end_to_end_of_its_axis(name, curve):
    low, high = curve.span
    assert (np.diff(curve.x) > 0).all()
    assert low <= curve.x[0] <= low + 0.01
    assert high - 0.01 <= curve.x[-1] <= high


def test_pairs_that_are_not_alike_have_a_curve_of_their_own():
    alike, apart = compute_curves(LOSSES["cosine_embedding"].bind(margin=0.5))
    assert (alike.case, apart.case) == ("y = 1", "y = -1")
    np.testing.assert_allclose(alike.value, 1 - alike.x, atol=1e-9)
    np.testing.assert_allclose(apart.value, np.maximum(0, apart.x - 0.5), atol=1e-9)


def test_a_form_by_class_follows_the_lead_of_the_true_class():
    score, lead = compute_curves(LOSSES["focal"])
    assert score.axis != lead.axis
    np.testing.assert_allclose(score.value, lead.value)


def test_bound_parameters_change_the_curve_and_its_name():
    (steep,) = compute_curves(LOSSES["huber"].bind(delta=2.0))
    assert steep.loss == "huber(delta=2)"
    assert steep.gradient.max() == 2.0


def test_a_users_function_that_reduces_is_followed_row_by_row():
    (curve,) = compute_curves(
        wrap_custom_loss(lambda prediction, target: ((prediction - target) ** 4).mean())
    )
    np.testing.assert_allclose(curve.value, curve.x**4, rtol=1e-5)
    np.testing.assert_allclose(curve.gradient, 4 * curve.x**3, rtol=1e-5)


def test_a_users_function_without_a_gradient_has_no_gradient():
    (curve,) = compute_curves(wrap_custom_loss(lambda p, t: ((p > 0) != (t > 0)).float()))
    assert set(curve.value) == {0.0, 1.0}
    assert np.isnan(curve.gradient).all()


def test_a_loss_of_positive_values_is_drawn_where_it_is_defined():
    gamma = Loss(
        name="gamma",
        tasks=("regression",),
        fn=lambda prediction, target: prediction.log() + target / prediction,
        prediction=Domain(kinds=(Kind.VALUE,), within=POSITIVE),
        target=Domain(kinds=(Kind.VALUE,), within=POSITIVE),
    )
    (curve,) = compute_curves(gamma)
    assert np.isfinite(curve.value[1:]).all()
    assert curve.x[np.argmin(curve.value[1:]) + 1] == pytest.approx(0.0, abs=1e-6)


def test_a_loss_of_distributions_is_drawn_over_the_true_class():
    spherical = Loss(
        name="spherical",
        tasks=("multiclass",),
        fn=lambda prediction, target: -(prediction * target).sum(-1) / prediction.norm(dim=-1),
        prediction=Domain(
            kinds=(Kind.PROBABILITY,),
            within=LOSSES["bce"].prediction.within,
            over_outputs=True,
            sums_to_one=True,
        ),
        target=Domain(kinds=(Kind.PROBABILITY,), within=REALS, over_outputs=True),
        over_outputs="joint",
    )
    (curve,) = compute_curves(spherical)
    assert curve.axis == "probability of the true class"
    assert (np.diff(curve.value) < 0).all()


def test_a_function_that_cannot_take_such_rows_is_refused_with_what_it_said():
    weighted = wrap_custom_loss(torch.nn.CrossEntropyLoss(weight=torch.ones(3)))
    with pytest.raises(ContractError, match="RuntimeError: weight tensor"):
        compute_curves(weighted)


def test_curves_can_be_drawn_where_gradients_are_off():
    with torch.no_grad():
        (curve,) = compute_curves(LOSSES["mse"])
    assert curve.gradient[0] == -6.0
