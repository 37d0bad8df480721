"""What any kind of fitted model answers over two features, and what is refused."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier
from sklearn.ensemble import VotingClassifier as Voting
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from torch import nn

from boundary_samples import list_grid_points, make_clouds, make_rows
from losslab import MLP, Run, train
from losslab.core.errors import DataError, LosslabError, OptionError
from losslab.course import SimpleMLP
from losslab.plots.boundary.rows import prepare_rows
from losslab.plots.boundary.surface import prepare

PROBABILITY = {
    "logistic": LogisticRegression(),
    "forest": RandomForestClassifier(20, random_state=0),
    "mlp": MLPClassifier((16,), max_iter=300, random_state=0),
    "neighbours": KNeighborsClassifier(5),
    "pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
    "search": GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2),
}
SCORE = {"ridge": RidgeClassifier(), "svc": SVC(), "linear svc": LinearSVC()}
CLASS = {
    "hard votes": Voting([("a", LogisticRegression()), ("b", RidgeClassifier())], voting="hard"),
    "svc of pairs": SVC(decision_function_shape="ovo"),
}
SIZE = 21

both = pytest.mark.parametrize("n_classes", [2, 3])


def by_name(models):
    return pytest.mark.parametrize("model", models.values(), ids=models)


def fitted(model, n_classes=2):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(*make_clouds(n_classes))


@both
@by_name(PROBABILITY)
def test_probabilities_are_the_models_own_at_every_point_of_the_grid(model, n_classes):
    data = prepare(fitted(model, n_classes), make_rows(n_classes), resolution=SIZE)
    assert data.kind == "probability"
    expected = model.predict_proba(list_grid_points(data)).reshape(SIZE, SIZE, n_classes)
    np.testing.assert_allclose(data.values, expected, atol=1e-12)
    assert data.view[0] < make_rows(n_classes).X[:, 0].min() < data.view[0] + 1


@both
@by_name(SCORE)
def test_without_probabilities_the_scores_decide_as_predict_does(model, n_classes):
    data = prepare(fitted(model, n_classes), make_rows(n_classes), resolution=SIZE)
    predicted = model.predict(list_grid_points(data)).reshape(SIZE, SIZE)
    np.testing.assert_array_equal(data.winner, predicted)
    if n_classes == 2:
        assert data.kind == "score"
        lead = data.values[..., 1] - data.values[..., 0]
        np.testing.assert_allclose(
            lead.ravel(), model.decision_function(list_grid_points(data)), atol=1e-12
        )
        assert data.certainty.max() == 1.0
        np.testing.assert_allclose(data.certainty, np.abs(lead) / np.abs(lead).max())


@by_name(CLASS)
def test_with_neither_the_predicted_classes_are_drawn(model):
    data = prepare(fitted(model, 3), make_rows(3), resolution=SIZE)
    assert data.kind == "class"
    predicted = model.predict(list_grid_points(data)).reshape(SIZE, SIZE)
    np.testing.assert_array_equal(data.winner, predicted)
    assert (data.certainty == 1.0).all()


def test_a_model_may_name_its_classes_and_columns_as_it_likes():
    X, y = make_clouds()
    table = pd.DataFrame(X, columns=["length (cm)", "width (cm)"])
    labels = np.where(y == 0, "b", "a")
    model = LogisticRegression().fit(table, labels)
    data = prepare(model, prepare_rows(table, labels), resolution=SIZE)
    assert data.classes == ("a", "b")
    assert data.axes == ("length (cm)", "width (cm)")
    np.testing.assert_array_equal(data.codes, 1 - y)
    probability = model.predict_proba(pd.DataFrame(list_grid_points(data), columns=table.columns))
    np.testing.assert_allclose(data.values.reshape(-1, 2), probability)


def test_a_model_that_only_predicts_is_enough():
    class Rule:
        def predict(self, X):
            return (X[:, 0] > 0).astype(int)

    data = prepare(Rule(), make_rows(), resolution=SIZE)
    np.testing.assert_array_equal(data.winner.ravel(), list_grid_points(data)[:, 0] > 0)


def test_rows_are_right_where_the_model_predicts_their_label():
    model, given = fitted(LogisticRegression()), make_rows()
    data = prepare(model, given, resolution=SIZE)
    np.testing.assert_array_equal(data.correct, model.predict(given.X) == given.y)
    assert data.is_test.sum() == 12
    np.testing.assert_array_equal(data.points, given.X)


# Results of losslab.


def trained(n_classes=2, **settings):
    X, y = make_clouds(n_classes)
    task = "binary" if n_classes == 2 else "multiclass"
    run = Run(task=task, n_classes=n_classes, hidden=(8,), epochs=5, lr=0.01, **settings)
    (result,) = train([run], X, y, engine="trainer")
    return result


def forward(layers, X):
    """Compute an MLP's output layer by layer."""
    for place, (weights, biases) in enumerate(layers):
        X = X @ weights + biases
        X = np.maximum(X, 0.0) if place < len(layers) - 1 else X
    return X


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_result_is_its_network_through_its_head(dtype):
    result = trained(loss="bce_with_logits", dtype=dtype)
    data = prepare(result, make_rows(), resolution=SIZE)
    assert data.kind == "probability"
    second = 1 / (1 + np.exp(-forward(result.layers, list_grid_points(data))[:, 0]))
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(data.values[..., 1].ravel(), second, atol=tolerance)
    np.testing.assert_allclose(data.values.sum(-1), 1.0)


def test_a_result_of_several_classes_is_a_softmax():
    result = trained(3, loss="cross_entropy", dtype="float64")
    data = prepare(result, make_rows(3), resolution=SIZE)
    z = np.exp(forward(result.layers, list_grid_points(data)))
    np.testing.assert_allclose(data.values.reshape(-1, 3), z / z.sum(1, keepdims=True), atol=1e-9)


@pytest.mark.parametrize(
    ("loss", "settings", "kind"),
    [("mse", {}, "probability"), ("mse", {"head": "identity"}, "score"), ("hinge", {}, "score")],
)
def test_other_losses_decide_as_their_objective_does(loss, settings, kind):
    result = trained(loss=loss, dtype="float64", **settings)
    data = prepare(result, make_rows(), resolution=SIZE)
    assert data.kind == kind
    z = torch.from_numpy(forward(result.layers, list_grid_points(data)))
    np.testing.assert_array_equal(data.winner.ravel(), result.objective.predict(z).numpy())


def test_a_result_of_another_task_is_refused():
    X, y = make_clouds()
    (result,) = train([Run(loss="mse", task="regression", epochs=1)], X, y, engine="trainer")
    with pytest.raises(OptionError, match="task with classes, but got the task regression"):
        prepare(result, make_rows())


def test_a_run_that_diverged_at_once_is_refused():
    X, y = make_clouds()
    run = Run(loss="mse", task="binary", head="identity", optimizer="sgd", lr=1e30, epochs=2)
    (result,) = train([run], X, y, engine="trainer")
    assert result.best_epoch == 0
    with pytest.raises(OptionError, match="diverged in its first"):
        prepare(result, make_rows())


# Modules of PyTorch.


@pytest.mark.parametrize(
    ("last", "width", "link"),
    [
        (None, 1, torch.sigmoid),
        (nn.Sigmoid, 1, torch.sigmoid),
        (torch.sigmoid, 1, torch.sigmoid),
        (None, 2, lambda z: z.softmax(1)),
        (None, 3, lambda z: z.softmax(1)),
        (nn.Softmax, 3, lambda z: z.softmax(1)),
        (nn.LogSoftmax, 3, lambda z: z.softmax(1)),
    ],
)
def test_how_a_module_ends_says_what_its_outputs_are(last, width, link):
    torch.manual_seed(0)
    model = SimpleMLP(2, 8, width, 1, last)
    given = make_rows(max(width, 2))
    data = prepare(model, given, resolution=SIZE)
    z = nn.Sequential(*model.dense[:3])(torch.tensor(list_grid_points(data), dtype=torch.float32))
    expected = link(z.double()).detach().numpy()
    assert data.kind == "probability"
    found = data.values.reshape(len(expected), -1)
    np.testing.assert_allclose(found[:, -width:], expected, atol=1e-6)
    np.testing.assert_allclose(found.sum(1), 1.0, atol=1e-6)


def test_a_single_output_of_another_kind_has_its_boundary_at_zero():
    torch.manual_seed(0)
    model = SimpleMLP(2, 8, 1, 1, nn.Tanh)
    data = prepare(model, make_rows(), resolution=SIZE)
    assert data.kind == "score"
    out = model(torch.tensor(list_grid_points(data), dtype=torch.float32)).detach().numpy()[:, 0]
    np.testing.assert_array_equal(data.winner.ravel(), out > 0)


def test_asking_a_module_changes_neither_its_mode_nor_its_statistics():
    model = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    first, second = (prepare(model, make_rows(), resolution=SIZE).values for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert all(part.training for part in model.modules())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_module_may_be_frozen_flat_or_in_float64():
    class Flat(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = MLP(2, (4,), 1, seed=0)

        def forward(self, x):
            return self.net(x).squeeze(1)

    plain = prepare(MLP(2, (4,), 1, seed=0), make_rows(), resolution=SIZE)
    for model in (Flat(), Flat().double(), Flat().requires_grad_(False)):
        data = prepare(model, make_rows(), resolution=SIZE)
        assert data.kind == "probability"
        np.testing.assert_allclose(data.values, plain.values, atol=1e-6)


# What is refused.


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (LogisticRegression(), "has been fitted, but got LogisticRegression before its fit"),
        (SVC(), "got SVC before its fit"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "got Pipeline before its fit"),
        (LogisticRegression, "got the class LogisticRegression"),
        (StandardScaler().fit(make_clouds()[0]), "got StandardScaler"),
        ("logistic", "got str"),
        (None, "got NoneType"),
        (LogisticRegression().fit(np.eye(4)[:, :3], [0, 1, 0, 1]), "got LogisticRegression fitted"),
        (LinearRegression().fit(*make_clouds()), "needed a classifier, which predicts 0 or 1"),
        (KMeans(3, n_init=1, random_state=0).fit(make_clouds(3)[0]), "predictions such as 2"),
        (MLP(4, (8,), 1), "needed a network of two inputs, but got MLP, which refuses them"),
        (nn.Flatten(0), "one row of outputs per point"),
        (nn.LSTM(2, 3), "one row of outputs per point, but got tuple"),
        (MLP(2, (), 1, seed=0).requires_grad_(False), None),
    ],
    ids=str,
)
def test_what_is_no_fitted_classifier_of_two_features_is_refused(model, message):
    if message is None:
        nn.init.constant_(model.layers[0].weight, float("nan"))
        message = "predicts finite numbers, but got NaN or infinity"
    with pytest.raises(LosslabError, match=re.escape(message)):
        prepare(model, make_rows())


@pytest.mark.parametrize("y", [[0, 1, 2, 0], ["a", "b", "a", "b"], [0.5, 1, 0, 1], [np.nan] * 4])
def test_labels_that_the_model_never_saw_are_refused(y):
    X = [[0.0, 0.0], [1.0, 1.0], [2.0, 0.5], [0.3, 0.2]]
    with pytest.raises(DataError, match="needed labels that the model knows: 0, 1"):
        prepare(fitted(LogisticRegression()), prepare_rows(X, y))


def test_a_model_of_one_class_is_refused():
    class One:
        classes_ = (0,)

        def predict(self, X):
            return np.zeros(len(X), dtype=int)

    with pytest.raises(DataError, match="at least two classes, but got one of 1: 0"):
        prepare(One(), make_rows())


def test_another_number_of_columns_than_classes_is_refused():
    class Odd(LogisticRegression):
        def predict_proba(self, X):
            return super().predict_proba(X)[:, 1]

    with pytest.raises(DataError, match=r"one probability per point and class: \(N, 2\)"):
        prepare(fitted(Odd()), make_rows())


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.zeros((3, 3)), [0, 1, 0], "X of two columns: (N, 2), but got shape (3, 3)"),
        (np.zeros(4), [0, 1, 0, 1], "two columns: (N, 2), but got shape (4,)"),
        (np.zeros((0, 2)), [], "needed rows in X, but got none"),
        ([[0.0, np.nan], [1.0, 2.0]], [0, 1], "finite numbers in X, but got NaN or infinity in 1"),
        ([[0.0, np.inf], [1.0, 2.0]], [0, 1], "finite numbers in X"),
        ([["a", "b"], ["c", "d"]], [0, 1], "needed numbers in X"),
        ([[0.0, 1.0], [0.0, 2.0]], [0, 1], "features that vary, but got 0 in every row of column"),
        ([[1e16, 1.0], [1e16 + 2, 2.0]], [0, 1], "features that vary"),
        ([[0.0, 1.0], [1.0, 2.0]], [0], "one label per row of X: shape (2,), but got shape (1,)"),
        ([[0.0, 1.0], [1.0, 2.0]], [[0], [1]], "but got shape (2, 1)"),
    ],
)
def test_rows_that_cannot_be_drawn_are_refused(X, y, message):
    with pytest.raises(DataError, match=re.escape(message)):
        prepare_rows(X, y)


def test_test_rows_axes_and_names_are_checked_too():
    with pytest.raises(DataError, match="the test rows of two columns"):
        prepare_rows(*make_clouds(), test=([[0.0]], [0]))
    with pytest.raises(DataError, match="two names for axes, but got 1"):
        prepare_rows(*make_clouds(), axes=["length"])
    with pytest.raises(OptionError, match="needed 2 names of classes, in the order 0, 1"):
        prepare(fitted(LogisticRegression()), make_rows(classes=["a", "b", "c"]))


@pytest.mark.parametrize("resolution", [1, 0, -3, 2.5, 10**6, "200", None, float("nan")])
def test_a_grid_has_two_points_or_more_along_each_feature(resolution):
    with pytest.raises(OptionError, match="resolution as an integer from 2 to 2000"):
        prepare(fitted(LogisticRegression()), make_rows(), resolution=resolution)
