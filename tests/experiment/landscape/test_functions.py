"""Plain functions of two parameters: their formulas, minima, and descents on them."""

import math

import numpy as np
import pytest
import torch

from landscape_samples import plain
from losslab.core.errors import OptionError, UnknownNameError
from losslab.data.catalog import DATASETS
from losslab.experiment.landscape.function import Function
from losslab.experiment.landscape.functions import FUNCTIONS
from losslab.experiment.landscape.planes import PLANES
from losslab.experiment.landscape.trajectory import count_before_divergence
from losslab.report.landscape.landscape import landscape

BY_HAND = {
    "rosenbrock": lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    "himmelblau": lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
    "saddle": lambda x, y: x**2 - y**2 + 0.5 * y**4,
    "valley": lambda x, y: 0.5 * (x**2 + 25 * y**2),
}
GRADIENTS = {
    "rosenbrock": lambda x, y: (-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)),
    "himmelblau": lambda x, y: (
        4 * x * (x**2 + y - 11) + 2 * (x + y**2 - 7),
        2 * (x**2 + y - 11) + 4 * y * (x + y**2 - 7),
    ),
    "saddle": lambda x, y: (2 * x, -2 * y + 2 * y**3),
    "valley": lambda x, y: (x, 25 * y),
}
every_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)


@pytest.mark.parametrize("catalog", [FUNCTIONS, PLANES], ids=["functions", "planes"])
def test_every_entry_says_what_it_shows_and_where_it_is_from(catalog):
    assert all(len(spec.summary.split()) >= 3 and spec.reference for spec in catalog.values())


def test_no_plain_function_has_the_name_of_a_data_set():
    assert not set(FUNCTIONS) & set(DATASETS)


@every_function
def test_a_function_is_its_formula(function):
    points = np.random.default_rng(0).uniform(-3, 3, size=(50, 2))
    expected = [BY_HAND[function.name](x, y) for x, y in points]
    np.testing.assert_allclose(function.evaluate(points), expected, rtol=1e-12)
    assert function.formula.count("x") >= 1
    assert function.formula.count("{") == function.formula.count("}")


@every_function
def test_gradients_are_exact(function):
    x, y = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (1.3, -0.7))
    function.fn(x, y).backward()
    assert (float(x.grad), float(y.grad)) == pytest.approx(GRADIENTS[function.name](1.3, -0.7))


@every_function
def test_minima_are_flat_and_equally_low_and_nothing_in_view_is_lower(function):
    at = function.evaluate(np.array(function.minima))
    np.testing.assert_allclose(at, at[0], atol=1e-12)
    assert function.lowest == pytest.approx(at[0], abs=1e-12)
    for x, y in function.minima:
        assert np.allclose(GRADIENTS[function.name](x, y), 0, atol=1e-9)
    grid = np.stack(
        np.meshgrid(*(np.linspace(*ends, 101) for ends in function.view)), axis=-1
    ).reshape(-1, 2)
    assert (function.evaluate(grid) >= at[0] - 1e-9).all()
    for point in (function.start, *function.minima):
        assert all(
            low < value < high for value, (low, high) in zip(point, function.view, strict=True)
        )


@every_function
def test_small_steps_crawl_medium_ones_arrive_and_large_ones_of_sgd_diverge(function):
    outcomes = [
        surface.paths[0].outcome
        for surface in plain(function.name, optimizer="sgd").result.surfaces
    ]
    assert outcomes == ["crawls", "arrives", "diverges"]


@every_function
def test_adam_crawls_with_small_steps_and_arrives_with_medium_ones(function):
    outcomes = [
        surface.paths[0].outcome
        for surface in plain(function.name, optimizer="adam").result.surfaces
    ]
    assert outcomes[:2] == ["crawls", "arrives"]


def test_sgd_on_the_valley_shrinks_each_axis_by_its_own_factor():
    (surface,) = plain("valley", optimizer="sgd", lr=0.03).result.surfaces
    path = surface.paths[0]
    steps = np.arange(101)
    x, y = FUNCTIONS["valley"].start
    expected = np.stack([x * (1 - 0.03) ** steps, y * (1 - 0.75) ** steps], axis=1)
    np.testing.assert_allclose(path.places, expected, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(path.loss, BY_HAND["valley"](*path.places.T), rtol=1e-12)
    np.testing.assert_allclose(path.on_plane, path.loss, rtol=1e-12)
    assert not path.away.any()


@pytest.mark.parametrize(("lr", "outcome"), [(0.0799, "crawls"), (0.0801, "bounces")])
def test_the_valleys_limit_is_where_theory_puts_it(lr, outcome):
    path = plain("valley", optimizer="sgd", lr=lr, epochs=30).result.surfaces[0].paths[0]
    assert (abs(path.places[-1, 1]) > abs(path.places[0, 1])) == (lr > 2 / 25)
    assert path.outcome == ("bounces" if lr > 0.08 else outcome)


@pytest.mark.parametrize(
    ("optimizer", "build"),
    [
        ("sgd(momentum=0.9)", lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9)),
        ("adam", lambda p: torch.optim.Adam(p, lr=0.01)),
        ("rmsprop", lambda p: torch.optim.RMSprop(p, lr=0.01)),
    ],
)
def test_descents_are_those_of_torch_optim(optimizer, build):
    (surface,) = plain("himmelblau", optimizer=optimizer, lr=0.01, epochs=20).result.surfaces
    point = torch.tensor(FUNCTIONS["himmelblau"].start, dtype=torch.float64, requires_grad=True)
    optim = build([point])
    for expected in surface.paths[0].places:
        np.testing.assert_allclose(point.detach().numpy(), expected, rtol=1e-12)
        optim.zero_grad()
        BY_HAND["himmelblau"](*point.unbind()).backward()
        optim.step()


def test_each_learning_rate_has_its_own_picture_with_every_optimizer():
    found = plain("saddle", optimizer="sgd,adam", lr="0.01,0.1").result
    assert [surface.title for surface in found.surfaces] == ["lr 0.01", "lr 0.1"]
    for surface in found.surfaces:
        assert [path.optimizer for path in surface.paths] == ["sgd", "adam"]
    assert found.steps_an_epoch == found.n_rows == 0
    assert found.surfaces[0].values.shape == (201, 201)


def test_a_path_is_truncated_far_from_the_view():
    path = plain("rosenbrock", optimizer="sgd", lr=0.01, epochs=50).result.surfaces[0].paths[0]
    assert path.outcome == "diverges"
    assert len(path.steps) < 10
    assert np.isfinite(path.loss).all()


def test_a_user_defined_function_has_a_landscape_too():
    bowl = Function(name="bowl", fn=lambda x, y: x**2 + y**2, start=(1.0, 1.0))
    found = landscape(bowl, optimizer="sgd", lr=0.5, epochs=1, resolution=5)
    np.testing.assert_allclose(found.result.surfaces[0].paths[0].places[-1], 0, atol=1e-12)
    assert found.result.surfaces[0].values[0, 0] == 8.0
    assert math.isnan(found.result.lowest)
    assert found.result.surfaces[0].paths[0].outcome == "descends"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fn": lambda x, y, z: x + y + z}, "two parameters"),
        ({"fn": lambda x: x}, "two parameters"),
        ({"start": (1.0, 2.0, 3.0)}, "two numbers in start"),
        ({"minima": ((1.0,),)}, "two numbers in minima"),
        ({"start": (1.0, math.nan)}, "finite numbers in start"),
        ({"view": ((1.0, 1.0), (0.0, 1.0))}, "each end of its view"),
    ],
)
def test_a_function_without_exactly_two_parameters_is_refused(changes, message):
    with pytest.raises(OptionError, match=message):
        Function(**{"name": "own", "fn": lambda x, y: x * y, "start": (1.0, 1.0), **changes})


def test_a_start_without_a_value_is_refused():
    steep = Function(name="log", fn=lambda x, y: (x + y).log(), start=(-1.0, -1.0))
    with pytest.raises(OptionError, match="finite value of 'log' at its start"):
        landscape(steep)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("target", "y"), ("loss", "mse"), ("hidden", "8"), ("activation", "tanh"),
        ("batch_size", 16), ("plane", "random"), ("impute", True), ("features", ["x"]),
    ],
)  # fmt: skip
def test_options_of_networks_are_refused_for_a_plain_function(option, value):
    with pytest.raises(OptionError, match=f"needed no --{option.replace('_', '-')} for 'saddle'"):
        landscape("saddle", **{option: value})


def test_a_misspelt_function_name_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'rosenbrock'"):
        landscape("rosenbrok")


def test_points_are_kept_until_the_loss_is_far_above_the_start():
    assert count_before_divergence(np.array([1.0, 9.9, 2.0]), 0.5) == 3
    assert count_before_divergence(np.array([1.0, 10.1, 2.0]), 0.5) == 1
    assert count_before_divergence(np.array([1.0, np.nan, 2.0]), 0.5) == 1
    assert (
        count_before_divergence(np.array([-1.0, 0.5, -2.0]), -3.0) == 3
    )  # the way down is a measure too
