"""Generated tables end in digits that no machine's cosine or logarithm can change."""

import numpy as np
import pytest

import losslab.data.sources as generated
from losslab.data.catalog import load_dataset

GENERATED = ("moons", "circles", "spirals", "xor", "blobs")


@pytest.mark.parametrize("name", GENERATED)
def test_no_coordinate_lies_where_a_last_digit_decides_how_it_is_rounded(name, monkeypatch):
    monkeypatch.setattr(generated, "DECIMALS", 15)
    exact = load_dataset(name).X.to_numpy() * 1e6
    from_tie = np.abs(np.abs(exact - np.floor(exact)) - 0.5)
    assert (exact != np.round(exact)).any(), "these are not rounded"
    # A machine differs by about 1e-9 of these units.
    assert from_tie.min() > 1e-6


@pytest.mark.parametrize("name", GENERATED)
def test_coordinates_have_six_decimals(name):
    points = load_dataset(name).X.to_numpy()
    assert (points == np.round(points, 6)).all()
