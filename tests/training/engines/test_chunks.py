"""Runs are cut into chunks that fill all workers and stay within a budget of memory."""

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine_samples import bits, tables, train_in_order
from losslab.training.engines.catalog import ENGINES
from losslab.training.engines.chunks import CHUNK_BYTES, estimate_bytes, plan_chunks
from losslab.training.engines.fleet import FleetOptions, train_chunks
from losslab.training.engines.grouping import group_runs
from losslab.training.run import Run
from losslab.training.split_arrays import prepare_arrays

SPLITS = tables("regression")
RUN = Run(loss="mse", task="regression", hidden=(8,), epochs=2)


def name_of(change):
    """The same in every process, unlike the address of a function."""
    return re.sub(" at 0x[0-9a-f]+", "", str(change))


def seeds(count, run=RUN):
    return [replace(run, seed=seed) for seed in range(count)]


def sizes(chunks):
    return sorted(len(chunk.runs) for chunk in chunks)


def test_every_run_is_in_one_chunk_of_runs_that_may_train_together():
    runs = [
        replace(RUN, loss=loss, hidden=hidden, split=split, seed=seed)
        for seed in range(9)
        for loss in ("mse", "l1")
        for hidden in ((), (8,))
        for split in range(3)
    ]
    for asked in ("auto", "stacked", "trainer"):
        chunks = plan_chunks(runs, SPLITS, 2, asked)
        planned = Counter(id(run) for chunk in chunks for run in chunk.runs)
        assert planned == Counter(map(id, runs))
        for chunk in chunks:
            engine = ENGINES[chunk.engine]
            assert {engine.make_key(run, SPLITS) for run in chunk.runs} == {chunk.key}


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [*range(1, 18), 40, 100])
def test_a_few_runs_are_spread_evenly_over_all_workers(count, workers):
    compiled = sizes(plan_chunks(seeds(count), SPLITS, workers, "compiled"))
    assert sum(compiled) == count
    assert len(compiled) >= min(count, workers)
    assert compiled[-1] - compiled[0] <= 1
    stacked = sizes(plan_chunks(seeds(count), SPLITS, workers, "stacked"))
    assert sum(stacked) == count
    assert len(stacked) >= min(count // 4, workers)
    assert stacked[0] >= min(count, 4)
    assert max(compiled[-1], stacked[-1]) <= 32


def test_the_longest_chunks_come_first():
    runs = [
        replace(run, seed=seed)
        for run in (RUN, replace(RUN, epochs=7), replace(RUN, hidden=(64, 64)))
        for seed in range(9)
    ]
    chunks = plan_chunks(runs, SPLITS, 2, "compiled")
    planned = [(chunk.runs[0].hidden, chunk.runs[0].epochs, len(chunk.runs)) for chunk in chunks]
    assert planned == [
        *(((64, 64), 2, 5), ((64, 64), 2, 4)),
        *(((8,), 7, 5), ((8,), 7, 4), ((8,), 2, 5), ((8,), 2, 4)),
    ]


def test_many_groups_fill_the_workers_and_are_not_cut_further():
    runs = [run for n in range(1, 51) for run in seeds(8, replace(RUN, hidden=(n,)))]
    assert sizes(plan_chunks(runs, SPLITS, 4, "compiled")) == [8] * 50


@pytest.mark.parametrize("engine", ["compiled", "stacked", "trainer"])
@pytest.mark.parametrize(
    "change",
    [{"hidden": (600, 600)}, {"epochs": 400_000}, {"hidden": (9,), "batch_size": 10**6}],
    ids=str,
)
def test_the_models_of_a_chunk_stay_within_the_budget(engine, change):
    rows = np.zeros((100_000, 3))
    splits = prepare_arrays(rows, rows[:, 0])
    runs = seeds(40, replace(RUN, **change))
    chunks = plan_chunks(runs, splits, 2, engine)
    assert sum(sizes(chunks)) == len(runs)
    least = 2 if engine == "stacked" else 1
    for chunk in chunks:
        taken = sum(estimate_bytes(run, splits[0]) for run in chunk.runs)
        assert taken <= CHUNK_BYTES or len(chunk.runs) <= least
    assert sizes(chunks)[-1] < ENGINES[engine].max_runs


def test_a_model_larger_than_the_budget_trains_alone_or_as_one_of_a_pair():
    huge = seeds(6, replace(RUN, hidden=(2000, 2000)))
    assert sizes(plan_chunks(huge, SPLITS, 2, "compiled")) == [1] * 6
    assert sizes(plan_chunks(huge, SPLITS, 2, "stacked")) == [2] * 3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("hidden", [(), (8,), (200, 100)], ids=str)
def test_a_result_and_the_tensors_behind_it_take_no_more_than_was_planned(hidden, dtype):
    run = replace(RUN, hidden=hidden, dtype=dtype, epochs=30)
    (result,) = train_in_order([run], SPLITS, "stacked")
    layers = [array for layer in result.layers for array in layer]
    curves = [result.train_loss, result.validation_loss, result.selection]
    kept = sum(array.nbytes for array in [*layers, *curves, result.test_output])
    # Weights, gradients, the best weights and Adam's two moments.
    model = 5 * sum(array.nbytes for array in layers) // (2 if dtype == "float32" else 1)
    planned = estimate_bytes(run, SPLITS[0])
    assert kept + model <= planned < 40_000 + 4 * (kept + model)


@pytest.mark.parametrize("engine", ["compiled", "stacked"])
def test_results_do_not_depend_on_how_runs_were_cut(engine):
    runs = [replace(RUN, seed=seed, split=seed % 3, lr=0.01 / (1 + seed)) for seed in range(7)]
    found = []
    for workers in (1, 2, 5):
        options = FleetOptions(engine=engine, workers=workers)
        results = [r for chunk in train_chunks(runs, SPLITS, options) for r in chunk]
        found.append({result.run.key: bits(result) for result in results})
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == len(runs)


@pytest.mark.parametrize(
    "change",
    [
        {"loss": "l1"},
        {"loss": torch.nn.MSELoss()},
        {"loss": lambda prediction, target: (prediction - target) ** 2},
        {"task": "binary"},
        {"loss": "huber", "loss_params": {"delta": 2.0}},
        {"hidden": (8, 8)},
        {"activation": "tanh"},
        {"optimizer": "sgd"},
        {"optimizer_params": {"weight_decay": 0.1}},
        {"schedule": "linear"},
        {"schedule": "linear", "schedule_params": {"end": 0.5}},
        {"dropout": 0.5},
        {"batch_size": 7},
        {"epochs": 3},
        {"split": 1},
        {"dtype": "float64"},
        {"select": "loss"},
        {"unchecked": True},
    ],
    ids=name_of,
)
def test_whatever_else_than_rate_and_seed_differs_makes_another_group(change):
    changed = replace(RUN, **change)
    assert group_runs([RUN, changed]) == [[RUN], [changed]]
    few = [RUN, replace(RUN, lr=0.5), replace(RUN, seed=9), changed, replace(changed, lr=0.25)]
    assert [len(group) for group in group_runs(few)] == [3, 2]
