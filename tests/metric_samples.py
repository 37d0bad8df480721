"""Targets and predictions for every metric."""

import math

import numpy as np
import pytest

from losslab.metrics.catalog import METRICS

N_CLASSES = {"binary": 2, "multiclass": 4}


every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))


def target(task, n=60, seed=0):
    generator = np.random.default_rng(seed)
    if task in N_CLASSES:
        return generator.permutation(np.arange(n) % N_CLASSES[task])
    return generator.poisson(4, n).astype(float) if task == "count" else generator.normal(50, 9, n)


def loop_accuracy(y, classes):
    return sum(a == b for a, b in zip(y, classes, strict=True)) / len(y)


def loop_balanced_accuracy(y, classes):
    recalls = []
    for k in sorted(set(y)):
        rows = [b == k for a, b in zip(y, classes, strict=True) if a == k]
        recalls.append(sum(rows) / len(rows))
    return sum(recalls) / len(recalls)


def loop_log_loss(y, p):
    return -sum(math.log(row[k]) for k, row in zip(y, p, strict=True)) / len(y)


def loop_brier(y, p):
    total = 0.0
    for k, row in zip(y, p, strict=True):
        total += sum((q - (j == k)) ** 2 for j, q in enumerate(row))
    return total / len(y) / (2 if len(p[0]) == 2 else 1)


def loop_ece(y, p):
    total = 0.0
    for b in range(15):
        low, high = b / 15, (b + 1) / 15
        rows = [(k, row) for k, row in zip(y, p, strict=True) if low < max(row) <= high]
        if rows:
            right = sum(list(row).index(max(row)) == k for k, row in rows) / len(rows)
            sure = sum(max(row) for _, row in rows) / len(rows)
            total += len(rows) / len(y) * abs(right - sure)
    return total


def loop_rmse(y, values):
    return math.sqrt(sum((b - a) ** 2 for a, b in zip(y, values, strict=True)) / len(y))


def loop_mae(y, values):
    return sum(abs(b - a) for a, b in zip(y, values, strict=True)) / len(y)


def loop_r2(y, values):
    mean = sum(y) / len(y)
    return 1 - len(y) * loop_rmse(y, values) ** 2 / sum((a - mean) ** 2 for a in y)


def loop_auc(y, p):
    def one_against_the_rest(k):
        wins = [
            (a > b) + (a == b) / 2
            for label, a in zip(y, p[:, k], strict=True)
            for other, b in zip(y, p[:, k], strict=True)
            if label == k and other != k
        ]
        return sum(wins) / len(wins)

    present = [1] if p.shape[1] == 2 else sorted(set(y))
    return sum(map(one_against_the_rest, present)) / len(present)


ORACLES = {
    name.removeprefix("loop_"): oracle
    for name, oracle in globals().items()
    if name.startswith("loop_")
}
