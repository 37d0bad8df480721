"""``verify``: whatever happens to a byte of a store, it shows or it does not matter."""

import random
import re
import sqlite3

import pytest

from losslab.core.errors import StoreError
from losslab.core.hashing import to_canonical_json
from losslab.experiment.store import Store, read_records, read_stored, verify
from losslab.experiment.store.integrity import MAX_PROBLEMS
from store_driver import content, make_chunk


@pytest.fixture
def path(tmp_path):
    place = tmp_path / "runs.sqlite"
    with Store.open(place) as store:
        for chunk in range(3):
            store.add(make_chunk(chunk))
    return place


def change(path, *statements):
    connection = sqlite3.connect(path)
    for statement, *values in statements:
        connection.execute(statement, values)
    connection.commit()
    connection.close()


def test_a_sound_store_is_counted_and_left_as_it_is(path):
    before = path.read_bytes()
    report = verify(path)
    assert (report.ok, report.runs, report.curves, report.problems) == (True, 21, 42, ())
    assert report.path == path
    assert path.read_bytes() == before


def test_a_missing_store_is_an_error(tmp_path):
    with pytest.raises(StoreError, match="no such file"):
        verify(tmp_path / "runs.sqlite")


OTHER_SPEC = to_canonical_json({"run": {"loss": "l1"}})


@pytest.mark.parametrize(
    ("statements", "problem"),
    [
        ([("UPDATE runs SET outcome = '{}' WHERE number = 5",)], "run 5: .*row .*checksum"),
        ([("UPDATE runs SET committed = 0 WHERE number = 5",)], "run 5: .*row .*checksum"),
        ([("UPDATE runs SET spec = ? WHERE number = 5", OTHER_SPEC)], "run 5: .*checksum"),
        ([("UPDATE curves SET data = zeroblob(160) WHERE run = 2",)], "run 2: .*'train_loss'"),
        ([("UPDATE curves SET name = 'x' WHERE rowid = 3",)], "run 2: its curve 'x'"),
        ([("DELETE FROM curves WHERE rowid = 3",)], "run 2: it should have 2 curves and has 1"),
        ([("DELETE FROM runs WHERE number = 4",)], "the table curves counts 42 rows, but 40"),
    ],
)
def test_a_row_that_was_changed_is_named(path, statements, problem):
    change(path, *statements)
    report = verify(path)
    assert not report.ok
    assert len(report.problems) == 1
    assert re.search(problem, report.problems[0])


def test_a_damaged_run_is_an_error_to_readers_that_names_it_and_how_to_see_all(path):
    change(path, ("UPDATE runs SET outcome = '{}' WHERE number = 5",))
    words = r"needed run 5 of the store(.|\n)*losslab runs verify --store"
    with pytest.raises(StoreError, match=words):
        list(read_records(path))
    with Store.open(path) as store:
        with pytest.raises(StoreError, match=words):
            store.get(record.key for record in make_chunk(0))
        assert len(store.get(record.key for record in make_chunk(1))) == 7


def test_a_long_list_of_problems_is_cut_and_says_so(path):
    with Store.open(path) as store:
        for chunk in range(3, 12):
            store.add(make_chunk(chunk))
    change(path, ("UPDATE runs SET outcome = '{}'",))
    report = verify(path)
    assert len(report.problems) == MAX_PROBLEMS + 1
    assert report.problems[-1].startswith("there may be more")


def test_a_cut_off_store_is_reported_and_not_repaired(path):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2 // 4096 * 4096])
    before = path.read_bytes()
    report = verify(path)
    assert "the file is cut off" in report.problems[0]
    assert path.read_bytes() == before


@pytest.mark.parametrize("junk", [b"", b"Survived,Age\n", b"SQLite format 3\0 and no more"])
def test_a_file_that_is_not_sqlite_is_reported(tmp_path, junk):
    place = tmp_path / "runs.sqlite"
    place.write_bytes(junk)
    (problem,) = verify(place).problems
    assert problem.startswith("not SQLite: ")


def everything(path):
    return [
        (stored.number, stored.committed, content(stored.record)) for stored in read_stored(path)
    ]


def test_a_flipped_bit_shows_or_does_not_matter(path, tmp_path):
    chance = random.Random(25)
    whole, expected = path.read_bytes(), everything(path)
    shown = 0
    for trial in range(400):
        spoilt = tmp_path / f"trial{trial}.sqlite"
        data = bytearray(whole)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        spoilt.write_bytes(data)
        try:
            report = verify(spoilt)
        except StoreError:
            shown += 1
            continue
        if report.ok:
            assert everything(spoilt) == expected
        shown += not report.ok
        assert spoilt.read_bytes() == data
    assert shown > 100
