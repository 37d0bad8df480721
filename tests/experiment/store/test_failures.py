"""What a store refuses: other files, other versions, full disks, places nobody can write."""

import os
import re
import sqlite3
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from losslab.core.errors import StoreError
from losslab.experiment.store import Store, count, read_records, verify
from losslab.experiment.store.network import find_network_type
from losslab.experiment.store.schema import VERSION
from processes.interpreters import TESTS
from store_driver import content, make_chunk, make_record


@pytest.fixture
def path(tmp_path):
    place = tmp_path / "runs.sqlite"
    with Store.open(place) as store:
        store.add(make_chunk(0))
    Path(f"{place}.lock").unlink()
    return place


def csv(path):
    path.write_text("Survived,Age\n0,22\n" * 20, encoding="utf-8")


def text(path):
    path.write_bytes(b"SQLite format 3")


def other_sqlite(path):
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE notes (text)")
    connection.close()


def short_sqlite(path):
    path.write_bytes(path.read_bytes()[:60])


def version(number):
    def change(path):
        connection = sqlite3.connect(path)
        connection.execute(f"PRAGMA user_version={number}")
        connection.commit()
        connection.close()

    return change


def cut_off(path):
    path.write_bytes(path.read_bytes()[:8192])


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (csv, r"begins with b'Survived,Age.*, not as SQLite does"),
        (text, r"begins with b'SQLite format 3', not as SQLite does"),
        (short_sqlite, r"only 60 bytes"),
        (other_sqlite, r"another program's SQLite file \(application id 0x0\)"),
        (version(VERSION + 1), rf"version {VERSION} at (.|\n)*version {VERSION + 1}, .* newer"),
        (version(VERSION - 1), rf"version {VERSION} at (.|\n)*version {VERSION - 1}, .* older"),
        (cut_off, r"only 8,192; its end is cut off"),
    ],
    ids=["csv", "text", "short", "other program", "newer", "older", "cut off"],
)
@pytest.mark.parametrize("use", [Store.open, count, read_records])
def test_a_file_that_is_no_store_of_ours_is_refused_and_left_alone(path, spoil, words, use):
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=words) as caught:
        use(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_an_empty_file_becomes_a_store_but_holds_nothing_to_read(tmp_path):
    place = tmp_path / "runs.sqlite"
    place.touch()
    with pytest.raises(StoreError, match="an empty file"):
        count(place)
    with Store.open(place) as store:
        store.add(make_chunk(0))
    assert count(place) == len(make_chunk(0))


def test_what_a_dead_process_left_of_a_new_store_is_cleared_away(tmp_path):
    place = tmp_path / "runs.sqlite"
    for suffix in ("", "-journal", "-wal"):
        Path(f"{place}.new{suffix}").write_bytes(b"half a store")
    with Store.open(place) as store:
        store.add(make_chunk(0))
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["runs.sqlite", "runs.sqlite.lock"]


def below_a_file(folder):
    (folder / "plain").write_text("a file", encoding="utf-8")
    return folder / "plain" / "runs.sqlite"


def in_a_missing_folder(folder):
    return folder / "none" / "runs.sqlite"


def a_folder(folder):
    (folder / "runs.sqlite").mkdir()
    return folder / "runs.sqlite"


def beside_a_folder_for_a_lock(folder):
    (folder / "runs.sqlite.lock").mkdir()
    return folder / "runs.sqlite"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (below_a_file, r"Not a directory \([\d,]+ bytes free\)(.|\n)*choose"),
        (in_a_missing_folder, r"No such file.*bytes free\)(.|\n)*create the folder .*none first"),
        (a_folder, r"Is a directory"),
        (beside_a_folder_for_a_lock, r"Is a directory"),
    ],
)
def test_a_place_that_cannot_hold_a_store_is_named_with_the_reason(tmp_path, make, words):
    place = make(tmp_path)
    with pytest.raises(StoreError, match=words) as caught:
        Store.open(place)
    assert str(place) in str(caught.value)


def test_a_full_disk_keeps_what_was_committed_and_the_store_goes_on_after(tmp_path):
    place = tmp_path / "runs.sqlite"
    with Store.open(place) as store:
        store.add(make_chunk(0))
        connection = store._connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages + 3}")
        many = [make_record(seed, chunk=1) for seed in range(100, 400)]
        with pytest.raises(StoreError) as caught:
            store.add(many)
        assert re.search(r"no space left \([\d,]+ bytes free\)", str(caught.value))
        assert str(place) in str(caught.value)
        assert "what was committed is kept" in str(caught.value)
        assert store.keys() == {record.key for record in make_chunk(0)}
        connection.execute("PRAGMA max_page_count=1000000")
        assert store.add(many) == len(many)
    assert count(place) == len(make_chunk(0)) + len(many)
    assert verify(place).ok


LIMITED = """
import resource, sys
from losslab.core.errors import StoreError
from losslab.experiment.store import Store
from store_driver import make_chunk
with Store.open(sys.argv[1]) as store:
    chunks = iter(range(10_000))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, limits[1]))
    committed = 0
    try:
        for chunk in chunks:
            store.add(make_chunk(chunk))
            committed += 1
    except StoreError as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    store.add(make_chunk(committed))
    print(committed + 1)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on the size of files")
def test_a_write_that_the_system_refuses_is_reported_and_loses_nothing(tmp_path):
    place = tmp_path / "runs.sqlite"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(place)],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    *complaint, chunks = done.stdout.splitlines()
    assert re.search(r"needed to add runs to the store .*bytes free\)", complaint[0])
    assert str(place) in complaint[0]
    expected = {
        record.key: content(record) for chunk in range(int(chunks)) for record in make_chunk(chunk)
    }
    assert int(chunks) > 2
    assert {record.key: content(record) for record in read_records(place)} == expected
    assert verify(place).ok


def test_another_program_in_the_middle_of_a_write_is_named_as_the_reason(path):
    with Store.open(path) as store:
        store._connection.execute("PRAGMA busy_timeout=0")
        intruder = sqlite3.connect(path, isolation_level=None)
        intruder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program that holds it"):
            store.add(make_chunk(1))
        intruder.execute("ROLLBACK")
        intruder.close()
        assert store.add(make_chunk(1)) == len(make_chunk(1))


def test_a_commit_cut_off_without_a_log_is_named_to_readers_and_taken_back_by_the_writer(path):
    code = (
        "import os, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('PRAGMA journal_mode=DELETE')\n"
        "connection.execute('PRAGMA cache_size=1')\n"
        "connection.execute('BEGIN IMMEDIATE')\n"
        "connection.execute('UPDATE runs SET spec = spec || hex(zeroblob(9000))')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert Path(f"{path}-journal").stat().st_size > 0
    for read in (lambda: list(read_records(path)), lambda: verify(path)):
        with pytest.raises(StoreError, match=r"cut off when its process died(.|\n)*again"):
            read()
    Store.open(path).close()
    assert verify(path).ok
    assert count(path) == len(make_chunk(0))


MOUNTS = r"""/dev/sda1 / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
server:/home /home nfs4 rw,vers=4.2 0 0
/dev/sdb1 /home/ada/local ext4 rw 0 0
//box/share /mnt/my\040share cifs rw 0 0
C:\134 /mnt/c 9p rw,aname=drvfs 0 0
old:/x /data nfs rw 0 0
/dev/sdc1 /data xfs rw 0 0

broken
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/home/ada/runs.sqlite", "nfs4"),
        ("/home/ada/local/runs.sqlite", None),
        ("/homework/runs.sqlite", None),
        ("/mnt/my share/runs.sqlite", "cifs"),
        ("/mnt/c/Users/ada/runs.sqlite", "9p"),
        ("/data/runs.sqlite", None),
        ("/runs.sqlite", None),
    ],
)
def test_a_network_file_system_is_known_by_the_nearest_mount(place, kind):
    assert find_network_type(place, MOUNTS) == kind
    assert find_network_type(place, "") is None


def test_on_a_network_file_system_the_store_does_without_a_log_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "losslab.experiment.store.network.read_mounts", lambda: "server:/x / nfs4 rw 0 0"
    )
    place = tmp_path / "runs.sqlite"
    with Store.open(place) as store:
        store.add(make_chunk(0))
        assert store.notes == (
            f"{place} lies on the network file system nfs4: readers may wait for commits",
        )
        assert count(place) == len(make_chunk(0))
        assert not Path(f"{place}-wal").exists()
    assert verify(place).ok


def test_a_store_that_moved_off_the_network_gets_its_log_back(tmp_path, monkeypatch):
    place = tmp_path / "runs.sqlite"
    with monkeypatch.context() as patch:
        patch.setattr(
            "losslab.experiment.store.network.read_mounts", lambda: "server:/x / nfs rw 0 0"
        )
        Store.open(place).close()
    with Store.open(place) as store:
        assert store.notes == ()
        store.add(make_chunk(0))
        assert Path(f"{place}-wal").exists()
    assert count(place) == len(make_chunk(0))


def test_an_error_that_reaches_a_user_never_shows_a_bare_driver_error(path):
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE curves")
    connection.close()
    for use in (Store.open, lambda place: list(read_records(place))):
        with pytest.raises(StoreError, match="no such table: curves"):
            use(path)
    # The failed opening has let go of the lock.
    assert Path(f"{path}.lock").read_bytes() == b""


def test_the_header_holds_our_mark_and_version(path):
    header = path.read_bytes()[:100]
    assert header[68:72] == b"LOSS"
    assert struct.unpack(">I", header[60:64]) == (VERSION,)
