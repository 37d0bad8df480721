"""Small penalty paths, computed in a second or less."""

from functools import cache

import numpy as np
import pandas as pd

import losslab

# Two lengths of two species, as in the classic exercise.
TWO = {"features": "sepal length,petal length", "classes": "setosa,versicolor"}
QUICK = {"hidden": "8", "epochs": 20}


@cache
def two_species():
    """Three alphas of L1, one of them 0, in three repetitions."""
    return losslab.penalty_path("iris", **TWO, **QUICK, kind="l1", alphas=[0, 0.01, 10], seeds=3)


@cache
def linear(kind="l1", seeds=2):
    """A linear model of three classes."""
    return losslab.penalty_path(
        "iris", kind=kind, alphas="0.001:1:4", hidden="none", epochs=60, seeds=seeds
    )


def frame(**columns):
    """Forty rows, some of whose columns may be replaced."""
    random = np.random.default_rng(0)
    usual = {"width": random.normal(size=40), "depth": random.normal(size=40)}
    usual["kind"] = ["round", "square"] * 20
    return pd.DataFrame({**usual, **columns})
