"""Digests of whole comparisons, from the table to the verdict, which every machine must share.

``python -m study_digests`` prints them as JSON, and ``--write`` keeps them beside this file, after
a change of the numbers that is meant.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

import losslab
from losslab.data.catalog import DATASETS, load_dataset
from losslab.experiment.penalty_path.settings import space_evenly

KEPT = Path(__file__).with_suffix(".json")
OFFLINE = [name for name in DATASETS if name != "titanic"]
SMALL = {"hidden": "6", "epochs": 3, "splits": 3, "repeats": 2, "lr": "0.01,0.03"}
STUDIES = {
    "breast_cancer": {"penalty": "none,l1", "alpha": "0.001"},
    "wine": {"optimizer": "rmsprop"},
    "diabetes": {},
    "moons": {"activation": "tanh", "optimizer": "adamw"},
}
# What a machine or a moment decides: reference models are scikit-learn's, on BLAS.
MASKED = ("references", "seconds", "versions")


def hash_value(value):
    """A hash of plain data, in which every digit of a number counts."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def studies():
    """Compute every study as a dictionary, without what a machine or a moment decides."""
    for name, options in STUDIES.items():
        result = losslab.compare(name, reference=False, **{**SMALL, **options}).to_dict()
        yield f"compare {name}", {key: result[key] for key in result if key not in MASKED}
    path = losslab.penalty_path("diabetes", kind="l2", alphas="1e-3:1:5", epochs=3, seeds=2)
    result = path.to_dict()
    yield "penalty diabetes", {key: result[key] for key in result if key not in MASKED}


def digests():
    """Hash tables and studies by name."""
    found = {}
    for name in OFFLINE:
        data = load_dataset(name)
        numbers = np.ascontiguousarray(data.X.to_numpy(np.float64))
        found[name] = hashlib.sha256(numbers.tobytes() + data.y.tobytes()).hexdigest()[:16]
    found["alphas"] = hash_value(space_evenly(1e-4, 1e2, 24))
    return found | {name: hash_value(result) for name, result in studies()}


def main(words):
    text = json.dumps(digests(), indent=0)
    if "--write" in words:
        KEPT.write_text(text + "\n")
    sys.stdout.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
