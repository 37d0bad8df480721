"""Loss surfaces of networks: planes, grids, true losses, and the outcome of each path."""

import itertools

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from landscape_samples import SMALL, moons, moons_table, problem
from losslab import MLP, Trainer, objective
from losslab.core.errors import ObjectiveError, OptionError, UnknownNameError
from losslab.experiment.landscape.plane import (
    Plane,
    Trajectories,
    count_weights,
    flatten_layers,
    list_places,
    make_axes,
    split_layers,
)
from losslab.experiment.landscape.planes import PLANES
from losslab.experiment.landscape.problem import compute_mean_losses
from losslab.experiment.landscape.trajectory import record_training
from losslab.report.landscape.landscape import landscape


def trajectories(points, sizes, seed=0):
    return Trajectories(points=points, end=points[-1], sizes=sizes, seed=seed)


def losses_at(found, points):
    return compute_mean_losses(found, len(points), lambda part: points[part])


def by_trainer(run, found, point):
    """The loss at weights, by the plain trainer on a network of its own."""
    model = MLP(found.sizes[0], run.hidden, found.sizes[-1], run.activation)
    model.to(found.features.dtype)
    layers = [(w[0], b[0, 0]) for w, b in split_layers(point[np.newaxis], found.sizes)]
    model.set_weights(layers)
    with torch.no_grad():
        return float(found.objective(model(found.features), found.target))


@pytest.mark.parametrize("sizes", [(3, 1), (4, 6, 2), (2, 5, 7, 3)])
def test_weights_in_one_row_come_back_as_layers(sizes):
    random = np.random.default_rng(0)
    layers = [(random.normal(size=s), random.normal(size=s[1])) for s in itertools.pairwise(sizes)]
    row = flatten_layers(layers)
    assert row.shape == (count_weights(sizes),)
    for (weights, biases), (w, b) in zip(split_layers(row[None], sizes), layers, strict=True):
        np.testing.assert_array_equal(weights[0], w)
        np.testing.assert_array_equal(biases[0, 0], b)


def test_the_pca_plane_is_orthonormal_and_explains_what_scikit_learn_says():
    _, found, trajectory = problem(optimizer="adam")
    plane = PLANES["pca"].choose(trajectories(trajectory.points, found.sizes))
    np.testing.assert_allclose(plane.basis @ plane.basis.T, np.eye(2), atol=1e-12)
    oracle = PCA(n_components=2).fit(trajectory.points)
    np.testing.assert_allclose(plane.explained, oracle.explained_variance_ratio_, rtol=1e-9)
    overlap = np.abs(plane.basis @ oracle.components_.T)
    np.testing.assert_allclose(overlap, np.eye(2), atol=1e-9)


def test_the_start_lies_left_of_the_best_end_and_above_it_on_the_pca_plane():
    for seed in range(4):
        _, found, trajectory = problem(seed=seed)
        plane = PLANES["pca"].choose(trajectories(trajectory.points, found.sizes))
        (x, y), end = (
            plane.project(trajectory.points[:1])[0],
            plane.project(trajectory.points[-1:])[0],
        )
        assert x < 0 <= y + 1e-12
        np.testing.assert_allclose(end, 0, atol=1e-12)


def test_a_straight_path_gets_a_second_direction_at_right_angles():
    direction = np.array([3.0, 0.0, 4.0, 0.0])
    points = np.outer([0.0, 0.5, 1.0], direction)
    plane = PLANES["pca"].choose(trajectories(points, (1, 2)))
    np.testing.assert_allclose(plane.basis @ plane.basis.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(np.abs(plane.basis[0]), direction / 5, atol=1e-12)
    assert plane.explained == (1.0, 0.0)


def test_paths_that_do_not_move_have_no_pca_plane_but_a_random_one():
    points = np.ones((3, 4))
    with pytest.raises(OptionError, match="trajectories that move"):
        PLANES["pca"].choose(trajectories(points, (1, 2)))
    assert PLANES["random"].choose(trajectories(points, (1, 2))).explained == (0.0,)


def test_random_directions_have_the_norm_of_each_trained_unit_and_leave_biases_alone():
    _, found, trajectory = problem()
    plane = PLANES["random"].choose(trajectories(trajectory.points, found.sizes))
    trained = split_layers(trajectory.points[-1:], found.sizes)
    for (weights, biases), (end, _) in zip(
        split_layers(plane.basis, found.sizes), trained, strict=True
    ):
        for direction in weights:
            for unit in range(direction.shape[1]):
                by_hand = sum(value**2 for value in end[0][:, unit]) ** 0.5
                assert np.sqrt((direction[:, unit] ** 2).sum()) == pytest.approx(by_hand)
        assert not biases.any()
    assert abs(np.corrcoef(plane.basis)[0, 1]) < 0.5


def test_random_directions_depend_on_the_seed_alone():
    _, found, trajectory = problem()
    same, again, other = (
        PLANES["random"].choose(trajectories(trajectory.points, found.sizes, seed)).basis
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(same, again)
    assert not np.allclose(same, other)


def test_the_share_of_variance_in_a_random_plane_is_that_of_the_projected_points():
    _, found, trajectory = problem(optimizer="adam")
    plane = PLANES["random"].choose(trajectories(trajectory.points, found.sizes))
    q, _ = np.linalg.qr(plane.basis.T)
    centered = trajectory.points - trajectory.points.mean(axis=0)
    by_hand = np.square(centered @ q).sum() / np.square(centered).sum()
    assert plane.explained == (pytest.approx(by_hand, rel=1e-9),)


def test_places_are_the_nearest_ones_also_where_directions_are_not_orthogonal():
    random = np.random.default_rng(1)
    basis, origin = random.normal(size=(2, 7)), random.normal(size=7)
    plane = Plane(origin=origin, basis=basis, explained=())
    there = np.array([[0.3, -2.0], [1.0, 1.0]])
    np.testing.assert_allclose(plane.project(plane.embed(there)), there)
    np.testing.assert_allclose(plane.measure_distances(plane.embed(there)), 0, atol=1e-12)
    point = random.normal(size=(1, 7))
    rest = (point - plane.embed(plane.project(point)))[0]
    np.testing.assert_allclose(basis @ rest, 0, atol=1e-12)
    assert plane.measure_distances(point)[0] == pytest.approx(np.linalg.norm(rest))


@pytest.mark.parametrize("resolution", [3, 10, 51])
def test_the_grid_is_square_holds_every_place_and_has_the_best_end_as_a_point(resolution):
    places = np.array([[-6.0, 1.0], [0.0, 0.0], [1.0, -2.0]])
    x, y = make_axes(places, resolution)
    assert len(x) == len(y) == resolution
    assert 0.0 in x
    assert 0.0 in y
    assert np.ptp(x) == pytest.approx(np.ptp(y))
    if resolution > 3:  # a step is then smaller than the margin
        assert x[0] <= -6
        assert x[-1] >= 1
    assert list_places(x, y).shape == (resolution**2, 2)


@pytest.mark.parametrize(
    ("loss", "task", "activation", "hidden"),
    [
        ("mse", "binary", "relu", (6, 4)),
        ("bce_with_logits", "binary", "tanh", (5,)),
        ("bce", "binary", "gelu", (5,)),
        ("hinge", "binary", "silu", ()),
        ("cross_entropy", "multiclass", "leaky_relu", (7,)),
        ("kl_div", "multiclass", "relu", (7,)),
        ("huber", "regression", "relu", (6, 4)),
        ("poisson_nll", "count", "relu", (4,)),
    ],
)
def test_the_grid_has_the_trainers_loss_at_those_weights(loss, task, activation, hidden):
    run, found, trajectory = problem(loss, task, hidden, activation=activation)
    plane = PLANES["pca"].choose(trajectories(trajectory.points, found.sizes))
    places = list_places(np.linspace(-2, 2, 5), np.linspace(-1, 1, 4))
    points = plane.embed(places)
    values = compute_mean_losses(found, len(points), lambda part: plane.embed(places[part]))
    expected = [by_trainer(run, found, point) for point in points]
    np.testing.assert_allclose(values, expected, rtol=1e-6, atol=1e-7)


def test_a_float64_run_is_measured_to_float64():
    run, found, trajectory = problem(dtype="float64")
    values = compute_mean_losses(
        found, len(trajectory.points), lambda part: trajectory.points[part]
    )
    expected = [by_trainer(run, found, point) for point in trajectory.points]
    np.testing.assert_allclose(values, expected, rtol=1e-13)


@pytest.mark.parametrize("budget", [1, 2000, 20_000, 10**9])
def test_losses_do_not_depend_on_the_size_of_chunks(budget):
    _, found, trajectory = problem("bce_with_logits", rows=200)
    at_once = compute_mean_losses(
        found, len(trajectory.points), lambda part: trajectory.points[part]
    )
    parts = []

    def points(part):
        parts.append(part)
        return trajectory.points[part]

    in_parts = compute_mean_losses(found, len(trajectory.points), points, budget=budget)
    np.testing.assert_allclose(in_parts, at_once, rtol=1e-6)
    assert sum(part.stop - part.start for part in parts) == len(trajectory.points)
    if budget <= 2000:
        assert len(parts) == len(trajectory.points)


def test_a_users_loss_of_all_rows_at_once_is_measured_one_network_after_the_other():
    def worst(prediction, target):
        return (prediction - target).square().max()

    run, found, trajectory = problem(worst, "regression")
    values = compute_mean_losses(
        found, len(trajectory.points), lambda part: trajectory.points[part]
    )
    expected = [by_trainer(run, found, point) for point in trajectory.points]
    np.testing.assert_allclose(values, expected, rtol=1e-6)


def test_outputs_that_overflow_are_not_finite_and_raise_no_error():
    _, found, trajectory = problem("mse", "regression")
    far = np.stack([trajectory.points[-1], np.full(trajectory.points.shape[1], 1e30)])
    values = compute_mean_losses(found, 2, lambda part: far[part])
    assert np.isfinite(values[0])
    assert not np.isfinite(values[1])


def test_a_trajectory_ends_where_the_trainer_ends_and_keeps_early_steps():
    from landscape_samples import toy
    from losslab.training.engines.looped import train_looped

    run, found, trajectory = problem(optimizer="adam")
    (result,) = train_looped([run], [toy()])
    np.testing.assert_array_equal(trajectory.points[-1], flatten_layers(result.layers))
    assert trajectory.steps.tolist() == [0, 1, 2, 4, 5, 10]  # five batches in each of two epochs
    assert trajectory.lost_at is None
    assert record_training(run, found).points.tobytes() == trajectory.points.tobytes()


def test_all_optimizers_start_from_the_same_weights_and_loss():
    for surface in moons(optimizer="sgd,adam,rmsprop").result.surfaces:
        assert len({path.loss[0] for path in surface.paths}) == 1
        assert len({path.places[0].tobytes() for path in surface.paths}) == 1


@pytest.mark.parametrize("plane", ["pca", "random"])
def test_the_best_end_is_a_point_of_the_grid_with_its_true_loss(plane):
    for surface in moons(plane).result.surfaces:
        best = min(surface.paths, key=lambda path: path.loss[-1])
        i, j = surface.x.tolist().index(0.0), surface.y.tolist().index(0.0)
        assert surface.values[j, i] == pytest.approx(best.loss[-1], rel=1e-6)
        np.testing.assert_allclose(best.places[-1], 0, atol=1e-9)
        assert best.away[-1] == pytest.approx(0, abs=1e-9)
        assert best.on_plane[-1] == pytest.approx(best.loss[-1], rel=1e-6)


def test_true_losses_are_those_of_a_fresh_training_by_the_public_trainer():
    X, y = moons_table()
    surface = moons(optimizer="sgd", lr=0.1).result.surfaces[1]
    path = surface.paths[0]
    goal = objective("bce_with_logits", task="binary")
    from losslab.training.initialization import draw_batch_order

    model = MLP(2, SMALL["hidden"], 1, seed=0)
    trainer = Trainer(model, goal, "sgd", lr=0.1, progress=False)
    target = torch.tensor(y, dtype=torch.float32)[:, None]

    def loss():
        with torch.no_grad():
            return float(torch.nn.BCEWithLogitsLoss()(model(X), target))

    found = [loss()]
    for epoch in range(SMALL["epochs"]):
        for rows in torch.from_numpy(draw_batch_order(len(y), 0, epoch)).split(32):
            trainer.step(X[rows], target[rows])
        found.append(loss())
    ends = [path.loss[path.epochs.tolist().index(epoch)] for epoch in range(SMALL["epochs"] + 1)]
    np.testing.assert_allclose(ends, found, rtol=1e-6)


def test_a_diverged_run_is_drawn_up_to_there_and_does_not_disturb_the_others():
    alone = moons(optimizer="sgd", lr=0.1).result.surfaces[1].paths[0]
    both = moons(optimizer="sgd", lr="0.1,1e4").result
    good, bad = both.surfaces[1].paths
    assert (good.outcome, bad.outcome) == ("descends", "diverges")
    assert "diverges in epoch 1" in bad.description
    # Products of other sizes may be summed in another order.
    np.testing.assert_allclose(good.loss, alone.loss, rtol=1e-6)
    assert len(bad.loss) < len(good.loss)
    assert (bad.loss <= 10 * bad.loss[0]).all()


def test_runs_that_all_diverge_at_once_are_refused_with_a_smaller_rate():
    with pytest.raises(OptionError, match="goes down") as caught:
        landscape("moons", optimizer="sgd", lr=1e20, **SMALL)
    assert "--lr" in caught.value.fix


def test_weights_that_do_not_move_are_refused_with_larger_steps_or_another_plane():
    with pytest.raises(OptionError, match="trajectories that move"):
        landscape("moons", lr=1e-30, **SMALL)
    found = landscape("moons", lr=1e-30, plane="random", **SMALL)
    assert {path.outcome for path in found.result.surfaces[0].paths} == {"stays"}


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"loss": "mes"}, UnknownNameError, "mse"),
        ({"optimizer": "adm"}, UnknownNameError, "adam"),
        ({"plane": "pac"}, UnknownNameError, "pca"),
        ({"activation": "rellu"}, UnknownNameError, "relu"),
        ({"loss": "poisson_nll"}, ObjectiveError, "--loss 'poisson_nll'|--loss poisson_nll"),
        ({"resolution": 2}, OptionError, "at least 3 and at most 301"),
        ({"resolution": 302}, OptionError, "at least 3 and at most 301"),
        (
            {"resolution": "x"},
            OptionError,
            "a whole number of at least 3 and at most 301 for --resolution",
        ),
        ({"epochs": 0}, OptionError, "at least 1 for --epochs"),
        ({"seed": -1}, OptionError, "at least 0 for --seed"),
        ({"batch_size": 0}, OptionError, "at least 1 for --batch-size"),
        ({"lr": -1}, OptionError, "a learning rate above 0 for --lr"),
        ({"loss": ""}, OptionError, "at least one loss"),
        ({"optimizer": ""}, OptionError, "at least one value for --optimizer"),
        ({"optimizer": "sgd(nesterov=1)"}, OptionError, "momentum above 0"),
        ({"hidden": [(8,), (4,)]}, OptionError, "one network for --hidden"),
        ({"activation": "relu,tanh"}, OptionError, "one name for --activation"),
        ({"lr": list(np.linspace(0.01, 0.1, 7))}, OptionError, "at most 12 paths"),
    ],
)
def test_bad_options_are_refused_with_one_clear_error(options, error, message):
    with pytest.raises(error, match=message):
        landscape("moons", **{**SMALL, **options})


def test_repeated_options_are_trained_once():
    found = moons(loss="mse,mse", optimizer="sgd,sgd", lr="0.1,0.1").result
    assert [len(surface.paths) for surface in found.surfaces] == [1]


@pytest.mark.parametrize(
    ("name", "loss"), [("iris", "cross_entropy"), ("diabetes", "mse"), ("moons", "bce_with_logits")]
)
def test_without_a_loss_the_usual_one_of_the_task_is_taken(name, loss):
    found = landscape(name, hidden="none", epochs=1, resolution=3).result
    assert [surface.title.split(" on ")[0] for surface in found.surfaces] == [loss]


def test_titanic_has_its_51_by_51_grid(real_data):
    real_data("titanic.csv")
    found = landscape("titanic", loss="mse", epochs=2).result
    assert found.n_rows == 714
    assert found.surfaces[0].values.shape == (51, 51)
    assert np.isfinite(found.surfaces[0].values).all()
