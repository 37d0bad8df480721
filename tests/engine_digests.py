"""Digests of what the compiled engine ends in, which every processor must share.

``python -m engine_digests`` prints them as JSON, and ``--write`` keeps them beside this file, after
a change of the numbers that is meant. The runs go through the catalogues: every pairing of loss and
head, and beside it optimizers, activations, penalties, schedules and dropout in turns.
"""

import hashlib
import json
import sys
from itertools import cycle
from pathlib import Path

import numpy as np

from losslab.objectives.catalog import PAIRINGS
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS, PENALTIES, SCHEDULES
from losslab.training.engines.compiled import compute_predictions, train_compiled
from losslab.training.run import Run
from losslab.training.split_arrays import SplitArrays

KEPT = Path(__file__).with_suffix(".json")
TRAIN, ROWS, FEATURES = 80, 131, 7
# Layers narrower and wider than any vector, and of no whole number of them.
NETS = ((19, 33), (5,), (), (64, 16, 9), (40,))
CLASSES = {"binary": 2, "multiclass": 3}


def table(task, n_classes):
    """Whole numbers divided by a power of two, so that no rounding is in the table."""
    generator = np.random.default_rng(0)
    X = generator.integers(-512, 512, (ROWS, FEATURES)) / 256.0
    signal = X[:, 0] - X[:, 1] * X[:, 2]
    y = 40.0 + 8.0 * signal
    if task == "count":
        y = np.maximum(np.floor(2.0 * signal), 0.0)
    if task in CLASSES:
        ranks = np.argsort(np.argsort(signal, kind="stable"), kind="stable")
        y = ranks * n_classes // ROWS
    weight = generator.integers(0, 4, ROWS) / 2.0
    rows = np.arange(ROWS)
    parts = {"train": rows[:TRAIN], "validation": rows[TRAIN:110], "test": rows[110:]}
    return SplitArrays(X=X, y=y, weight=weight, **parts)


def runs():
    """Fifty steps each: 80 rows in batches of 16, ten times."""
    pairs = [(pair, CLASSES.get(pair.task)) for pair in PAIRINGS]
    pairs.append((next(pair for pair in PAIRINGS if pair.task == "multiclass"), 18))
    # The lengths of these share no factor but two, so that most combinations of a few occur.
    settings = zip(
        cycle(NETS),
        cycle(OPTIMIZERS),
        cycle([*ACTIVATIONS, "tanh"]),
        cycle([*PENALTIES, "l1"]),
        cycle([*SCHEDULES, "constant", "cosine"]),
        cycle([0.0, 0.0, 0.25]),
        cycle(["float32", "float32", "float64"]),
        strict=False,
    )
    for seed, ((pair, n_classes), chosen) in enumerate(zip(2 * pairs, settings, strict=False)):
        hidden, optimizer, activation, penalty, schedule, dropout, dtype = chosen
        momentum = {"momentum": 0.5} if optimizer == "rmsprop" else {}
        yield Run(
            loss=pair.loss,
            head=pair.head,
            task=pair.task,
            n_classes=n_classes,
            hidden=hidden,
            activation=activation,
            optimizer=optimizer,
            optimizer_params=momentum,
            penalty=penalty,
            alpha=0.0 if penalty == "none" else 0.01,
            schedule=schedule,
            dropout=dropout if hidden else 0.0,
            dtype=dtype,
            lr=0.01,
            batch_size=16,
            epochs=10,
            seed=seed,
        )


def describe_run(run):
    """What a run is, in a line."""
    net = "-".join(map(str, run.hidden)) or "linear"
    parts = (run.task, run.loss, run.head, net, run.activation, run.optimizer, run.penalty)
    return " ".join((*map(str, parts), run.schedule, f"{run.dropout:g}", run.dtype, str(run.seed)))


def hash_result(result):
    """A hash of weights, curves, outputs and what is read off them."""
    digest = hashlib.sha256()
    arrays = [array for layer in result.layers for array in layer]
    arrays += [result.train_loss, result.validation_loss, result.selection, result.test_output]
    arrays += compute_predictions(result.objective, result.test_output)
    for array in arrays:
        numbers = np.array(array, dtype=np.float64)
        numbers[np.isnan(numbers)] = np.nan  # which NaN it is depends on the order of operands
        digest.update(numbers.tobytes())
    digest.update(f"{result.best_epoch} {result.diverged_at}".encode())
    return digest.hexdigest()[:16]


def digests(dtypes=("float32", "float64")):
    """Train all runs of some precisions and name their digests."""
    found = {}
    for run in runs():
        if run.dtype not in dtypes:
            continue
        n_classes = run.objective.codec.n_classes
        (result,) = train_compiled([run], [table(run.task, n_classes)])
        found[describe_run(run)] = hash_result(result)
    return found


def main(words):
    text = json.dumps(digests(), indent=0)
    if "--write" in words:
        KEPT.write_text(text + "\n")
    sys.stdout.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
