"""What any store promises: keys, get, add, fingerprints, and exact round trips."""

import math
import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from losslab.core.errors import StoreError
from losslab.core.hashing import hash_content
from losslab.experiment.record import Record
from losslab.experiment.store import Store, count, read_records, read_stored
from store_driver import content, make_chunk, make_record


@pytest.fixture(params=["in memory", "in a file"])
def store(request, tmp_path):
    path = None if request.param == "in memory" else tmp_path / "runs.sqlite"
    with Store.open(path) as opened:
        yield opened


def test_a_fresh_store_is_empty(store):
    assert store.keys() == set()
    assert store.get(["0" * 32]) == {}
    assert store.add([]) == 0


def test_what_is_added_comes_back_unchanged(store):
    records = make_chunk(3)
    assert store.add(records) == len(records)
    found = store.get(record.key for record in records)
    assert {key: content(record) for key, record in found.items()} == {
        record.key: content(record) for record in records
    }


def test_a_run_is_stored_once_and_keeps_its_first_outcome(store):
    first, second = make_record(1, selection=0.25), make_record(1, selection=0.75)
    assert store.add([first, second]) == 1
    assert store.add([second, make_record(2)]) == 1
    assert store.get([first.key])[first.key].outcome["selection"] == 0.25
    assert store.keys() == {first.key, make_record(2).key}


def test_get_leaves_out_what_is_not_stored_and_takes_thousands_of_keys(store):
    records = [make_record(seed) for seed in range(1200)]
    store.add(records)
    wanted = [record.key for record in records] + [f"{number:032x}" for number in range(1200)]
    assert store.get(wanted).keys() == {record.key for record in records}
    assert store.find_stored(wanted) == {record.key for record in records}
    assert store.find_stored([]) == set()


def test_a_chunk_with_a_wrong_record_adds_nothing(store):
    right, other = make_record(1), make_record(2)
    forged = Record(key=right.key, spec=other.spec, outcome={}, curves={})
    with pytest.raises(StoreError, match="key is the hash of its spec"):
        store.add([other, forged])
    assert store.keys() == set()


def test_an_interrupted_chunk_adds_nothing_and_the_store_goes_on(store, monkeypatch):
    import losslab.experiment.store.writer as writer

    insert = writer._insert

    def interrupted(connection, run, curves):
        if store._connection.total_changes > 3:
            raise KeyboardInterrupt
        return insert(connection, run, curves)

    monkeypatch.setattr(writer, "_insert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.add(make_chunk(0))
    monkeypatch.undo()
    assert store.keys() == set()
    assert store.add(make_chunk(0)) == len(make_chunk(0))


def test_a_closed_store_says_so_and_closes_twice(store):
    store.close()
    store.close()
    with pytest.raises(StoreError, match=r"closed(.|\n)*Store\.open"):
        store.keys()


def test_fingerprints_counts_the_runs_of_each_state_of_a_table(store):
    def record(name, fingerprint, seed):
        return Record.from_spec(
            {"data": {"name": name, "fingerprint": fingerprint}, "seed": seed}, {}
        )

    nowhere = [Record.from_spec({"seed": 9}, {}), Record.from_spec({"data": "moons"}, {})]
    odd = "caf\udce9.csv"  # a file's name with a byte that is no UTF-8
    store.add([record("cars.csv", "new", 1), record("cars.csv", "old", 1), *nowhere])
    store.add([record("cars.csv", "new", 2), record("wine", "w", 1), record(odd, "o", 1)])
    assert list(store.count_fingerprints("cars.csv").items()) == [("new", 2), ("old", 1)]
    assert store.count_fingerprints("wine") == {"w": 1}
    assert store.count_fingerprints(odd) == {"o": 1}
    assert store.count_fingerprints("titanic") == {}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(), max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
CURVES = st.dictionaries(
    st.text(min_size=1, max_size=5),
    st.lists(st.floats(), max_size=4).map(np.array)
    | st.lists(st.floats(width=32), max_size=4).map(lambda values: np.array(values, np.float32)),
    max_size=3,
)


@settings(max_examples=200, deadline=None)
@given(outcome=st.dictionaries(st.text(max_size=3), JSON_VALUES, max_size=3), curves=CURVES)
def test_any_outcome_and_curve_round_trips_exactly(outcome, curves):
    record = Record.from_spec({"run": 1}, outcome, curves)
    with Store.open(None) as store:
        store.add([record])
        found = store.get([record.key])[record.key]
    assert repr(found.outcome) == repr(record.outcome) == repr(outcome)
    assert content(found) == content(record)


def test_nan_and_infinity_round_trip_through_a_file_in_outcomes_and_curves(tmp_path):
    odd = {"metrics": {"a": math.nan, "b": math.inf, "c": [-math.inf, -0.0]}, "none": None}
    record = Record.from_spec({}, odd, {"loss": [math.nan, math.inf, 0.1]})
    with Store.open(tmp_path / "runs.sqlite") as store:
        store.add([record])
    (found,) = read_records(tmp_path / "runs.sqlite")
    assert repr(found.outcome) == repr(odd)
    assert found.curves["loss"].tobytes() == np.array([math.nan, math.inf, 0.1]).tobytes()
    assert not found.curves["loss"].flags.writeable


def test_a_records_key_depends_on_its_spec_alone_and_its_parts_become_plain():
    record = Record.from_spec(
        {"b": (1, np.int64(2)), "a": np.float64(0.5)},
        {"seconds": np.float32(0.1)},
        {"short": [1, 2], "single": np.ones(2, np.float32)},
    )
    assert record.key == hash_content({"a": 0.5, "b": [1, 2]})
    assert record.key == Record.from_spec({"a": 0.5, "b": [1, 2]}, {"other": 1}).key
    assert [type(value) for value in record.spec["b"]] == [int, int]
    assert record.outcome["seconds"] == float(np.float32(0.1))
    assert [str(curve.dtype) for curve in record.curves.values()] == ["float64", "float32"]
    assert content(pickle.loads(pickle.dumps(record))) == content(record)


@pytest.mark.parametrize(
    ("spec", "outcome", "curves", "where"),
    [
        ({"run": {"lr": math.nan}}, {}, {}, "spec.run.lr"),
        ({"run": {"lr": [0.1, math.inf]}}, {}, {}, r"spec.run.lr\[1\]"),
        ({"run": {1: "one"}}, {}, {}, "spec.run"),
        ({"loss": object}, {}, {}, "spec.loss"),
        ({}, {"metrics": {"$float": 1}}, {}, "outcome.metrics"),
        ({}, {"all": np.ones(3)}, {}, "outcome.all"),
        ({}, {}, {"loss": [[1.0]]}, "loss"),
        ({}, {}, {"loss": ["one"]}, "loss"),
        ({}, {}, {"loss": [None]}, "loss"),
        ({}, {}, {"": [1.0]}, "curve"),
    ],
)
def test_a_record_refuses_what_it_could_not_give_back(spec, outcome, curves, where):
    with pytest.raises(StoreError, match=where):
        Record.from_spec(spec, outcome, curves)


def test_readers_see_the_runs_in_the_order_of_their_commits_whatever_the_clock(
    tmp_path, monkeypatch
):
    path = tmp_path / "runs.sqlite"
    with Store.open(path) as store:
        for seed, seconds in ((1, 2e9), (2, 1e9), (3, 1.5e9)):
            monkeypatch.setattr("losslab.experiment.store.schema.time", lambda now=seconds: now)
            store.add([make_record(seed)])
    assert [stored.record.spec["run"]["seed"] for stored in read_stored(path)] == [1, 2, 3]
    newest = list(read_stored(path, newest=2, curves=False))
    assert [(stored.number, stored.committed.timestamp()) for stored in newest] == [
        (2, 1e9),
        (3, 1.5e9),
    ]
    assert newest[0].record.curves == {}
    assert count(path) == 3


def test_a_store_at_rest_is_one_file_and_an_empty_lock(tmp_path):
    path = tmp_path / "runs.sqlite"
    for chunk in range(2):
        with Store.open(path) as store:
            store.add(make_chunk(chunk))
            assert count(path) == (chunk + 1) * len(make_chunk(0))
            assert store.notes == ()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["runs.sqlite", "runs.sqlite.lock"]
    assert (tmp_path / "runs.sqlite.lock").read_bytes() == b""


@pytest.mark.parametrize("name", ["a b?c#d%20.sqlite", "größe.sqlite", ":memory: .sqlite"])
def test_a_store_may_have_an_odd_name(tmp_path, name):
    with Store.open(tmp_path / name) as store:
        store.add(make_chunk(0))
    assert count(tmp_path / name) == len(make_chunk(0))
    assert (tmp_path / name).is_file()


def test_a_store_opens_through_a_relative_path_and_a_link_as_the_same_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("link.sqlite").symlink_to("runs.sqlite")
    with Store.open("runs.sqlite") as store:
        store.add(make_chunk(0))
        with pytest.raises(StoreError, match="only writer"):
            Store.open("link.sqlite")
    assert count(Path("link.sqlite")) == len(make_chunk(0))


def test_a_missing_store_is_an_error_to_a_reader_and_is_not_created(tmp_path):
    for read in (count, read_records):
        with pytest.raises(StoreError, match=r"no such file\.\n  fix: .*losslab compare"):
            read(tmp_path / "runs.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_the_store_imports_nothing_heavy():
    code = """
        import sys
        import losslab.experiment.store
        heavy = {"torch", "pandas", "sklearn", "scipy", "matplotlib", "numba", "typer", "rich"}
        sys.exit(", ".join(heavy & set(sys.modules)) or 0)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
