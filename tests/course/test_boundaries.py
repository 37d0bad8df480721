"""The classic exercise on decision boundaries, by its own names."""

import re

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

import losslab
from boundary_samples import make_clouds
from losslab import Run, train
from losslab.core.errors import DataError, LosslabError, OptionError
from losslab.core.files import WriteError
from losslab.course import boundaries, create_decision_boundary_gif, plot_decision_boundary
from losslab.plots.figures import boundary

FILE = "mlp_classification_boundaries.gif"
ALPHAS = (0.0001, 1.0, 1000.0)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def drawn(monkeypatch):
    """Collect what is put on axes, and the axes."""
    seen = []

    def watched(data, ax, theme):
        parts = put(data, ax, theme)
        seen.append((data, ax))
        return parts

    put = boundary.draw_parts
    monkeypatch.setattr(boundary, "draw_parts", watched)
    return seen


def result(X, y):
    run = Run(loss="bce_with_logits", task="binary", hidden=(4,), epochs=2)
    return next(train([run], X, y, engine="trainer"))


MODELS = {
    "logistic": lambda X, y: LogisticRegression().fit(X, y),
    "svc": lambda X, y: SVC().fit(X, y),
    "forest": lambda X, y: RandomForestClassifier(5, random_state=0).fit(X, y),
    "ridge": lambda X, y: RidgeClassifier().fit(X, y),
    "mlp": lambda X, y: MLPClassifier((4,), solver="lbfgs", random_state=0).fit(X, y),
    "neighbours": lambda X, y: KNeighborsClassifier(3).fit(X, y),
    "result": result,
    "module": lambda X, y: losslab.course.SimpleMLP(2, 4, 1, 1, torch.nn.Sigmoid),
}


@pytest.mark.parametrize("fit", MODELS.values(), ids=MODELS)
def test_any_fitted_model_becomes_a_picture_of_6_by_5_inches(fit):
    picture = plot_decision_boundary(fit(*make_clouds()), *make_clouds(), alpha=0.1)
    assert isinstance(picture, Image.Image)
    assert picture.size == (600, 500)
    assert len(picture.getcolors(300_000)) > 50


@pytest.mark.parametrize(
    ("alpha", "written"),
    [(0.0001, "0.0001"), (0.1, "0.1"), (100, "100"), (np.float64(0.00018231), "0.0001823")],
)
def test_the_picture_has_the_exercises_words_and_no_ticks(drawn, alpha, written):
    plot_decision_boundary(LogisticRegression().fit(*make_clouds()), *make_clouds(), alpha)
    ((_, ax),) = drawn
    assert ax.get_title() == f"MLP Decision Boundary (alpha={written})"
    assert ax.get_xlabel() == "Sepal Length (standardized)"
    assert ax.get_ylabel() == "Petal Length (standardized)"
    assert len(ax.get_xticks()) == len(ax.get_yticks()) == 0
    assert ax.get_figure().get_size_inches().tolist() == [6, 5]


def test_the_exercise_prints_writes_and_returns(here, capsys, drawn):
    X, y = make_clouds()
    assert create_decision_boundary_gif(ALPHAS, X, y, 8) == FILE
    assert capsys.readouterr().out.splitlines() == [
        "Processing alpha=0.0001 (1/3)",
        "Processing alpha=1 (2/3)",
        "Processing alpha=1000 (3/3)",
        f"GIF saved as '{FILE}'",
    ]
    assert sorted(path.name for path in here.iterdir()) == [FILE, f"{FILE}.txt"]
    with Image.open(FILE) as animation:
        assert animation.n_frames == 3
        assert animation.size == (600, 500)
        assert animation.info["loop"] == 0
        for place in range(3):
            animation.seek(place)
            assert animation.info["duration"] == 500
    told = (here / f"{FILE}.txt").read_text(encoding="utf-8")
    assert "alpha=0.0001" in told
    assert "alpha=1000" in told


def test_a_stronger_penalty_makes_the_boundary_flatter_until_it_is_undecided(here, monkeypatch):
    kept = []
    monkeypatch.setattr(
        boundaries, "write_boundary_animation", lambda _, frames, **__: kept.extend(frames)
    )
    create_decision_boundary_gif(np.logspace(-4, 3, 4), *make_clouds(), 16)
    sure = [float(data.certainty.mean()) for data in kept]
    assert sure == sorted(sure, reverse=True)
    assert sure[0] > 0.7
    assert sure[-1] < 0.05


def test_alpha_means_what_it_means_in_scikit_learn(here, monkeypatch):
    """Both trainings end near the one minimum that a strong penalty leaves."""
    kept = []
    monkeypatch.setattr(
        boundaries, "write_boundary_animation", lambda _, frames, **__: kept.extend(frames)
    )
    X, y = make_clouds()
    create_decision_boundary_gif([5.0, 10.0], X, y, 16)
    for data, alpha in zip(kept, (5.0, 10.0), strict=True):
        model = MLPClassifier((16,), alpha=alpha, solver="lbfgs", max_iter=5000, random_state=1)
        model.fit(X, y)
        x0, x1, y0, y1 = data.view
        corners = [[x0, y0], [x1, y0], [x0, y1], [x1, y1]]
        found = data.values[[0, 0, -1, -1], [0, -1, 0, -1], 1]
        np.testing.assert_allclose(found, model.predict_proba(corners)[:, 1], atol=0.03)


@pytest.mark.parametrize(
    "labels", [("setosa", "versicolor"), (3, 7), (False, True), ("a", "b", "c")]
)
def test_labels_may_be_anything_and_more_than_two(here, labels, monkeypatch):
    kept = []
    monkeypatch.setattr(
        boundaries, "write_boundary_animation", lambda _, frames, **__: kept.extend(frames)
    )
    X, y = make_clouds(len(labels))
    create_decision_boundary_gif(iter([0.001, 0.01]), X, np.array(labels)[y].tolist(), 4)
    assert all(data.classes == tuple(map(str, labels)) for data in kept)
    assert all(data.correct.mean() > 0.7 for data in kept)


@pytest.mark.parametrize(
    ("alphas", "message"),
    [
        ([0.1, -0.1], "alphas as numbers from 0, but got -0.1"),
        ([0.1, float("nan")], "alphas as numbers from 0, but got nan"),
        ([0.1, float("inf")], "alphas as numbers from 0, but got inf"),
        (["0.1", "0.2"], "alphas as numbers from 0, but got '0.1'"),
        ([0.1], "two alphas or more, but got 1"),
        ([], "two alphas or more, but got 0"),
        (0.1, "two alphas or more, but got 1"),
        ([0.1, 0.01], "ascending order, but got 0.01 after 0.1"),
        ([0.1, 0.1], "ascending order, but got 0.1 after 0.1"),
    ],
)
def test_alphas_that_make_no_path_are_refused(here, alphas, message, capsys):
    with pytest.raises(OptionError, match=re.escape(message)):
        create_decision_boundary_gif(alphas, *make_clouds(), 8)
    assert capsys.readouterr().out == ""
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("n_neurons", [0, -1, 2.5, "8", None, (8,), True, float("nan")])
def test_a_width_that_is_no_positive_integer_is_refused(here, n_neurons):
    with pytest.raises(OptionError, match="n_neurons as an integer of at least 1"):
        create_decision_boundary_gif(ALPHAS, *make_clouds(), n_neurons)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.zeros((4, 3)), [0, 1, 0, 1], "two columns"),
        (np.zeros((0, 2)), [], "needed rows in X"),
        ([[0.0, 1.0], [0.0, 2.0]], [0, 1], "features that vary"),
        ([[0.0, 1.0], [np.nan, 2.0]], [0, 1], "finite numbers"),
        ([[0.0, 1.0], [1.0, 2.0]], [1, 1], "two or more classes in y_train, but got only 1"),
        ([[0.0, 1.0], [1.0, 2.0]], [1], "one label per row"),
    ],
)
def test_rows_that_cannot_be_trained_on_are_refused(here, X, y, message):
    with pytest.raises(DataError, match=message):
        create_decision_boundary_gif(ALPHAS, X, y, 8)
    assert list(here.iterdir()) == []


def test_a_file_that_cannot_be_written_is_refused_before_training(here, capsys):
    (here / FILE).mkdir()
    with pytest.raises(WriteError, match="a folder"):
        create_decision_boundary_gif(ALPHAS, *make_clouds(), 8)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("model", "X", "y", "alpha", "message"),
    [
        (LogisticRegression(), *make_clouds(), 0.1, "has been fitted"),
        (
            LogisticRegression().fit(*make_clouds()),
            *make_clouds(3),
            0.1,
            "labels that the model knows",
        ),
        (LogisticRegression().fit(*make_clouds()), np.zeros((2, 3)), [0, 1], 0.1, "two columns"),
        (
            LogisticRegression().fit(*make_clouds()),
            *make_clouds(),
            "0.1",
            "needed alpha as a number",
        ),
        ("model", *make_clouds(), 0.1, "needed a fitted classifier"),
    ],
    ids=range(5),
)
def test_a_picture_that_cannot_be_drawn_is_refused(model, X, y, alpha, message):
    with pytest.raises(LosslabError, match=message):
        plot_decision_boundary(model, X, y, alpha)


def test_the_course_exports_both_functions_and_imports_them_lazily():
    assert {"plot_decision_boundary", "create_decision_boundary_gif"} <= set(losslab.course.__all__)
    assert losslab.course.plot_decision_boundary is plot_decision_boundary
