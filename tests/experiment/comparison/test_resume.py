"""Stored runs: the same request trains nothing, a larger one only what is new, none is mixed."""

import math
import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from example_studies import (
    RecordingMonitor,
    compare_table,
    count_runs,
    executor,
    numbers,
    settings,
    study,
    table,
)
from losslab.core.errors import DataError, StoreError
from losslab.core.hashing import hash_content
from losslab.experiment.comparison import schedule
from losslab.experiment.comparison.candidates import make_candidates
from losslab.experiment.comparison.recording import build_run_spec
from losslab.experiment.comparison.schedule import train_all
from losslab.experiment.store import Store, read_records, writer
from losslab.experiment.store.reader import load_record

# Two networks cannot share a fleet, so there are chunks to be interrupted between.
OPTIONS = {"loss": "mse,hinge", "hidden": ["8", "5"], "reference": True}
RUNS = 2 * 2 * 2 * 5


@pytest.fixture(autouse=True)
def grid_alone(monkeypatch):
    """No learning rates beyond the grid, so that runs can be counted."""
    monkeypatch.setattr(schedule, "MAX_EXTENSIONS", 0)


@pytest.fixture
def store(tmp_path):
    return tmp_path / "runs.sqlite"


def keys(store):
    return {record.key for record in read_records(store)}


def test_the_same_request_trains_nothing_and_finds_the_same_numbers(store):
    first = compare_table(table(), store, **OPTIONS)
    assert count_runs(first) == (RUNS, 0)
    recorder = RecordingMonitor()
    again = compare_table(table(), store, recorder, **OPTIONS)
    assert count_runs(again) == (0, RUNS)
    assert recorder.events == []
    assert numbers(again) == numbers(first)
    assert again.notes == first.notes


def test_every_stored_record_is_read_once_and_no_other(store, monkeypatch):
    compare_table(table(), store, loss="mse,hinge")
    read = []

    def counted(path, number, *rows):
        read.append(number)
        return load_record(path, number, *rows)

    monkeypatch.setattr(writer, "load_record", counted)
    compare_table(table(), store, loss="mse,l1,hinge")
    assert sorted(read) == list(range(1, 3 * 2 * 5 + 1))


def test_damage_is_reported_before_anything_is_trained(store):
    compare_table(table(), store, loss="mse,hinge")
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE runs SET outcome = '{}' WHERE number = 3")
    recorder = RecordingMonitor()
    with pytest.raises(StoreError, match="needed run 3"):
        compare_table(table(), store, recorder, loss="mse,l1,hinge")
    assert recorder.events == []


def test_a_store_changes_no_number(store):
    assert numbers(compare_table(table(), store, **OPTIONS)) == numbers(
        compare_table(table(), **OPTIONS)
    )


def test_adding_a_loss_trains_only_that_loss(store):
    first = compare_table(table(), store, loss="mse,hinge")
    recorder = RecordingMonitor()
    more = compare_table(table(), store, recorder, loss="mse,l1,hinge")
    assert set(recorder.events) == {"l1"}
    assert count_runs(more) == (2 * 5, 2 * 2 * 5)
    for row in first.rows:
        (same,) = [own for own in more.rows if own.name == row.name]
        assert same.scores.values.tolist() == row.scores.values.tolist()
        assert same.scores.metrics == row.scores.metrics
    assert numbers(more) == numbers(compare_table(table(), loss="mse,l1,hinge"))


def test_taking_a_loss_away_trains_nothing(store):
    compare_table(table(), store, loss="mse,l1,hinge")
    fewer = compare_table(table(), store, loss="l1")
    assert count_runs(fewer) == (0, 2 * 5)


def test_more_repeats_keep_those_of_fewer(store):
    first = compare_table(table(), store, loss="mse", repeats=1)
    more = compare_table(table(), store, loss="mse", repeats=2)
    assert count_runs(more) == (2 * 5, 2 * 5)
    assert more.rows[0].scores.values[:2].tolist() == first.rows[0].scores.values.tolist()
    assert numbers(more) == numbers(compare_table(table(), loss="mse", repeats=2))


def test_a_fixed_rate_is_found_among_those_tried_before(store):
    compare_table(table(), store, loss="mse")
    fixed = compare_table(table(), store, loss="mse", lr=0.01)
    assert count_runs(fixed) == (0, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"epochs": 4},
        {"splits": 3},
        {"batch_size": 8},
        {"activation": "tanh"},
        {"optimizer": "adam(beta1=0.8)"},
        {"hidden": "7"},
        {"lr": "0.005"},
        {"head": "identity"},
    ],
    ids=str,
)
def test_whatever_changes_a_run_is_trained_anew(store, change):
    compare_table(table(), store, loss="mse", lr=0.01)
    before = keys(store)
    found = compare_table(table(), store, **{"loss": "mse", "lr": 0.01, **change})
    assert found.provenance.runs_reused == 0
    assert len(keys(store) - before) == found.provenance.runs_trained == found.splits.n_splits
    assert numbers(found) == numbers(
        compare_table(table(), **{"loss": "mse", "lr": 0.01, **change})
    )


@pytest.mark.parametrize("change", [{"metric": "auc"}, {"rope": 0.2}, {"yes": True}], ids=str)
def test_what_changes_no_run_trains_nothing(store, change):
    compare_table(table(), store, loss="mse", lr=0.01)
    again = compare_table(table(), store, **{"loss": "mse", "lr": 0.01, **change})
    assert again.provenance.runs_trained == 0


def test_a_changed_table_is_said_aloud_and_none_of_its_old_runs_is_mixed_in(store):
    old = table()
    compare_table(old, store, loss="mse", lr=0.01)
    y = old.y.copy()
    y[0] = 1 - y[0]
    new, recorder = replace(old, y=y), RecordingMonitor()
    found = compare_table(new, store, recorder, loss="mse", lr=0.01)
    (said,) = [line for line in recorder.lines if "changed" in line]
    assert said in found.notes
    assert old.fingerprint[:8] in said
    assert new.fingerprint[:8] in said
    assert "2 runs" in said
    assert count_runs(found) == (2, 0)
    assert numbers(found) == numbers(compare_table(new, loss="mse", lr=0.01))
    back = compare_table(old, store, loss="mse", lr=0.01)
    assert count_runs(back) == (0, 2)
    assert back.notes == ()


def test_a_table_of_another_name_has_runs_of_its_own(store):
    compare_table(table(), store, loss="mse", lr=0.01)
    other = compare_table(table(name="other", seed=1), store, loss="mse", lr=0.01)
    assert (other.provenance.runs_reused, other.notes) == (0, ())


def test_what_a_run_is_stored_under_holds_everything_that_determines_it():
    of = study(table())
    (own,) = make_candidates(settings(loss="mse", lr=0.01), of.data)[0]
    first, second = own.list_runs(of.splits, 0)
    spec = build_run_spec(first, of, "stacked")
    assert {**spec["run"], "split": 0} == first.to_dict()
    others = [
        build_run_spec(second, of, "stacked"),
        build_run_spec(first, of, "trainer"),
        build_run_spec(first, replace(of, impute=True), "stacked"),
        build_run_spec(first, study(table(seed=1)), "stacked"),
        build_run_spec(first, study(table(), seed=1), "stacked"),
    ]
    assert len({hash_content(each) for each in (spec, *others)}) == 6


def cubic(prediction, target):
    return (prediction - target).abs() ** 3


class Unreadable:
    """A callable whose content Python cannot tell."""

    def __call__(self, prediction, target):
        return (prediction - target).square()


def test_a_users_own_loss_is_reused_as_long_as_its_code_is_the_same(store):
    compare_table(table(), store, loss=[cubic], lr=0.01)
    assert compare_table(table(), store, loss=[cubic], lr=0.01).provenance.runs_trained == 0

    def cubic_again(prediction, target, power=3):
        return (prediction - target).abs() ** power

    first = compare_table(table(), store, loss=[cubic_again], lr=0.01)
    cubic_again.__defaults__ = (2,)
    second = compare_table(table(), store, loss=[cubic_again], lr=0.01)
    assert (first.provenance.runs_trained, second.provenance.runs_trained) == (2, 2)
    assert first.rows[0].scores.metrics != second.rows[0].scores.metrics


def test_a_loss_whose_code_cannot_be_identified_is_not_reused_and_it_says_so(store):
    recorder = RecordingMonitor()
    first = compare_table(table(), store, recorder, loss=[Unreadable(), "mse"], lr=0.01)
    said = "Unreadable: its source can't be read, so its runs are not kept for next time"
    assert said in first.notes
    assert said in recorder.lines
    assert len(keys(store)) == 2
    again = compare_table(table(), store, loss=[Unreadable(), "mse"], lr=0.01)
    assert count_runs(again) == (2, 2)
    assert numbers(again) == numbers(first)


def test_two_losses_without_identity_are_not_mixed(store):
    class Absolute(Unreadable):
        def __call__(self, prediction, target):
            return (prediction - target).abs()

    found = compare_table(table(), store, loss=[Unreadable(), Absolute()], lr=0.01)
    for own in (Unreadable(), Absolute()):
        (row,) = [row for row in found.rows if row.candidate.loss == type(own).__name__]
        alone = compare_table(table(), loss=[own], lr=0.01).rows[0]
        assert row.scores.metrics == alone.scores.metrics


class Crash(Exception):
    """Stands for the end of the process."""


def stopping(error, event, count):
    """A monitor that raises at the ``count``-th event of a kind."""
    left = [count]

    def act(own):
        left[0] -= own == event
        if left[0] == 0 and own == event:
            raise error

    return RecordingMonitor(act)


@pytest.mark.parametrize(
    ("error", "event", "count"),
    [
        (KeyboardInterrupt, "finished", 1),
        (KeyboardInterrupt, "finished", 15),
        (KeyboardInterrupt, "advance", 1),
        (KeyboardInterrupt, "advance", 5),
        (Crash, "finished", 1),
        (Crash, "advance", 5),
    ],
)
def test_a_comparison_cut_short_goes_on_from_what_was_committed(store, error, event, count):
    with pytest.raises(error):
        compare_table(table(), store, stopping(error, event, count), **OPTIONS)
    kept = keys(store)
    rest = compare_table(table(), store, **OPTIONS)
    assert count_runs(rest) == (RUNS - len(kept), len(kept))
    assert kept or event == "advance"
    assert kept <= keys(store)
    assert numbers(rest) == numbers(compare_table(table(), **OPTIONS))


def test_cut_short_again_and_again_it_still_ends_with_the_rows_of_one_that_was_not(store, tmp_path):
    options = {**OPTIONS, "hidden": ["8", "7", "6", "5"]}
    for _ in range(4):
        try:
            compare_table(table(), store, stopping(Crash, "finished", 1), **options)
        except Crash:
            continue
    found = compare_table(table(), store, **options)
    whole = tmp_path / "whole.sqlite"
    assert numbers(found) == numbers(compare_table(table(), whole, **options))
    assert keys(store) == keys(whole)


def test_a_comparison_cut_short_while_its_references_train_keeps_its_runs(store, monkeypatch):
    def crash(*_):
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr("losslab.experiment.comparison.references.train_reference", crash)
        with pytest.raises(Crash):
            compare_table(table(), store, **OPTIONS)
    assert compare_table(table(), store, **OPTIONS).provenance.runs_trained == 0


def test_a_record_that_was_stored_reads_back_as_it_was_made(store):
    asked, of = settings(loss="mse", optimizer="sgd", lr="0.01,1e30"), study(table("regression"))
    candidates = make_candidates(asked, of.data)[0]
    with Store.open(None) as memory:
        made = train_all(executor(of, memory), candidates, asked).records
    with Store.open(store) as file:
        train_all(executor(of, file), candidates, asked)
    with Store.open(store) as file:
        again = executor(of, file)
        read = train_all(again, candidates, asked).records
        assert again.trained == 0
    assert made.keys() == read.keys()
    for place, record in made.items():
        same = read[place]
        assert (record.key, record.spec) == (same.key, same.spec)
        assert repr(record.outcome) == repr(same.outcome)
        for name, curve in record.curves.items():
            np.testing.assert_array_equal(curve, same.curves[name])
    lost = [record for record in read.values() if record.outcome["diverged_at"]]
    assert lost
    assert all(math.isnan(r.outcome["selection"]) or r.outcome["best_epoch"] > 0 for r in lost)


def test_features_that_cannot_be_used_are_refused_before_a_store_is_made(store):
    data = table()
    features = data.X.copy()
    features.loc[3, "a"] = np.nan
    with pytest.raises(DataError, match="'a'"):
        compare_table(replace(data, X=features), store, loss="mse")
    assert not list(store.parent.iterdir())
