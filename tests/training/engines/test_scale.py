"""Any number of runs trains in the memory of a few chunks, and stops as promptly as one."""

import gc
import itertools
import sys
import threading
import time
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import torch

from example_studies import settings, table
from losslab.experiment.comparison.candidates import make_candidates
from losslab.objectives.spec import Codec
from losslab.training.engines import fleet
from losslab.training.engines.catalog import ENGINES, Engine
from losslab.training.engines.fleet import FleetOptions, train, train_chunks
from losslab.training.run import Run
from losslab.training.split_arrays import prepare_arrays

X = np.random.default_rng(0).normal(size=(20, 3))
TABLES = prepare_arrays(X, X[:, 0])
TINY = Run(loss="mse", task="regression", hidden=(), epochs=1)


def tiny(count):
    return [replace(TINY, seed=seed) for seed in range(count)]


@pytest.fixture
def counting(monkeypatch):
    """An engine that trains one run at a time in no time, and the runs it has begun."""
    begun = []

    def begin(runs, tables, hooks):
        begun.extend(runs)
        return list(runs)

    engine = Engine(name="trainer", train=begin, make_key=lambda run, tables: (), max_runs=1)
    monkeypatch.setitem(ENGINES, "trainer", engine)
    return begun


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_training_waits_for_a_slow_caller(counting, workers):
    options, ahead = FleetOptions(engine="trainer", workers=workers), []
    for taken, _ in enumerate(train_chunks(tiny(40), TABLES, options)):
        if taken < 3:
            time.sleep(0.05)  # enough for all of the rest, if nothing held it back
        ahead.append(len(counting) - taken)
    assert len(ahead) == 40
    assert max(ahead) <= 2 * workers


def test_all_workers_train_side_by_side(monkeypatch):
    together = threading.Barrier(3)

    def begin(runs, tables, hooks):
        together.wait(timeout=300)  # for three chunks at a time, or never
        return list(runs)

    engine = Engine(name="trainer", train=begin, make_key=lambda run, tables: (), max_runs=1)
    monkeypatch.setitem(ENGINES, "trainer", engine)
    options = FleetOptions(engine="trainer", workers=3)
    assert sum(map(len, train_chunks(tiny(12), TABLES, options))) == 12


def test_runs_of_a_generator_are_read_as_they_are_trained(counting, monkeypatch):
    monkeypatch.setattr(fleet, "_BLOCK", 10)
    read = itertools.count()
    runs = (replace(TINY, seed=next(read)) for _ in range(95))
    seen = []
    for taken, result in enumerate(
        train_chunks(runs, TABLES, FleetOptions(engine="trainer", workers=2))
    ):
        seen += [run.seed for run in result]
        # A block, and the four of the one before that are under way.
        assert seen[-1] < taken + 14
    assert sorted(seen) == list(range(95))
    assert next(read) == 95


def test_a_generator_of_runs_trains_as_a_list_of_them():
    runs = tiny(40)
    whole = {r.run.seed: r for r in train(runs, X, X[:, 0])}
    streamed = {r.run.seed: r for r in train((run for run in runs), X, X[:, 0])}
    assert whole.keys() == streamed.keys()
    for seed, result in whole.items():
        assert result.train_loss.tobytes() == streamed[seed].train_loss.tobytes()
    assert list(train(iter(()), X, X[:, 0])) == []


def peak(count):
    """Bytes that Python and NumPy took at most while so many runs were trained and dropped."""
    runs = tiny(count)
    for _ in train(runs[:1], X, X[:, 0]):
        gc.collect()
    tracemalloc.start()
    try:
        for taken, _ in enumerate(train(runs, X, X[:, 0])):
            if taken == 0:
                time.sleep(1)  # in which all the results might pile up
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_four_times_the_runs_take_hardly_more_memory():
    few, many = peak(1000), peak(4000)
    # Lists of the runs themselves; a single result takes more than a thousand bytes.
    assert many - few < 3000 * 200


def test_labels_are_checked_once_a_split_and_target_encoding_however_many_runs(monkeypatch):
    checks, check = [], Codec.check
    monkeypatch.setattr(
        Codec, "check", lambda codec, labels: checks.append(codec.name) or check(codec, labels)
    )
    splits = [*TABLES, *TABLES]
    for seeds in (1, 30):
        checks.clear()
        runs = [
            replace(TINY, loss=loss, split=split, seed=seed)
            for loss in ("mse", "l1", "huber")
            for split in range(2)
            for seed in range(seeds)
        ]
        assert sum(map(len, train_chunks(runs, splits))) == len(runs)
        assert checks == ["standardized"] * 2


def test_catalogue_runs_share_what_does_not_differ():
    one, other = tiny(2)
    assert one.objective.loss is other.objective.loss
    assert one.objective.loss.params == {}


def test_twice_the_candidates_take_twice_the_look_ups_to_fold(monkeypatch):
    asked, to_dict = itertools.count(), Run.to_dict
    monkeypatch.setattr(Run, "to_dict", lambda run: (next(asked), to_dict(run))[1])
    looked = []
    for widths in (10, 20):
        before = next(asked)
        options = settings(loss="mse,l1,mse", hidden=[str(width + 1) for width in range(widths)])
        candidates, _ = make_candidates(options, table())
        assert sorted(own.requests for own in candidates) == [1] * widths + [2] * widths
        looked.append(next(asked) - before)
    assert looked[1] < 2.5 * looked[0]


class Broken(Exception):
    """Stands for an engine that fails."""


def interrupt_training(error, runs):
    """Let the caller or an engine raise in the midst of many long runs."""
    if error is Broken:
        return list(train_chunks(runs, TABLES, FleetOptions(engine="trainer")))
    chunks = train_chunks(runs, TABLES, FleetOptions(engine="stacked", workers=2))
    next(chunks)
    return chunks.throw(error)


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit, Broken])
def test_whatever_ends_training_leaves_no_thread_and_no_setting_behind(error, monkeypatch):
    def fail(runs, tables, hooks):
        raise Broken

    monkeypatch.setitem(ENGINES, "trainer", replace(ENGINES["trainer"], train=fail))
    monkeypatch.setattr(fleet, "_BLOCK", 4)  # so that the quick runs are not kept for the end
    read = itertools.count()
    quick = [replace(TINY, seed=seed) for seed in range(4)]
    long = (replace(TINY, epochs=10**7, seed=next(read)) for _ in range(10**7))
    before = set(threading.enumerate())
    settings = torch.get_num_threads(), sys.getswitchinterval()
    with pytest.raises(error):
        interrupt_training(error, itertools.chain(quick, long))
    assert set(threading.enumerate()) == before
    assert (torch.get_num_threads(), sys.getswitchinterval()) == settings
    assert next(read) < 10**6
