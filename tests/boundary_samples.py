"""Two clouds and three, and rows made of them."""

import numpy as np

from losslab.plots.boundary.rows import prepare_rows

AXES = ("length (cm)", "width (cm)")


def make_clouds(n_classes=2, n=40, seed=0):
    generator = np.random.default_rng(seed)
    y = np.arange(n) % n_classes
    centers = np.array([[-1.0, -1.0], [1.0, 1.0], [1.5, -1.5]])
    return centers[y] + generator.normal(scale=0.7, size=(n, 2)), y


def make_rows(n_classes=2, test=True, **settings):
    X, y = make_clouds(n_classes)
    held_out = make_clouds(n_classes, n=12, seed=1) if test else None
    return prepare_rows(X, y, test=held_out, **{"axes": AXES, **settings})


def list_grid_points(data):
    """Give the points of a boundary's grid, ``(R * R, 2)``, one by one."""
    height, width = data.values.shape[:2]
    x0, x1, y0, y1 = data.view
    return np.array(
        [
            [x0 + (x1 - x0) * column / (width - 1), y0 + (y1 - y0) * row / (height - 1)]
            for row in range(height)
            for column in range(width)
        ]
    )
