"""Parameters of losses and of target encodings: where they go, and what they change."""

import pickle

import pytest
import torch
from torch.nn import functional

from losslab import objective
from losslab.training.run import Run


@pytest.mark.parametrize(
    ("loss", "params", "label"),
    [
        ("kl_div", {"smoothing": 0.1}, "kl_div(smoothing=0.1)"),
        ("kl_div", {"smoothing": 0.0}, "kl_div"),
        (
            "cosine_embedding",
            {"smoothing": 0.1, "margin": 0.2},
            "cosine_embedding(margin=0.2, smoothing=0.1)",
        ),
        ("focal", {"gamma": 0.5}, "focal(gamma=0.5)"),
    ],
)
def test_settings_of_loss_and_target_show_and_set_runs_apart(loss, params, label):
    run = Run(loss=loss, task="multiclass", n_classes=3, loss_params=params)
    assert run.objective.loss_label == label
    usual = Run(loss=loss, task="multiclass", n_classes=3)
    assert (run.key == usual.key) == (label == loss)
    assert pickle.loads(pickle.dumps(run.objective)) == run.objective


@pytest.mark.parametrize("smoothing", [0.05, 0.3])
def test_smoothed_kl_div_has_the_gradients_of_pytorchs_smoothed_cross_entropy(smoothing):
    built = objective("kl_div", "multiclass", n_classes=4, smoothing=smoothing)
    generator = torch.Generator().manual_seed(2)
    z = torch.randn(8, 4, dtype=torch.float64, generator=generator, requires_grad=True)
    labels = torch.arange(8) % 4
    ours = built(z, built.codec.encode(labels, torch.float64))
    theirs = functional.cross_entropy(z, labels, label_smoothing=smoothing)
    gradients = [torch.autograd.grad(loss, z)[0] for loss in (ours, theirs)]
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize(("task", "n_classes"), [("binary", 2), ("multiclass", 3)])
def test_focal_without_focus_is_cross_entropy(task, n_classes):
    built = objective("focal", task, n_classes=n_classes, gamma=0.0)
    z = torch.linspace(-3, 3, 6 * built.width, dtype=torch.float64).reshape(6, -1)
    labels = torch.arange(6) % n_classes
    scores = z if built.width > 1 else torch.cat([-z / 2, z / 2], dim=1)
    ours = built(z, built.codec.encode(labels, torch.float64))
    torch.testing.assert_close(ours, functional.cross_entropy(scores, labels))
    torch.testing.assert_close(built.predict_proba(z), scores.softmax(1))
