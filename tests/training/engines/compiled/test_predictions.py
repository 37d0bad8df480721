"""What is read off a network's outputs by compiled heads is what PyTorch reads off them."""

import numpy as np
import pytest
import torch

from losslab import objective
from losslab.objectives.catalog import PAIRINGS
from losslab.training.engines.compiled import compute_predictions

EVERY_PAIRING = pytest.mark.parametrize(
    "pair", PAIRINGS, ids=lambda pair: f"{pair.task}-{pair.loss}-{pair.head}"
)


@EVERY_PAIRING
def test_predictions_and_their_meaning_are_those_of_the_objective(pair):
    n_classes = {"binary": 2, "multiclass": 3}.get(pair.task)
    built = objective(pair.loss, pair.task, pair.head, n_classes=n_classes)
    z = 3 * np.random.default_rng(0).normal(size=(50, built.width))
    z[0] = 0.0
    predictions, linked = compute_predictions(built, z)
    by_torch = torch.from_numpy(z)
    np.testing.assert_allclose(predictions, built.head(by_torch).numpy(), rtol=1e-13, atol=1e-13)
    if built.codec.reads == "values":
        values = built.predict_values(by_torch).numpy()
        np.testing.assert_allclose(linked[:, 0], values, rtol=1e-13, atol=1e-13)
        return
    assert built.to_classes(predictions).tolist() == built.predict(by_torch).tolist()
    if built.gives_probabilities:
        chances = built.predict_proba(by_torch).numpy()[:, -built.width :]
        np.testing.assert_allclose(linked, chances, rtol=1e-13, atol=1e-13)
    if pair.task == "binary":
        sides = built.decision_function(by_torch).numpy()
        np.testing.assert_allclose(built.to_decision(predictions), sides, rtol=1e-13, atol=1e-13)


def test_outputs_that_are_not_numbers_stay_so():
    predictions, linked = compute_predictions(
        objective("cross_entropy", "multiclass", n_classes=3), [[np.nan] * 3]
    )
    assert np.isnan(predictions).all()
    assert np.isnan(linked).all()
